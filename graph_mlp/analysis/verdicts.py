"""The rule by which a claim holds, does not hold, or cannot be decided because the seeds differ too much."""

import math
import statistics
from collections.abc import Callable, Sequence
from typing import NamedTuple

HOLDS, FAILS, NOISE, UNTESTED = 'holds', 'does not hold', 'within noise', 'not tested'
CONFIDENCE = 0.95
LEVEL = 1 - CONFIDENCE
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

    word: str  # HOLDS, FAILS, NOISE or UNTESTED; of a pair BETTER, NOISE or UNTESTED
    mean: float | None  # over the seeds; None where they do not have the number
    interval: Range | None  # 95 % confidence, of the mean; None with fewer than two seeds
    seeds: int
    deviation: float | None = None  # standard deviation over the seeds; None with fewer than two
    level: float | None = LEVEL  # of the t-test by which it is decided; None: it is decided by another test


def student_interval(values: Sequence[float]) -> Range | None:
    """Student's 95 % confidence interval of the mean; None for fewer than two values."""
    from scipy.stats import t

    if len(values) < 2:
        return None
    count, mean = len(values), statistics.fmean(values)
    half_width = float(t.ppf((1 + CONFIDENCE) / 2, count - 1)) * statistics.stdev(values) / math.sqrt(count)
    return Range(mean - half_width, mean + half_width)


def student_p(values: Sequence[float]) -> float:
    """The two-sided p-value of a mean of zero, by Student's t-test; at least two values are needed."""
    from scipy.stats import t

    mean, deviation, count = statistics.fmean(values), statistics.stdev(values), len(values)
    if deviation == 0:
        return 0.0 if mean else 1.0
    return 2 * float(t.sf(abs(mean) * math.sqrt(count) / deviation, count - 1))


class SignificanceTest(NamedTuple):
    """How a mean over the seeds is told from chance, from one value per seed in the order of the seeds."""

    interval: Callable[[Sequence[float]], Range | None]  # of the mean; None for fewer than two values
    p_value: Callable[[Sequence[float]], float]  # of a mean of zero
    level: float | None  # of the t-test; None: it is no t-test


STUDENT = SignificanceTest(student_interval, student_p, LEVEL)


def judge(values: Sequence[float], claimed: Range, test: SignificanceTest = STUDENT) -> Verdict:
    """Applies RULE to one value per seed, in the order of the seeds."""
    if not values:
        return Verdict(UNTESTED, None, None, 0)
    mean, interval = statistics.fmean(values), test.interval(values)
    if interval is None:
        return Verdict(UNTESTED, mean, None, len(values))
    if claimed.low < interval.low and interval.high < claimed.high:
        word = HOLDS
    elif interval.high <= claimed.low or interval.low >= claimed.high:
        word = FAILS
    else:
        word = NOISE
    return Verdict(word, mean, interval, len(values), statistics.stdev(values), test.level)
