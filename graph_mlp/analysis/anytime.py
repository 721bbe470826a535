"""Intervals that stay valid however often they are looked at: what `--until-decided` stops by.

The rule is the t-test for any number of looks: Lai, "On confidence sequences", Annals of Statistics 4 (1976), in the
form of Wang and Ramdas, "Anytime-valid t-tests and confidence sequences for Gaussian means with unknown variance",
Sequential Analysis 44 (2025). With a mean m, t = (mean - m) sqrt(n) / deviation and a standard normal prior on the mean
in units of the deviation, the likelihood ratio

    (1 + n)^(-1/2) ((1 + t^2 / (n - 1)) / (1 + t^2 / ((n - 1) (1 + n))))^(n/2)

is a martingale where m is the true mean, so by Ville's inequality it ever exceeds 1/0.05 in at most 5 of 100 studies.
"""

import math
import statistics
from collections.abc import Sequence

from graph_mlp.analysis.verdicts import LEVEL, Range, SignificanceTest

RULE = (
    'Seeds were added until each verdict was decided or the most seeds were trained. So that looking again and again '
    'does not make false verdicts more frequent, intervals are those of an always-valid confidence sequence (the '
    "t-test of Lai 1976 and of Wang and Ramdas 2025), which are wider than Student's: in 95 of 100 studies the true "
    'mean lies within all of them, whenever the study stops.'
)


def likelihood_ratio(values: Sequence[float], mean: float = 0.0) -> float:
    """The evidence against `mean` as the true mean of the values; at least two values are needed.

    1 says nothing; that it ever reaches 1/p has at most the probability p where `mean` is the true one.
    """
    count = len(values)
    distance, deviation = statistics.fmean(values) - mean, statistics.stdev(values)
    if deviation == 0:
        quotient = 1.0 + count if distance else 1.0
    else:
        square = distance**2 * count / deviation**2 / (count - 1)
        quotient = (1 + square) / (1 + square / (1 + count))
    return math.exp(0.5 * (count * math.log(quotient) - math.log(1 + count)))


def anytime_p(values: Sequence[float]) -> float:
    """The p-value of a mean of zero, valid at any time: the smallest that the first 2, 3, ... values gave."""
    ratios = [likelihood_ratio(values[:count]) for count in range(2, len(values) + 1)]
    return min(1.0, 1 / max(ratios, default=1.0))


def anytime_interval(values: Sequence[float]) -> Range | None:
    """The 95 % confidence sequence's interval of the mean: what the first 2, 3, ... values have in common.

    Infinite where there are too few values; None for fewer than two.
    """
    if len(values) < 2:
        return None
    intervals = [_interval_of(values[:count]) for count in range(2, len(values) + 1)]
    common = Range(max(interval.low for interval in intervals), min(interval.high for interval in intervals))
    # In fewer than 5 of 100 studies two of the intervals have nothing in common.
    return common if common.low <= common.high else intervals[-1]


def _interval_of(values: Sequence[float]) -> Range:
    count, mean = len(values), statistics.fmean(values)
    bound = ((1 + count) / LEVEL**2) ** (1 / count)
    if bound >= 1 + count:
        return Range(-math.inf, math.inf)
    square = (bound - 1) / (1 - bound / (1 + count))
    half_width = math.sqrt(square * (count - 1) / count) * statistics.stdev(values)
    return Range(mean - half_width, mean + half_width)


ANYTIME = SignificanceTest(anytime_interval, anytime_p, None)
