"""A claim: a number that is measured once per seed, and the range of it in which the claim is true."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from graph_mlp.compare import Directions, Measure, named_measure, unknown
from graph_mlp.errors import UsageError
from graph_mlp.store.recorded import RecordedRun


class Operator(NamedTuple):
    """How the measures of two sides, one run and the others, become one number."""

    sentence: str  # what is measured; {first}, {others}, {measure}, and {{}} for the number
    function: Callable[[float, Sequence[float], int], float]  # first, others, 1 where more is better, else -1
    directions: Callable[[Measure], Directions] | None = None  # None: the number has no sign
    unit: str | None = None  # None: the measure's
    runs: tuple[int, int] = (2, 100)  # at least and at most so many


def _lead(first: float, others: Sequence[float], better: int) -> float:
    return better * first - max(better * other for other in others)


def _of_lead(measure: Measure) -> Directions:
    return measure.directions if measure.is_accuracy else measure.directions.reversed


def _of_share(measure: Measure) -> Directions:
    thing = {'points': 'accuracy', 's': 'time'}.get(measure.unit, measure.unit)
    return Directions(f'less {thing}', f'more {thing}')


OPERATORS = {
    'difference': Operator(
        'The {measure} of {first} is {{}} than that of {others}', lambda first, others, better: first - others[0],
        lambda measure: measure.directions, runs=(2, 2),
    ),
    'ratio': Operator(
        'The {measure} of {first} is {{}} that of {others}', lambda first, others, better: first / others[0],
        unit='times', runs=(2, 2),
    ),
    'share saved': Operator(
        'By {measure}, {first} takes {{}} than {others}', lambda first, others, better: 1 - first / others[0],
        _of_share, unit='%', runs=(2, 2),
    ),
    'lead': Operator('The {measure} of {first} is {{}} than the best of {others}', _lead, _of_lead),
    'lead by validation': Operator(
        'The {measure} of {first} is {{}} than that of the best by validation of {others}', _lead, _of_lead
    ),
    'lag': Operator(
        'The {measure} of {first} is {{}} than the worst of {others}',
        lambda first, others, better: _lead(first, others, -better), lambda measure: _of_lead(measure).reversed,
    ),
    'range': Operator(
        'The highest {measure} of {first} and {others} is {{}} above the lowest',
        lambda first, others, better: max(first, *others) - min(first, *others),
    ),
    'highest': Operator(
        'The highest {measure} of {first} and {others} is {{}}',
        lambda first, others, better: max([first, *others]), runs=(1, 100),
    ),
}  # fmt: skip


def check_measure(name: str) -> None:
    """Raises ValueError, to which msgspec adds the path, where there is no measure of this name."""
    try:
        named_measure(name)
    except UsageError as error:
        raise ValueError(str(error)) from None


class Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One statement about runs, in Python or as a table of a plan file; raises ValueError where it makes no sense."""

    claim: str  # the statement that is judged
    measure: str = 'final accuracy'
    operator: str
    runs: tuple[str, ...]  # by label: the first is one side, the others are the other
    range: tuple[float, float]  # of the number, between which the claim is true; inf and -inf are open ends
    sentence: str = ''  # what is measured; {} stands for the number with its unit and direction: '3.9 s later'

    def __post_init__(self) -> None:
        check_measure(self.measure)
        if self.operator not in OPERATORS:
            raise ValueError(unknown('operator', self.operator, OPERATORS))
        fewest, most = self.kind.runs
        if not fewest <= len(self.runs) <= most:
            raise ValueError(f'{len(self.runs)} runs: operator {self.operator!r} needs {fewest} to {most}')
        if not self.range[0] < self.range[1]:
            raise ValueError(f'range [{self.range[0]:g}, {self.range[1]:g}]: the lower number comes first')
        if self.sentence and not self.sentence.count('{}') == self.sentence.count('{') == self.sentence.count('}') == 1:
            raise ValueError('sentence needs {} in one place, for the number, and no other brace')

    @property
    def kind(self) -> Operator:
        """The operator itself."""
        return OPERATORS[self.operator]

    @property
    def unit(self) -> str:
        """'points' of accuracy, '%', 'times', 's', 'epochs' or 'parameters'."""
        return self.kind.unit or named_measure(self.measure).unit

    @property
    def directions(self) -> Directions | None:
        """The words for a difference; None: the number is a distance or a ratio."""
        return self.kind.directions(named_measure(self.measure)) if self.kind.directions else None

    @property
    def template(self) -> str:
        """The sentence, with {} for the number."""
        first, *others = self.runs
        sentence = self.kind.sentence if others else self.kind.sentence.replace(' and {others}', '')
        return self.sentence or sentence.format(measure=self.measure, first=first, others=' or '.join(others))

    @property
    def quantity(self) -> str:
        """The sentence of a positive number N: 'BN_elu reaches 97 % N s earlier than the first of the others'."""
        return self.template.format(f'N {self.unit}' + (f' {self.directions.positive}' if self.directions else ''))

    def value(self, runs: Mapping[str, RecordedRun]) -> float | None:
        """The number of one seed, from its runs by label; None where a run does not have what is needed."""
        measure = named_measure(self.measure)
        first, *others = (runs[label] for label in self.runs)
        if self.operator == 'lead by validation':
            others = [max(others, key=lambda run: run.history[-1].validation_accuracy_moving)]
        number, numbers = measure.of(first), [measure.of(run) for run in others]
        measured = [value for value in numbers if value is not None]
        # The lead passes over a run that never reaches 97 %. For the lag it is the slowest, by no number of seconds.
        if number is None or (len(measured) < len(numbers) and not (self.operator == 'lead' and measured)):
            return None
        is_ratio_to_zero = self.operator in ('ratio', 'share saved') and not measured[0]
        return None if is_ratio_to_zero else self.kind.function(number, measured, measure.better)
