"""From the runs of a study to its findings: per comparison the groups of runs, the figure and the verdicts."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from graph_mlp.analysis.claims import Claim, numbered_claims
from graph_mlp.analysis.measures import Group
from graph_mlp.analysis.plan import COMPARISONS, Comparison, PlannedRun
from graph_mlp.analysis.seed_measures import SeedRuns
from graph_mlp.analysis.verdicts import Verdict, judge
from graph_mlp.store.recorded import RecordedRun


class JudgedClaim(NamedTuple):
    """A claim and its verdict."""

    number: str  # '8a'
    claim: Claim
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """Everything about it, unrounded; accuracies as fractions; an open end of the range is null."""
        return {
            'number': self.number,
            'claim': self.claim.statement,
            'quantity': self.claim.quantity,
            'unit': self.claim.unit,
            'verdict': self.verdict.word,
            'mean': self.verdict.mean,
            'interval': list(self.verdict.interval) if self.verdict.interval else None,
            'claimed': [end if math.isfinite(end) else None for end in self.claim.claimed],
            'seeds': self.verdict.seeds,
        }


class Finding(NamedTuple):
    """One comparison of the Analysis, measured."""

    number: int  # from 1, the notebook's order
    comparison: Comparison
    groups: list[Group]  # of the runs that are drawn; empty where a run is missing
    missing: list[str]  # names and seeds of the planned runs that are not on disk
    judged_claims: list[JudgedClaim]

    @property
    def figure_name(self) -> str:
        """The name of its figure's files, without the ending."""
        return f'{self.number}-{self.comparison.key}'


def findings(
    runs: dict[tuple[str, int], RecordedRun], seeds: Sequence[int], keys: Sequence[str], epochs: int
) -> list[Finding]:
    """The findings for the comparisons of these keys, from runs by (planned name, seed).

    A comparison looks at all its runs after the same number of epochs: `epochs`, or fewer where a run has fewer. It
    uses a seed only if all its runs of that seed are there.
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
    drawn = comparison.runs if complete else ()
    groups = [Group(run.name, [seed_runs[run.name] for seed_runs in by_seed]) for run in drawn]
    judged_claims = [
        JudgedClaim(claim_number, claim, _verdict(claim, by_seed))
        for claim_number, claim in numbered_claims(number, comparison.key)
    ]
    return Finding(number, comparison, groups, missing, judged_claims)


def _verdict(claim: Claim, by_seed: Sequence[SeedRuns]) -> Verdict:
    values = [claim.measure(runs) for runs in by_seed]
    measured = [value for value in values if value is not None]
    # Where some seeds lack the number (97 % never reached, say), the mean of the others would be biased.
    return judge(measured if len(measured) == len(values) else [], claim.claimed)


def _cut(run: RecordedRun, planned: PlannedRun, epochs: int) -> RecordedRun:
    return run if planned.notebook_loop else run._replace(history=run.history[:epochs])
