"""From the runs of a study to what it found: per comparison its groups, its figure and its verdicts."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from graph_mlp.analysis.claims import CLAIMS, Claim
from graph_mlp.analysis.measures import Group
from graph_mlp.analysis.plan import COMPARISONS, Comparison, PlannedRun
from graph_mlp.analysis.verdicts import Verdict, judge
from graph_mlp.store.recorded import RecordedRun


class Judged(NamedTuple):
    """A claim and what became of it."""

    number: str  # '8a'
    claim: Claim
    verdict: Verdict

    @property
    def measured(self) -> str:
        """The mean and its interval, with the unit."""
        mean, interval, unit = self.verdict.mean, self.verdict.interval, self.claim.unit
        if mean is None:
            return 'not measured'
        within = f' [{_number(interval.low, unit)}, {_number(interval.high, unit)}]' if interval else ''
        return f'{_number(mean, unit)}{within} {unit}'

    @property
    def read_as(self) -> str:
        """The range that the claim was taken to mean."""
        low, high = (_number(end, self.claim.unit) for end in self.claim.claimed)
        if self.claim.claimed.low == float('-inf'):
            return f'less than {high} {self.claim.unit}'
        if self.claim.claimed.high == float('inf'):
            return f'more than {low} {self.claim.unit}'
        return f'{low} to {high} {self.claim.unit}'

    def to_json(self) -> dict[str, Any]:
        """Everything about it, unrounded; accuracies as fractions; an open end of the range is null."""
        finite = [end if abs(end) != float('inf') else None for end in self.claim.claimed]
        return {
            'number': self.number,
            'claim': self.claim.said,
            'quantity': self.claim.quantity,
            'unit': self.claim.unit,
            'verdict': self.verdict.word,
            'mean': self.verdict.mean,
            'interval': list(self.verdict.interval) if self.verdict.interval else None,
            'claimed': finite,
            'seeds': self.verdict.seeds,
        }


class Finding(NamedTuple):
    """One comparison with everything that could be found out."""

    number: int  # from 1, the notebook's order
    comparison: Comparison
    groups: list[Group]  # of the runs that are drawn; empty where a run is missing
    missing: list[str]  # names of runs, with their seed, that the study has not
    judged: list[Judged]

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
    whole = [seed for seed in seeds if all((run.name, seed) in runs for run in needed)]
    common = min([epochs, *(len(runs[run.name, seed].history) for run in comparison.runs for seed in whole)])
    by_seed = [{run.name: _cut(runs[run.name, seed], run, common) for run in needed} for seed in whole]
    groups = [Group(run.name, [seed[run.name] for seed in by_seed]) for run in comparison.runs] if whole else []
    judged = []
    for letter, claim in zip('abcdefgh', CLAIMS[comparison.key], strict=False):
        values = [claim.measure(seed) for seed in by_seed]
        # A number that only some seeds have would be a number of the lucky ones.
        known = [value for value in values if value is not None]
        judged.append(
            Judged(f'{number}{letter}', claim, judge(known if len(known) == len(values) else [], claim.claimed))
        )
    return Finding(number, comparison, groups, missing, judged)


def _cut(run: RecordedRun, planned: PlannedRun, epochs: int) -> RecordedRun:
    return run if planned.notebook_loop else run._replace(history=run.history[:epochs])


def _number(value: float, unit: str) -> str:
    if unit == 'points':
        return f'{100 * value:.2f}'
    if unit == '%':
        return f'{100 * value:.0f}'
    return f'{value:.2f}' if unit == 'times' else f'{value:.1f}'
