"""The table of operators: how the measures of the runs of one seed become the one number of a claim."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from graph_mlp.analysis.measures import Directions, Measure, final_validation_accuracy
from graph_mlp.store.recorded import RecordedRun


class Operands(NamedTuple):
    """What an operator is applied to: the runs of one seed that a claim names, and their measures."""

    runs: Sequence[RecordedRun]
    values: Sequence[float | None]  # the measure of each run; None where a run lacks it
    better: int  # 1 where more is better, -1 where less is
    origin: float | None = None  # the number that distances are taken from
    earlier: float | None = None  # of the first run, by the claim's second measure


class Operator(NamedTuple):
    """How several measures become one number."""

    meaning: str
    runs: tuple[int, int | None]  # at least and at most so many; None: any number
    apply: Callable[[Operands], float | None]  # None where a run lacks what is needed
    sentence: str  # {measure}, {first}, {others}, {runs}, and {{}} for the number; for claims that give none
    unit: str | None = None  # None: the measure's
    directions: Callable[[Measure], Directions] | None = None  # None: the number has no sign


def difference(operands: Operands) -> float | None:
    """The first run's measure minus the second's."""
    first, second = operands.values
    return None if first is None or second is None else first - second


def ratio(operands: Operands) -> float | None:
    """The first run's measure divided by the second's."""
    first, second = operands.values
    return None if first is None or not second else first / second


def share_saved(operands: Operands) -> float | None:
    """The fraction of the second run's measure by which the first run's is smaller."""
    quotient = ratio(operands)
    return None if quotient is None else 1 - quotient


def lead(operands: Operands) -> float | None:
    """How much better the first run is than the best of the others; those that lack the measure are passed over."""
    return _beyond(operands.values, operands.better)


def lag(operands: Operands) -> float | None:
    """How much worse the first run is than the worst of the others; None where one lacks the measure."""
    # A run that never reaches 97 % is the slowest of all, by no number of seconds.
    return None if None in operands.values else _beyond(operands.values, -operands.better)


def _beyond(values: Sequence[float | None], sign: int) -> float | None:
    first, *others = values
    measured = [sign * value for value in others if value is not None]
    return None if first is None or not measured else sign * first - max(measured)


def lead_over_validated(operands: Operands) -> float | None:
    """How much better the first run is than the other with the best validation accuracy at the end."""
    pairs = zip(operands.runs[1:], operands.values[1:], strict=True)
    _, chosen = max(pairs, key=lambda pair: final_validation_accuracy(pair[0]))
    return _beyond([operands.values[0], chosen], operands.better)


def highest_minus_lowest(operands: Operands) -> float | None:
    """The highest measure minus the lowest."""
    measured = [value for value in operands.values if value is not None]
    return max(measured) - min(measured) if len(measured) == len(operands.values) else None


def largest_distance(operands: Operands) -> float | None:
    """The distance from the number `from` of the measure that is furthest from it."""
    measured = [value for value in operands.values if value is not None]
    if operands.origin is None or len(measured) < len(operands.values):
        return None
    return max(abs(value - operands.origin) for value in measured)


def change(operands: Operands) -> float | None:
    """The distance between the run's measure and its measure `since`."""
    [value] = operands.values
    return None if value is None or operands.earlier is None else abs(value - operands.earlier)


def _of_lead(measure: Measure) -> Directions:
    return measure.directions if measure.better > 0 else measure.directions.reversed


def _of_lag(measure: Measure) -> Directions:
    return _of_lead(measure).reversed


def _of_share(measure: Measure) -> Directions:
    thing = {'points': 'accuracy', 's': 'time'}.get(measure.unit, measure.unit)
    return Directions(f'less {thing}', f'more {thing}')


OPERATORS = {
    'difference': Operator(
        'the first run minus the second', (2, 2), difference,
        'The {measure} of {first} is {{}} than that of {others}', directions=lambda measure: measure.directions,
    ),
    'ratio': Operator(
        'the first run divided by the second', (2, 2), ratio,
        'The {measure} of {first} is {{}} that of {others}', unit='times',
    ),
    'share saved': Operator(
        "by what fraction the first run's measure is smaller than the second's", (2, 2), share_saved,
        'By {measure}, {first} takes {{}} than {others}', unit='%', directions=_of_share,
    ),
    'lead': Operator(
        'how much better the first run is than the best of the others', (2, None), lead,
        'The {measure} of {first} is {{}} than the best of {others}', directions=_of_lead,
    ),
    'lag': Operator(
        'how much worse the first run is than the worst of the others', (2, None), lag,
        'The {measure} of {first} is {{}} than the worst of {others}', directions=_of_lag,
    ),
    'lead by validation': Operator(
        'how much better the first run is than the other with the best validation accuracy', (2, None),
        lead_over_validated, 'The {measure} of {first} is {{}} than that of the best by validation of {others}',
        directions=_of_lead,
    ),
    'range': Operator(
        'the highest minus the lowest', (2, None), highest_minus_lowest,
        'The highest {measure} of {runs} is {{}} above the lowest',
    ),
    'largest distance': Operator(
        'the largest distance from the number `from`', (1, None), largest_distance,
        'The {measure} of {runs} that is furthest from its mark is {{}} away from it',
    ),
    'change': Operator(
        'the distance from the measure `since` of the same run', (1, 1), change,
        'The {measure} of {first} is {{}} from its earlier value',
    ),
}  # fmt: skip
