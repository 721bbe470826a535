"""A claim: a number that is measured once per seed, and the range in which the claim is true."""

from collections.abc import Mapping
from typing import NamedTuple

from graph_mlp.analysis.measures import Directions, Measure
from graph_mlp.analysis.operators import Operands, Operator
from graph_mlp.analysis.verdicts import Range
from graph_mlp.store.recorded import RecordedRun

SeedRuns = Mapping[str, RecordedRun]  # the runs of one seed by their name in the plan, of equally many epochs


class Claim(NamedTuple):
    """One statement about runs; a plan file has a table [[claims]] for each."""

    statement: str
    sentence: str  # what is measured; {} stands for the number with its unit and direction: '3.9 s later'
    measure: Measure
    operator: Operator
    runs: tuple[str, ...]  # their names in the plan; the first is the one that the others are compared with
    claimed: Range  # of the number
    origin: float | None = None  # the number that distances are taken from
    since: Measure | None = None  # of the same run, which a change is counted from

    @property
    def unit(self) -> str:
        """'points' of accuracy, '%', 'times', 's', 'epochs' or 'parameters'."""
        return self.operator.unit or self.measure.unit

    @property
    def directions(self) -> Directions | None:
        """The words for a difference; None: the number is a distance or a ratio."""
        return self.operator.directions(self.measure) if self.operator.directions else None

    @property
    def quantity(self) -> str:
        """The sentence of a positive number N: 'BN_elu reaches 97 % N s earlier than the first of the others'."""
        direction = f' {self.directions.positive}' if self.directions else ''
        return self.sentence.format(f'N {self.unit}{direction}')

    def value(self, runs: SeedRuns) -> float | None:
        """The number of one seed; None where a run does not have what is needed."""
        compared = [runs[name] for name in self.runs]
        values = [self.measure.function(run) for run in compared]
        earlier = self.since.function(compared[0]) if self.since else None
        return self.operator.apply(Operands(compared, values, self.measure.better, self.origin, earlier))
