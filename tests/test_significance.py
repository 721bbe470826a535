"""Tests of a mean against SciPy and simulation, and the error of the stopping rule over 2,000 studies and more."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from graph_mlp.significance import (
    FAILS,
    HOLDS,
    NOISE,
    UNTESTED,
    MeanTest,
    Range,
    SequentialTest,
    holm,
    likelihood_ratio,
)

VALUES = [1.0, 1.4, 0.8, 1.2, 1.1, 0.9, 1.3, 1.0]
FIRST, MOST = 5, 16  # seeds, as bin/study --until-decided


def test_interval_and_p_value_are_scipys():
    reference, test = stats.ttest_1samp(VALUES, 0.0), MeanTest(VALUES)
    assert test.interval() == pytest.approx(tuple(reference.confidence_interval(0.95)), rel=1e-12)
    assert test.p_value() == pytest.approx(reference.pvalue, rel=1e-12)


@pytest.mark.parametrize('kind', [MeanTest, SequentialTest])
def test_a_single_seed_has_no_interval_and_decides_nothing(kind):
    assert kind([1.0]).interval() is None
    assert kind([1.0]).p_value() == 1.0
    assert kind([1.0]).verdict(Range(0.0, 2.0)) == UNTESTED


@pytest.mark.parametrize('kind', [MeanTest, SequentialTest])
def test_equal_values_are_no_error(kind):
    assert kind([0.0, 0.0, 0.0]).p_value() == 1.0
    assert kind([0.01] * 8).p_value() < 0.001
    assert kind([0.01] * 8).interval() == pytest.approx((0.01, 0.01))


@pytest.mark.parametrize(
    ('claimed', 'word'),
    [
        ((0.0, math.inf), HOLDS), ((-math.inf, 0.5), FAILS), ((1.0, math.inf), NOISE), ((0.0, 2.0), HOLDS),
        ((1.05, 1.1), NOISE), ((2.0, 3.0), FAILS),
    ],
)  # fmt: skip
def test_a_claim_is_judged_by_where_the_interval_lies(claimed, word):
    assert MeanTest(VALUES).verdict(Range(*claimed)) == word  # about 0.92 to 1.26


def test_power_is_the_share_of_simulated_studies():
    test = MeanTest([-1.0, 1.0, -1.0, 1.0, 0.0, 0.0])
    values = np.random.default_rng(1).normal(test.deviation, test.deviation, (20_000, 6))
    found = stats.ttest_1samp(values, 0.0, axis=1).pvalue <= 0.05
    assert test.power(test.deviation) == pytest.approx(found.mean(), abs=0.01)


def test_the_detectable_difference_and_the_seeds_needed_are_those_of_a_power_of_80_percent():
    test = MeanTest(VALUES)
    assert test.power(test.detectable()) == pytest.approx(0.8)
    seeds = test.seeds_needed(0.1)
    assert test.power(0.1, seeds) >= 0.8 > test.power(0.1, seeds - 1)
    assert MeanTest(VALUES, 0.05 / 10).seeds_needed(0.1) > seeds


@pytest.mark.parametrize(('difference', 'seeds'), [(0.0, None), (1e-9, None), (100.0, 2)])
def test_a_difference_of_nothing_takes_too_many_seeds_and_a_huge_one_two(difference, seeds):
    assert MeanTest(VALUES).seeds_needed(difference) == seeds


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_likelihood_ratio_is_the_integral_over_its_prior():
    # Over standard normal effects d: the noncentral t density of the statistic against the central one.
    values = [0.3, 1.1, -0.2, 0.8, 0.9]
    statistic = np.mean(values) / np.std(values, ddof=1) * math.sqrt(5)
    mixed, _ = quad(lambda d: stats.nct.pdf(statistic, 4, d * math.sqrt(5)) * stats.norm.pdf(d), -8, 8)
    assert likelihood_ratio(values) == pytest.approx(mixed / stats.t.pdf(statistic, 4), rel=1e-6)


def test_the_interval_of_a_sequence_holds_what_the_likelihood_ratio_does_not_refute():
    low, high = SequentialTest(VALUES).interval()
    for end in (low, high):
        assert likelihood_ratio(VALUES, end) == pytest.approx(20)
    assert likelihood_ratio(VALUES, (low + high) / 2) < 20 < likelihood_ratio(VALUES, high + 0.1)


def test_p_value_and_interval_of_a_sequence_never_widen():
    values = [*VALUES, -5.0, 6.0]
    tests = [SequentialTest(values[:count]) for count in range(2, 11)]
    ps, lows = [test.p_value() for test in tests], [test.interval().low for test in tests]
    assert ps == sorted(ps, reverse=True)
    assert lows == sorted(lows)


def decided_after(effect, studies):
    """The seeds after which each study was decided, from FIRST on; MOST + 1: it never was."""
    values = np.random.default_rng(2017).normal(effect, 1.0, (studies, MOST)).tolist()
    crossed = [next((n for n in range(2, MOST + 1) if likelihood_ratio(row[:n]) >= 20), MOST + 1) for row in values]
    for row, seeds in zip(values[:20], crossed, strict=False):
        assert (SequentialTest(row).p_value() <= 0.05) == (seeds <= MOST)
    return np.maximum(crossed, FIRST)


@pytest.mark.parametrize(('effect', 'share', 'seeds'), [(0.0, 0.0145, None), (1.0, 0.735, 10), (2.0, 1.0, 7)])
def test_2000_studies_that_stop_when_they_are_decided(effect, share, seeds):
    decided = decided_after(effect, 2000)
    verdicts = decided <= MOST
    assert verdicts.mean() == pytest.approx(share, abs=0.001)
    assert seeds is None or round(decided[verdicts].mean()) == seeds
