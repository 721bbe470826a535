import math

import pytest
from scipy.stats import ttest_rel

from graph_mlp.analysis.verdicts import FAILS, HOLDS, NOISE, UNTESTED, Range, judge

ABOVE_ZERO = Range(0.0, math.inf)


@pytest.mark.parametrize(
    ('values', 'claimed', 'word'),
    [
        ([1.0, 1.1, 0.9], ABOVE_ZERO, HOLDS),
        ([-1.0, -1.1, -0.9], ABOVE_ZERO, FAILS),
        ([1.0, -1.0, 0.5], ABOVE_ZERO, NOISE),
        ([0.40, 0.41, 0.42], Range(0.31, 0.51), HOLDS),
        ([0.80, 0.81, 0.82], Range(0.31, 0.51), FAILS),
        ([0.50, 0.51, 0.52], Range(0.31, 0.51), NOISE),
        ([0.0, 0.0, 0.0], ABOVE_ZERO, FAILS),
        ([1.0], ABOVE_ZERO, UNTESTED),
        ([], ABOVE_ZERO, UNTESTED),
    ],
)
def test_the_rule(values, claimed, word):
    assert judge(values, claimed).word == word


@pytest.mark.parametrize('b', [[0.97, 0.96, 0.98], [0.979, 0.978, 0.981], [0.99, 0.98, 0.985]])
def test_more_than_zero_is_the_paired_t_test(b):
    a = [0.980, 0.981, 0.982]
    verdict = judge([x - y for x, y in zip(a, b, strict=True)], ABOVE_ZERO)
    test = ttest_rel(a, b)
    expected = NOISE if test.pvalue >= 0.05 else HOLDS if test.statistic > 0 else FAILS
    assert verdict.word == expected


def test_the_interval_is_students():
    # mean 2, standard deviation 1, n 3: t(0.975, 2) = 4.3027
    verdict = judge([1.0, 2.0, 3.0], ABOVE_ZERO)
    assert verdict.mean == 2.0
    assert verdict.interval == pytest.approx((2 - 4.3027 / 3**0.5, 2 + 4.3027 / 3**0.5), abs=1e-4)
