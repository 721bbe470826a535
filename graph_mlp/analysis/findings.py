"""From the runs of a study to its findings: per comparison the groups of runs, the figure and the verdicts."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from graph_mlp.analysis.claims import CLAIMS, Claim, Directions
from graph_mlp.analysis.measures import Group
from graph_mlp.analysis.plan import COMPARISONS, Comparison, PlannedRun
from graph_mlp.analysis.verdicts import Range, Verdict, judge
from graph_mlp.store.recorded import RecordedRun


class JudgedClaim(NamedTuple):
    """A claim and its verdict."""

    number: str  # '8a'
    claim: Claim
    verdict: Verdict

    @property
    def measured(self) -> str:
        """The mean over the seeds and its 95 % interval, with the unit; a difference is told by its direction.

        '3.9 s later [2.2 to 5.6]' for a mean of -3.9 s 'earlier'; where the interval holds zero, both its ends have a
        direction.
        """
        mean, interval = self.verdict.mean, self.verdict.interval
        unit, directions = self.claim.unit, self.claim.directions
        if mean is None:
            return 'not measured'
        if directions is None:
            within = f' [{_number(interval.low, unit)} to {_number(interval.high, unit)}]' if interval else ''
            return f'{_number(mean, unit)} {unit}{within}'
        within = f' [{_directed_interval(interval, unit, directions)}]' if interval else ''
        return f'{_number(abs(mean), unit)} {unit} {_direction(mean, directions)}{within}'

    @property
    def read_as(self) -> str:
        """The range that the claim was taken to mean."""
        low, high = (_number(end, self.claim.unit) for end in self.claim.claimed)
        unit = self.claim.unit + (f' {self.claim.directions.positive}' if self.claim.directions else '')
        if self.claim.directions and self.claim.claimed == (0.0, float('inf')):
            return self.claim.directions.positive
        if self.claim.claimed.low == float('-inf'):
            return f'less than {high} {unit}'
        if self.claim.claimed.high == float('inf'):
            return f'more than {low} {unit}'
        return f'{low} to {high} {unit}'

    def to_json(self) -> dict[str, Any]:
        """Everything about it, unrounded; accuracies as fractions; an open end of the range is null."""
        finite = [end if abs(end) != float('inf') else None for end in self.claim.claimed]
        return {
            'number': self.number,
            'claim': self.claim.statement,
            'quantity': self.claim.quantity,
            'unit': self.claim.unit,
            'verdict': self.verdict.word,
            'mean': self.verdict.mean,
            'interval': list(self.verdict.interval) if self.verdict.interval else None,
            'claimed': finite,
            'seeds': self.verdict.seeds,
        }


class Finding(NamedTuple):
    """One comparison of the Analysis, measured."""

    number: int  # from 1, the notebook's order
    comparison: Comparison
    groups: list[Group]  # of the runs that are drawn; empty where a run is missing
    missing: list[str]  # names of runs, with their seed, that the study has not
    judged: list[JudgedClaim]

    @property
    def figure_name(self) -> str:
        """Of its files, without the ending."""
        return f'{self.number}-{self.comparison.key}'


def findings(
    runs: dict[tuple[str, int], RecordedRun], seeds: Sequence[int], keys: Sequence[str], epochs: int
) -> list[Finding]:
    """What follows for the comparisons of these keys from runs by (planned name, seed).

    A comparison looks at all its runs after the same number of epochs, `epochs` or the fewest that one of them
    has; a seed counts for it where every run of that seed is there.
    """
    return [
        _finding(number, comparison, runs, seeds, epochs)
        for number, comparison in enumerate(COMPARISONS, 1)
        if comparison.key in keys
    ]


def _finding(
    number: int, comparison: Comparison, runs: dict[tuple[str, int], RecordedRun], seeds: Sequence[int], epochs: int
) -> Finding:
    needed = comparison.runs + comparison.timed
    missing = [f'{run.name} seed {seed}' for seed in seeds for run in needed if (run.name, seed) not in runs]
    complete = [seed for seed in seeds if all((run.name, seed) in runs for run in needed)]
    common = min([epochs, *(len(runs[run.name, seed].history) for run in comparison.runs for seed in complete)])
    by_seed = [{run.name: _cut(runs[run.name, seed], run, common) for run in needed} for seed in complete]
    groups = [Group(run.name, [seed[run.name] for seed in by_seed]) for run in comparison.runs] if complete else []
    judged = []
    for letter, claim in zip('abcdefgh', CLAIMS[comparison.key], strict=False):
        values = [claim.measure(seed) for seed in by_seed]
        # Where some seeds lack the number (97 % never reached, say), the mean of the others would be biased.
        measured = [value for value in values if value is not None]
        verdict = judge(measured if len(measured) == len(values) else [], claim.claimed)
        judged.append(JudgedClaim(f'{number}{letter}', claim, verdict))
    return Finding(number, comparison, groups, missing, judged)


def _cut(run: RecordedRun, planned: PlannedRun, epochs: int) -> RecordedRun:
    return run if planned.notebook_loop else run._replace(history=run.history[:epochs])


def _direction(value: float, directions: Directions) -> str:
    return directions.positive if value >= 0 else directions.negative


def _directed_interval(interval: Range, unit: str, directions: Directions) -> str:
    ends = sorted(interval, key=abs) if interval.low * interval.high >= 0 else list(interval)
    numbers = [_number(abs(end), unit) for end in ends]
    if interval.low * interval.high >= 0:
        return ' to '.join(numbers)
    return ' to '.join(f'{number} {_direction(end, directions)}' for number, end in zip(numbers, ends, strict=True))


def _number(value: float, unit: str) -> str:
    if unit == 'points':
        return f'{100 * value:.2f}'
    if unit == '%':
        return f'{100 * value:.0f}'
    return f'{value:.2f}' if unit == 'times' else f'{value:.1f}'
