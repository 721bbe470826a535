"""The rule by which a claim holds, does not hold, or cannot be decided because the seeds differ too much."""

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

HOLDS, FAILS, NOISE, UNTESTED = 'holds', 'does not hold', 'within noise', 'not tested'
CONFIDENCE = 0.95
RULE = (
    'A claim is read as a range for a number that is measured once per seed, from runs of the same seed. It holds '
    'where the whole 95 % confidence interval of the mean over the seeds (Student\'s t, which for "more than zero" is '
    'the paired t-test) lies within that range, does not hold where the whole interval lies outside, and is within '
    'noise where the interval reaches across an end of the range. With one seed there is no interval and no test.'
)


class Range(NamedTuple):
    """From `low` to `high`; an infinite end is open."""

    low: float
    high: float


class Verdict(NamedTuple):
    """Whether a claim holds, and the mean and interval that say so."""

    word: str  # HOLDS, FAILS, NOISE or UNTESTED
    mean: float | None  # over the seeds; None where they do not have the number
    interval: Range | None  # 95 % confidence, of the mean; None with fewer than two seeds
    seeds: int


def judge(values: Sequence[float], claimed: Range) -> Verdict:
    """Applies RULE to one value per seed."""
    if not values:
        return Verdict(UNTESTED, None, None, 0)
    mean = statistics.fmean(values)
    if len(values) < 2:
        return Verdict(UNTESTED, mean, None, 1)
    interval = _confidence_interval(mean, statistics.stdev(values), len(values))
    if claimed.low < interval.low and interval.high < claimed.high:
        word = HOLDS
    elif interval.high <= claimed.low or interval.low >= claimed.high:
        word = FAILS
    else:
        word = NOISE
    return Verdict(word, mean, interval, len(values))


def _confidence_interval(mean: float, deviation: float, count: int) -> Range:
    from scipy.stats import t

    half_width = float(t.ppf((1 + CONFIDENCE) / 2, count - 1)) * deviation / math.sqrt(count)
    return Range(mean - half_width, mean + half_width)
