"""Whether a mean over seeds differs from zero: intervals, p-values, power, Holm's correction, and the stopping rule.

`--until-decided` looks at a study again after every seed, where Student's t would come to more false verdicts than
stated. It uses the t-test for any number of looks: Lai, "On confidence sequences", Annals of Statistics 4 (1976), in
the form of Wang and Ramdas, "Anytime-valid t-tests and confidence sequences for Gaussian means with unknown variance",
Sequential Analysis 44 (2025). With t = (mean - m) sqrt(n) / deviation and a standard normal prior on the mean in units
of the deviation, the likelihood ratio

    (1 + n)^(-1/2) ((1 + t^2 / (n - 1)) / (1 + t^2 / ((n - 1) (1 + n))))^(n/2)

is a martingale where m is the true mean, so by Ville's inequality it ever exceeds 1/0.05 in at most 5 of 100 studies.
"""

import bisect
import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

LEVEL = 0.05  # of every test; intervals are of 95 %
HOLDS, FAILS, NOISE, UNTESTED, BETTER = 'holds', 'does not hold', 'within noise', 'not tested', 'better'
POWER = 0.8  # the share of studies in which a difference should be found
MOST_SEEDS = 10_000


class Range(NamedTuple):
    """From `low` to `high`; an infinite end is open."""

    low: float
    high: float

    def within(self, low: float, high: float) -> 'Range':
        """What of it lies between two numbers, as the interval of an accuracy lies between 0 and 1."""
        return Range(max(self.low, low), min(self.high, high))


class MeanTest:
    """Numbers, one per seed, and what Student's t-test says of their mean: of differences, the paired t-test.

    Args: values, at least one, in the order of the seeds; level, of the test, lower where it is one of several.
    """

    def __init__(self, values: Sequence[float], level: float = LEVEL):
        self.values, self.level, self.seeds = tuple(values), level, len(values)
        self.mean = statistics.fmean(values)
        self.deviation = statistics.stdev(values) if self.seeds > 1 else 0.0

    def interval(self) -> Range | None:
        """The 95 % confidence interval of the mean; None for a single seed."""
        return student_interval(self.mean, self.deviation, self.seeds) if self.seeds > 1 else None

    def p_value(self) -> float:
        """Of a mean of zero, two-sided; 1 for a single seed."""
        if not self.deviation:
            return 0.0 if self.mean and self.seeds > 1 else 1.0
        from scipy.stats import ttest_1samp

        return float(ttest_1samp(self.values, 0.0).pvalue)

    def power(self, difference: float, seeds: int | None = None) -> float:
        """The probability that the test, of so many seeds, finds a true mean of `difference`."""
        from scipy.stats import nct, t

        count = seeds or self.seeds
        critical = t.ppf(1 - self.level / 2, count - 1)
        return float(nct.sf(critical, count - 1, abs(difference) / self.deviation * math.sqrt(count)))

    def detectable(self) -> float:
        """The difference that the test finds with a probability of POWER."""
        from scipy.optimize import brentq

        return self.deviation * float(brentq(lambda effect: self.power(effect * self.deviation) - POWER, 0.0, 1e6))

    def seeds_needed(self, difference: float) -> int | None:
        """How many seeds find this difference with a probability of POWER; None for more than MOST_SEEDS."""
        if not difference or (self.deviation and self.power(difference, MOST_SEEDS) < POWER):
            return None
        counts = range(2, MOST_SEEDS + 1)
        reaches = (lambda seeds: self.power(difference, seeds) >= POWER) if self.deviation else bool
        return counts[bisect.bisect_left(counts, True, key=reaches)]

    def verdict(self, claimed: Range) -> str:
        """HOLDS where the interval lies within the claimed range, FAILS where it lies outside, NOISE or UNTESTED."""
        interval = self.interval()
        if interval is None:
            return UNTESTED
        if claimed.low < interval.low and interval.high < claimed.high:
            return HOLDS
        return FAILS if interval.high <= claimed.low or interval.low >= claimed.high else NOISE


class SequentialTest(MeanTest):
    """The same of a study that stops where it is decided: interval and p-value are valid at every look."""

    def interval(self) -> Range | None:
        """What the intervals of the first 2, 3, ... values have in common; infinite where there are too few."""
        intervals = [_sequence_interval(self.values[:count]) for count in range(2, self.seeds + 1)]
        if not intervals:
            return None
        common = Range(max(interval.low for interval in intervals), min(interval.high for interval in intervals))
        # In fewer than 5 of 100 studies two of the intervals have nothing in common.
        return common if common.low <= common.high else intervals[-1]

    def p_value(self) -> float:
        """The smallest that the first 2, 3, ... values gave."""
        ratios = [likelihood_ratio(self.values[:count]) for count in range(2, self.seeds + 1)]
        return min(1.0, 1 / max(ratios, default=1.0))


def student_interval(mean: float, deviation: float, seeds: int) -> Range:
    """Student's 95 % confidence interval of a mean over at least two seeds."""
    from scipy.stats import t

    half_width = float(t.ppf(1 - LEVEL / 2, seeds - 1)) * deviation / math.sqrt(seeds)
    return Range(mean - half_width, mean + half_width)


def likelihood_ratio(values: Sequence[float], mean: float = 0.0) -> float:
    """The evidence against `mean` as the true mean of at least two values: 1 says nothing, 20 decides."""
    count = len(values)
    distance, deviation = statistics.fmean(values) - mean, statistics.stdev(values)
    if deviation == 0:
        quotient = 1.0 + count if distance else 1.0
    else:
        square = distance**2 * count / deviation**2 / (count - 1)
        quotient = (1 + square) / (1 + square / (1 + count))
    return math.exp(0.5 * (count * math.log(quotient) - math.log(1 + count)))


def _sequence_interval(values: Sequence[float]) -> Range:
    """The means that `likelihood_ratio` does not refute."""
    count, mean = len(values), statistics.fmean(values)
    bound = ((1 + count) / LEVEL**2) ** (1 / count)
    if bound >= 1 + count:
        return Range(-math.inf, math.inf)
    square = (bound - 1) / (1 - bound / (1 + count))
    half_width = math.sqrt(square * (count - 1) / count) * statistics.stdev(values)
    return Range(mean - half_width, mean + half_width)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction, in the order of the p-values (Scandinavian Journal of Statistics 6, 1979)."""
    corrected, order = np.array(p_values, float), np.argsort(p_values)
    steps = corrected[order] * np.arange(len(p_values), 0, -1)
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return list(map(float, corrected))
