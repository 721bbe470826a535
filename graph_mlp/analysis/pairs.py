"""Every run of a comparison against every other: paired over the seeds, corrected for how many pairs there are."""

import itertools
import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graph_mlp.analysis.measures import Measure
from graph_mlp.analysis.verdicts import LEVEL, NOISE, UNTESTED, SignificanceTest, Verdict

BETTER = 'better'
RULE = (
    'Each pair is compared over the seeds that both runs have, by the differences of the runs of one seed. An interval '
    'holds the true mean difference of its own pair in 95 of 100 studies. Among many pairs some differ by chance, '
    "so a run is called better only where the paired t-test says so after Holm's correction for all pairs of the "
    'table: if no two runs differed in truth, at most 5 of 100 studies would name any as better.'
)


class Pair(NamedTuple):
    """Two runs of a comparison; the one that did better is the first."""

    first: str
    second: str
    verdict: Verdict  # BETTER, NOISE or UNTESTED; its mean is by how much the first is better, in the measure's unit
    p: float | None  # corrected; None where it is not tested


def judge_pairs(
    values: Mapping[str, Mapping[int, float | None]], measure: Measure, test: SignificanceTest
) -> list[Pair]:
    """Judges all pairs of runs, the clearest first, from each run's measure by seed."""
    compared = [_compared(names, values, measure, test) for names in itertools.combinations(values, 2)]
    tested = [(pair, pair.p) for pair in compared if pair.p is not None]
    corrected = holm([p for _, p in tested])
    level = test.level and test.level / max(len(tested), 1)
    judged = [
        pair._replace(p=p, verdict=pair.verdict._replace(word=BETTER if p <= LEVEL else NOISE, level=level))
        for (pair, _), p in zip(tested, corrected, strict=True)
    ]
    judged.sort(key=lambda pair: (pair.p, -(pair.verdict.mean or 0.0)))
    return judged + [pair for pair in compared if pair.p is None]


def _compared(
    names: tuple[str, str], values: Mapping[str, Mapping[int, float | None]], measure: Measure, test: SignificanceTest
) -> Pair:
    first, second = names
    seeds = [seed for seed in values[first] if seed in values[second]]
    measured = [(a, b) for seed in seeds if (a := values[first][seed]) is not None
             and (b := values[second][seed]) is not None]  # fmt: skip
    # Where some seeds lack the number (97 % never reached, say), the mean of the others would be biased.
    differences = [measure.better * (a - b) for a, b in measured] if len(measured) == len(seeds) else []
    if not differences:
        return Pair(first, second, Verdict(UNTESTED, None, None, 0), None)
    if statistics.fmean(differences) < 0:
        first, second, differences = second, first, [-difference for difference in differences]
    mean = statistics.fmean(differences)
    if len(differences) < 2:
        return Pair(first, second, Verdict(UNTESTED, mean, None, 1), None)
    verdict = Verdict(NOISE, mean, test.interval(differences), len(differences), statistics.stdev(differences))
    return Pair(first, second, verdict, test.p_value(differences))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction, in the order of the p-values (Scandinavian Journal of Statistics 6, 1979)."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, position in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[position]))
        corrected[position] = highest
    return corrected
