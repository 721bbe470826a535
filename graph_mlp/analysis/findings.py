"""From the runs of a study to its findings: per comparison the groups of runs, the pairs and the verdicts."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graph_mlp.analysis.anytime import ANYTIME
from graph_mlp.analysis.claims import Claim, SeedRuns
from graph_mlp.analysis.measures import Group
from graph_mlp.analysis.pairs import Pair, judge_pairs
from graph_mlp.analysis.plan import Comparison, NumberedComparisons, numbered_claims
from graph_mlp.analysis.verdicts import NOISE, STUDENT, Range, SignificanceTest, Verdict, judge
from graph_mlp.store.recorded import RecordedRun

Recorded = Mapping[tuple[str, int], RecordedRun]  # by (name in the plan, seed)


class JudgedClaim(NamedTuple):
    """A claim and its verdict."""

    number: str  # '8a'
    claim: Claim
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """Everything about it, unrounded; accuracies as fractions; an open end of a range is null."""
        return {
            'number': self.number,
            'claim': self.claim.statement,
            'quantity': self.claim.quantity,
            'unit': self.claim.unit,
            'verdict': self.verdict.word,
            'mean': self.verdict.mean,
            'interval': finite(self.verdict.interval),
            'claimed': finite(self.claim.claimed),
            'seeds': self.verdict.seeds,
        }


class Finding(NamedTuple):
    """One comparison, measured."""

    number: int  # from 1, the plan's order
    comparison: Comparison
    groups: list[Group]  # of the runs that are drawn; empty where a run is missing
    missing: list[str]  # names and seeds of the planned runs that are not on disk with all their epochs
    judged_claims: list[JudgedClaim]
    pairs: list[Pair]

    @property
    def figure_name(self) -> str:
        """The name of its figure's files, without the ending."""
        return f'{self.number}-{self.comparison.key}'

    @property
    def open_runs(self) -> list[str]:
        """The runs of claims and pairs that are within noise, each of them once."""
        names = [name for judged in self.judged_claims if judged.verdict.word == NOISE for name in judged.claim.runs]
        names += [name for pair in self.pairs if pair.verdict.word == NOISE for name in (pair.first, pair.second)]
        return list(dict.fromkeys(names))


def finite(ends: Range | None) -> list[float | None] | None:
    """The ends of a range as JSON has them: null for an open one."""
    return [end if math.isfinite(end) else None for end in ends] if ends else None


def findings(
    runs: Recorded,
    seeds: Mapping[str, Sequence[int]],
    comparisons: NumberedComparisons,
    epochs: int,
    anytime: bool = False,
) -> list[Finding]:
    """The findings for these comparisons, from the recorded runs and the planned seeds of every run of the plan.

    A comparison looks at all its runs after the same number of epochs: `epochs`, or fewer where a run is planned for
    fewer. A run that has not all its epochs is left out, and a claim uses a seed only if all its runs of that seed are
    there. With `anytime` the intervals are those of a study that stops where its verdicts are decided.
    """
    test = ANYTIME if anytime else STUDENT
    return [_finding(number, comparison, runs, seeds, epochs, test) for number, comparison in comparisons]


def _finding(
    number: int,
    comparison: Comparison,
    runs: Recorded,
    seeds: Mapping[str, Sequence[int]],
    epochs: int,
    test: SignificanceTest,
) -> Finding:
    needed = comparison.runs + comparison.timed
    planned_epochs = {(run.label, seed): run.epochs(epochs) for run in needed for seed in seeds[run.label]}
    recorded = {
        key: runs[key] for key, count in planned_epochs.items() if key in runs and len(runs[key].history) >= count
    }
    missing = [
        f'{label} seed {seed}{_epochs_done(runs, (label, seed), planned_epochs)}'
        for label, seed in sorted(planned_epochs, key=lambda key: key[1])
        if (label, seed) not in recorded
    ]
    drawn = [run.label for run in comparison.runs]
    common = min(run.epochs(epochs) for run in comparison.runs)
    cut = {key: run._replace(history=run.history[:common]) if key[0] in drawn else run for key, run in recorded.items()}
    complete = _common_seeds(cut, seeds, drawn)
    groups = [Group(label, [cut[label, seed] for seed in complete]) for label in drawn] if complete else []
    judged_claims = [
        JudgedClaim(claim_number, claim, _verdict(claim, cut, seeds, test))
        for claim_number, claim in numbered_claims(number, comparison)
    ]
    return Finding(number, comparison, groups, missing, judged_claims, _pairs(comparison, cut, test))


def _epochs_done(runs: Recorded, key: tuple[str, int], planned_epochs: Mapping[tuple[str, int], int]) -> str:
    return f' ({len(runs[key].history)} of {planned_epochs[key]} epochs)' if key in runs else ''


def _common_seeds(runs: Recorded, seeds: Mapping[str, Sequence[int]], labels: Sequence[str]) -> list[int]:
    return [seed for seed in seeds[labels[0]] if all((label, seed) in runs for label in labels)]


def _verdict(claim: Claim, runs: Recorded, seeds: Mapping[str, Sequence[int]], test: SignificanceTest) -> Verdict:
    by_seed: list[SeedRuns] = [
        {label: runs[label, seed] for label in claim.runs} for seed in _common_seeds(runs, seeds, claim.runs)
    ]
    values = [claim.value(seed_runs) for seed_runs in by_seed]
    measured = [value for value in values if value is not None]
    # Where some seeds lack the number (97 % never reached, say), the mean of the others would be biased.
    complete = measured if len(measured) == len(values) else []
    return judge(complete, claim.claimed, test)


def _pairs(comparison: Comparison, runs: Recorded, test: SignificanceTest) -> list[Pair]:
    if comparison.pairs is None:
        return []
    measure = comparison.pairs
    values: dict[str, dict[int, float | None]] = {run.label: {} for run in comparison.runs}
    for (label, seed), run in runs.items():
        if label in values:
            values[label][seed] = measure.function(run)
    return judge_pairs(values, measure, test)
