"""From the runs of a study to its findings: per comparison the groups of runs, the pairs and the verdicts."""

import itertools
import math
from collections.abc import Mapping, Sequence
from string import ascii_lowercase
from typing import Any, NamedTuple

from graph_mlp.compare import Group, Measure, named_measure
from graph_mlp.significance import BETTER, LEVEL, NOISE, UNTESTED, MeanTest, Range, holm
from graph_mlp.store.recorded import RecordedRun
from graph_mlp.study.claims import Claim
from graph_mlp.study.plan import Comparison

Key = tuple[str, int]  # the label of a run, and its seed
Recorded = Mapping[Key, RecordedRun]  # with ascending seeds


class JudgedClaim(NamedTuple):
    """A claim, and the test of its number; None where not every seed has the number."""

    number: str  # '8a'
    claim: Claim
    test: MeanTest | None

    @property
    def word(self) -> str:
        """HOLDS, FAILS, NOISE or UNTESTED."""
        return self.test.verdict(Range(*self.claim.range)) if self.test else UNTESTED

    @property
    def interval(self) -> Range | None:
        """The 95 % confidence interval of the number; one of an accuracy stays between 0 and 1."""
        ends = self.test.interval() if self.test else None
        is_accuracy = self.claim.operator == 'highest' and named_measure(self.claim.measure).is_accuracy
        return ends.within(0.0, 1.0) if ends and is_accuracy and math.isfinite(ends.low) else ends

    def to_json(self) -> dict[str, Any]:
        """Everything about it, unrounded; accuracies as fractions; an open end of a range is null."""
        return {
            'number': self.number, 'claim': self.claim.claim, 'quantity': self.claim.quantity, 'unit': self.claim.unit,
            'verdict': self.word, **measured(self.test), 'interval': _finite(self.interval),
            'claimed': _finite(Range(*self.claim.range)),
        }  # fmt: skip


class Pair(NamedTuple):
    """Two runs of a comparison, the better one first, and the test of by how much it is better."""

    first: str
    second: str
    test: MeanTest | None  # None where not every seed has the number
    p: float | None = None  # corrected for all pairs; None where there are too few seeds

    @property
    def word(self) -> str:
        """BETTER, NOISE or UNTESTED."""
        return UNTESTED if self.p is None else BETTER if self.p <= LEVEL else NOISE


class Finding(NamedTuple):
    """One comparison, measured."""

    number: int  # from 1, the plan's order
    comparison: Comparison
    groups: list[Group]  # of the runs that are drawn; empty where a run is missing
    missing: list[str]  # names and seeds of the planned runs that are not on disk with all their epochs
    claims: list[JudgedClaim]
    pairs: list[Pair]

    @property
    def measure(self) -> Measure | None:
        """By which its pairs are compared."""
        return named_measure(self.comparison.pairs) if self.comparison.pairs else None

    @property
    def open_runs(self) -> set[str]:
        """The labels of the runs of claims and pairs that are within noise."""
        labels = {label for judged in self.claims if judged.word == NOISE for label in judged.claim.runs}
        return labels | {label for pair in self.pairs if pair.word == NOISE for label in (pair.first, pair.second)}


def measured(test: MeanTest | None) -> dict[str, Any]:
    """What JSON says of a test."""
    if test is None:
        return {'mean': None, 'interval': None, 'seeds': 0}
    return {'mean': test.mean, 'interval': _finite(test.interval()), 'seeds': test.seeds}


def _finite(ends: Range | None) -> list[float | None] | None:
    return [end if math.isfinite(end) else None for end in ends] if ends else None


def find(
    number: int, comparison: Comparison, recorded: Recorded, epochs: Mapping[Key, int], test: type[MeanTest] = MeanTest
) -> Finding:
    """What the runs of a comparison say.

    All that are drawn are looked at after the same number of epochs. A run that has not all its epochs is left out, and
    a claim uses a seed only if all its runs of that seed are there.

    Args: number of the comparison in its plan; recorded, what is on disk; epochs that are planned for every run; test
    of the numbers, one per seed.
    """
    drawn = comparison.runs
    common = min(count for (label, _), count in epochs.items() if label in drawn)
    runs, missing = {}, []
    for (label, seed), count in epochs.items():
        run = recorded.get((label, seed))
        if run and run.has_ended(count):
            runs[label, seed] = run._replace(history=run.history[:common]) if label in drawn else run
        elif label in comparison.labels:
            missing.append(f'{label} seed {seed}' + (f' ({len(run.history)} of {count} epochs)' if run else ''))
    seeds = _common_seeds(runs, drawn)
    groups = [Group(label, [runs[label, seed] for seed in seeds]) for label in drawn] if seeds else []
    claims = []
    for letter, claim in zip(ascii_lowercase, comparison.claims, strict=False):
        by_seed = ({label: runs[label, seed] for label in claim.runs} for seed in _common_seeds(runs, claim.runs))
        claims.append(JudgedClaim(f'{number}{letter}', claim, _test(list(map(claim.value, by_seed)), test)))
    finding = Finding(number, comparison, groups, missing, claims, [])
    if measure := finding.measure:
        measures = {key: measure.of(run) for key, run in runs.items() if key[0] in drawn}
        values = {label: {seed: value for (one, seed), value in measures.items() if one == label} for label in drawn}
        finding = finding._replace(pairs=judge_pairs(values, measure.better, test))
    return finding


def _common_seeds(runs: Recorded, labels: Sequence[str]) -> list[int]:
    return [seed for label, seed in runs if label == labels[0] and all((other, seed) in runs for other in labels)]


def _test(values: Sequence[float | None], test: type[MeanTest]) -> MeanTest | None:
    measured = [value for value in values if value is not None]
    # Where some seeds lack the number (97 % never reached, say), the mean of the others would be biased.
    return test(measured) if measured and len(measured) == len(values) else None


def judge_pairs(
    values: Mapping[str, Mapping[int, float | None]], better: int, test: type[MeanTest] = MeanTest
) -> list[Pair]:
    """Compares all pairs of runs over the seeds that both have, corrected for their number; the clearest first.

    Args: values, the measure by label and seed, None where a run lacks it; better, 1 where more is better, -1 where
    less is; test of the differences between runs of one seed.
    """
    pairs = []
    for first, second in itertools.combinations(values, 2):
        both = [(values[first][seed], values[second][seed]) for seed in values[first] if seed in values[second]]
        found = _test([None if a is None or b is None else better * (a - b) for a, b in both], test)
        if found and found.mean < 0:
            first, second, found = second, first, test([-value for value in found.values])
        pairs.append(Pair(first, second, found, found.p_value() if found and found.seeds > 1 else None))
    tested = [(pair, pair.test, pair.p) for pair in pairs if pair.test and pair.p is not None]
    corrected = zip(tested, holm([p for _, _, p in tested]), strict=True)
    judged = [pair._replace(p=p, test=test(found.values, LEVEL / len(tested))) for (pair, found, _), p in corrected]
    judged.sort(key=lambda pair: (pair.p, -pair.test.mean if pair.test else 0.0))
    return judged + [pair for pair in pairs if pair.p is None]
