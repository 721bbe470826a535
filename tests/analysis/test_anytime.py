"""Intervals for any number of looks, and 2,000 synthetic studies that stop when they are decided."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from graph_mlp.analysis.anytime import anytime_interval, anytime_p, likelihood_ratio

FIRST, MOST = 5, 16  # as bin/study --until-decided


def test_the_likelihood_ratio_is_the_integral_over_its_prior():
    # Over standard normal effects d: the noncentral t density of the statistic against the central one.
    from scipy.stats import nct, norm, t

    values = [0.3, 1.1, -0.2, 0.8, 0.9]
    statistic = np.mean(values) / np.std(values, ddof=1) * math.sqrt(5)
    mixed, _ = quad(lambda d: nct.pdf(statistic, 4, d * math.sqrt(5)) * norm.pdf(d), -8, 8)
    assert likelihood_ratio(values) == pytest.approx(mixed / t.pdf(statistic, 4), rel=1e-6)


def test_the_interval_holds_what_the_likelihood_ratio_does_not_refute():
    values = [1.0, 1.4, 0.8, 1.2, 1.1, 0.9, 1.3, 1.0]
    low, high = anytime_interval(values)
    for end in (low, high):
        assert likelihood_ratio(values, end) == pytest.approx(20)
    assert likelihood_ratio(values, (low + high) / 2) < 20 < likelihood_ratio(values, high + 0.1)


def test_a_p_value_and_an_interval_never_widen():
    values = [1.0, 1.4, 0.8, 1.2, 1.1, 0.9, 1.3, 1.0, -5.0, 6.0]
    ps = [anytime_p(values[:count]) for count in range(2, 11)]
    lows = [anytime_interval(values[:count]).low for count in range(2, 11)]
    assert ps == sorted(ps, reverse=True)
    assert lows == sorted(lows)


@pytest.mark.parametrize('values', [[1.0], []])
def test_too_few_values_have_no_interval(values):
    assert anytime_interval(values) is None
    assert anytime_p(values) == 1.0


def test_equal_values_are_no_error():
    assert anytime_p([0.0, 0.0, 0.0]) == 1.0
    assert anytime_p([0.01] * 8) < 0.001
    assert anytime_interval([0.01] * 8) == pytest.approx((0.01, 0.01))


def simulated(effect, studies, seed=2017):
    """The seeds at which each of so many synthetic studies was decided; MOST + 1: it never was.

    A study looks at its verdict after FIRST, FIRST + 1, ... MOST seeds. The formula is written again, in NumPy.
    """
    values = np.random.default_rng(seed).normal(effect, 1.0, (studies, MOST))
    decided = np.full(studies, MOST + 1)
    for count in range(MOST, 1, -1):
        part = values[:, :count]
        square = count * part.mean(axis=1) ** 2 / part.var(axis=1, ddof=1) / (count - 1)
        ratio = ((1 + square) / (1 + square / (1 + count))) ** (count / 2) / math.sqrt(1 + count)
        decided[ratio >= 20] = max(count, FIRST)
    return decided


def test_the_simulation_is_the_functions_own_verdict():
    values = np.random.default_rng(5).normal(1.5, 1.0, (20, MOST))
    decided = simulated(1.5, 20, 5)
    for row, seeds in zip(values, decided, strict=True):
        assert (anytime_p(list(row)) <= 0.05) == (seeds <= MOST)


@pytest.mark.parametrize(('effect', 'share', 'seeds'), [(0.0, 0.0145, None), (1.0, 0.735, 10), (2.0, 1.0, 7)])
def test_2000_studies_are_decided_as_the_guide_says(effect, share, seeds):
    decided = simulated(effect, 2000)
    verdicts = decided <= MOST
    assert verdicts.mean() == pytest.approx(share, abs=0.001)
    assert seeds is None or round(decided[verdicts].mean()) == seeds
