import numpy as np
import pytest
from scipy.stats import ttest_1samp

from graph_mlp.analysis.power import POWER, detectable_difference, power, seeds_needed


def test_power_is_the_share_of_simulated_studies_that_find_the_difference():
    values = np.random.default_rng(1).normal(1.0, 1.0, (4000, 8))
    assert power(1.0, 8) == pytest.approx((ttest_1samp(values, 0, axis=1).pvalue < 0.05).mean(), abs=0.02)


def test_textbook_sample_sizes():
    # Cohen's table for a paired t-test at 5 % and 80 %: effects of 0.5 and 0.8 need 34 and 15 pairs.
    assert seeds_needed(0.5, 1.0) == 34
    assert seeds_needed(0.8, 1.0) == 15


def test_the_detectable_difference_is_detected():
    assert power(detectable_difference(2.0, 8) / 2.0, 8) == pytest.approx(POWER)


def test_a_detectable_difference_needs_as_many_seeds():
    assert seeds_needed(detectable_difference(0.01, 8), 0.01) in (8, 9)


def test_no_difference_and_no_deviation_are_no_error():
    assert seeds_needed(0.0, 1.0) is None
    assert seeds_needed(1e-9, 1.0) is None
    assert seeds_needed(0.1, 0.0) == 2
