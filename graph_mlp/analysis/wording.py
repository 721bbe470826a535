"""Measured numbers, claimed ranges and differences in words, for the report, the terminal and the guide."""

import math
from collections.abc import Sequence

from graph_mlp.analysis.claims import Claim
from graph_mlp.analysis.measures import Directions, Measure
from graph_mlp.analysis.power import detectable_difference, seeds_needed
from graph_mlp.analysis.verdicts import NOISE, Range, Verdict

NO_INTERVAL = 'too few seeds for an interval'
FEW_SEEDS = 5  # with 4, the true standard deviation may be 3.7 times the measured one (95 %, chi-square)


def measured_sentence(claim: Claim, verdict: Verdict) -> str:
    """The claim's sentence with the mean over the seeds, then the 95 % interval in brackets.

    'BN_elu reaches 97 % 3.9 s later than the first of the others [2.2, 5.6]': a difference is given by its size and
    its direction. Where the interval holds zero, each end has a direction: '[27.5 later to 8.9 earlier]'.
    """
    if verdict.mean is None:
        return 'not measured'
    interval = f' [{_interval(verdict.interval, claim.unit, claim.directions)}]' if verdict.interval else ''
    return claim.sentence.format(_amount(verdict.mean, claim.unit, claim.directions)) + interval


def claimed_range(claim: Claim) -> str:
    """The range that the claim was read as: 'earlier', 'more than 2.00 times', '31 to 51 % less time'."""
    (low, high), directions = claim.claimed, claim.directions
    if directions is None:
        return _unsigned_range(claim)
    if low == -math.inf:
        return _half_line(-high, claim.unit, directions.reversed)
    if high == math.inf:
        return _half_line(low, claim.unit, directions)
    if low < 0 < high:
        return f'{_amount(low, claim.unit, directions)} to {_amount(high, claim.unit, directions)}'
    smaller, larger = sorted((low, high), key=abs)
    return f'{number(abs(smaller), claim.unit)} to {_amount(larger, claim.unit, directions)}'


def _unsigned_range(claim: Claim) -> str:
    low, high = claim.claimed
    if low == -math.inf:
        return f'less than {number(high, claim.unit)} {claim.unit}'
    if high == math.inf:
        return f'more than {number(low, claim.unit)} {claim.unit}'
    return f'{number(low, claim.unit)} to {number(high, claim.unit)} {claim.unit}'


def _half_line(low: float, unit: str, directions: Directions) -> str:
    """From `low` on in the positive direction."""
    if low == 0:
        return directions.positive
    if low > 0:
        return f'more than {_amount(low, unit, directions)}'
    return f'{directions.positive}, or less than {_amount(low, unit, directions)}'


def measured_difference(measure: Measure, verdict: Verdict) -> str:
    """A difference of two runs and its interval: '0.21 points of test accuracy [0.12, 0.30], 8 seeds'."""
    if verdict.mean is None:
        return 'not measured'
    ends = f' [{_interval(verdict.interval, measure.unit, None)}]' if verdict.interval else ''
    seeds = f'{verdict.seeds} seed{"s" if verdict.seeds > 1 else ""}'
    return f'{number(verdict.mean, measure.unit)} {measure.unit} of {measure.quantity}{ends}, {seeds}'


def what_it_takes(verdict: Verdict, unit: str, claimed: Range | None = None) -> str:
    """What a verdict within noise would take: '8 seeds tell 0.15 points apart; for 0.05 about 60'.

    The second number is the distance of the mean from zero, or from the nearest end of the claimed range. Where there
    are fewer than FEW_SEEDS the last one is called a guess. Empty for any other verdict, and where a study decides by
    another rule than a t-test.
    """
    if verdict.word != NOISE or verdict.mean is None or not verdict.deviation or verdict.level is None:
        return ''
    ends = [end for end in claimed or (0.0,) if math.isfinite(end)]
    distance = min(abs(verdict.mean - end) for end in ends)
    smallest = number(detectable_difference(verdict.deviation, verdict.seeds, verdict.level), unit)
    seeds = seeds_needed(distance, verdict.deviation, verdict.level)
    needed = f'about {seeds:,}' if seeds else 'more than 10,000'
    guess = ', a guess from so few seeds' if verdict.seeds < FEW_SEEDS else ''
    return f'{verdict.seeds} seeds tell {smallest} {unit} apart; for {number(distance, unit)} {needed}{guess}'


def _amount(value: float, unit: str, directions: Directions | None) -> str:
    if directions is None:
        return f'{number(value, unit)} {unit}'
    return f'{number(abs(value), unit)} {unit} {_direction(value, directions)}'


def _interval(interval: Range, unit: str, directions: Directions | None) -> str:
    if math.isinf(interval.low):
        return NO_INTERVAL
    if directions and interval.low < 0 < interval.high:
        return ' to '.join(f'{number(abs(end), unit)} {_direction(end, directions)}' for end in interval)
    ends = sorted(map(abs, interval)) if directions else interval
    return ', '.join(number(end, unit) for end in ends)


def _direction(value: float, directions: Directions) -> str:
    return directions.positive if value >= 0 else directions.negative


def number(value: float, unit: str) -> str:
    """A number in its unit, rounded; points and per cent are a hundredth of the value, a fraction."""
    if unit == 'points':
        return f'{100 * value:.2f}'
    if unit == '%':
        return f'{100 * value:.0f}'
    if unit == 'parameters':
        return f'{value:,.0f}'
    if unit == 's' and abs(value) < 1:
        return f'{value:.2f}' if abs(value) >= 0.1 else f'{value:.3f}'
    return f'{value:.2f}' if unit == 'times' else f'{value:.1f}'


def listed(names: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return ' and '.join(filter(None, [', '.join(names[:-1]), *names[-1:]]))
