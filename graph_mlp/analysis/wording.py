"""A claim's measured number and claimed range in words, for the report, the terminal and the guide."""

import math

from graph_mlp.analysis.claims import Claim, Directions
from graph_mlp.analysis.verdicts import Range, Verdict


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
    upper = _amount(high, claim.unit, directions)
    if low == -math.inf:
        return f'{directions.negative}, or less than {upper}' if directions else f'less than {upper}'
    if high == math.inf and low == 0 and directions:
        return directions.positive
    if high == math.inf:
        return f'more than {_amount(low, claim.unit, directions)}'
    return f'{_number(low, claim.unit)} to {upper}'


def _amount(value: float, unit: str, directions: Directions | None) -> str:
    if directions is None:
        return f'{_number(value, unit)} {unit}'
    return f'{_number(abs(value), unit)} {unit} {_direction(value, directions)}'


def _interval(interval: Range, unit: str, directions: Directions | None) -> str:
    if directions and interval.low < 0 < interval.high:
        return ' to '.join(f'{_number(abs(end), unit)} {_direction(end, directions)}' for end in interval)
    ends = sorted(map(abs, interval)) if directions else interval
    return ', '.join(_number(end, unit) for end in ends)


def _direction(value: float, directions: Directions) -> str:
    return directions.positive if value >= 0 else directions.negative


def _number(value: float, unit: str) -> str:
    if unit == 'points':
        return f'{100 * value:.2f}'
    if unit == '%':
        return f'{100 * value:.0f}'
    return f'{value:.2f}' if unit == 'times' else f'{value:.1f}'
