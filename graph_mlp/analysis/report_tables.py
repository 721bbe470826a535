"""The tables of a study's report: verdicts on claims, pairs of runs, and every run."""

from collections.abc import Sequence

from graph_mlp.analysis.answers import labelled
from graph_mlp.analysis.findings import JudgedClaim, Recorded
from graph_mlp.analysis.measures import Measure, epoch_seconds
from graph_mlp.analysis.pairs import Pair
from graph_mlp.analysis.tables import markdown
from graph_mlp.analysis.wording import claimed_range, measured_difference, measured_sentence, what_it_takes


def verdict_table(judged_claims: Sequence[JudgedClaim], title: str = 'claim of 2017', quick: bool = False) -> str:
    """A Markdown table with a row per claim: what was measured, the range it was read as, and the verdict."""
    titles = ['', title, 'measured: mean [95 % interval]', 'read as', 'verdict']
    return markdown(titles, [
        [judged.number, judged.claim.statement, measured_sentence(judged.claim, judged.verdict),
         claimed_range(judged.claim), f'**{labelled(judged.verdict.word, quick)}**']
        for judged in judged_claims
    ])  # fmt: skip


def pair_table(judged: Sequence[Pair], measure: Measure, quick: bool = False) -> str:
    """A Markdown table with a row per pair, the clearest first."""
    titles = ['', 'against', 'ahead by: mean [95 % interval]', 'p, corrected', 'verdict', 'what it would take']
    return markdown(titles, [
        [pair.first, pair.second, measured_difference(measure, pair.verdict), _p(pair.p),
         f'**{labelled(pair.verdict.word, quick)}**', what_it_takes(pair.verdict, measure.unit) or '-']
        for pair in judged
    ])  # fmt: skip


def _p(p: float | None) -> str:
    return '-' if p is None else '< 0.001' if p < 0.001 else f'{p:.3f}'


def every_run_table(runs: Recorded) -> str:
    """A Markdown table with a row per run and seed."""
    titles = ['run', 'seed', 'epochs', 'test accuracy', 'by moving averages', 'validation', 's / epoch', 'folder']
    labels = list(dict.fromkeys(label for label, _ in runs))
    return markdown(titles, [
        [label, str(seed), str(len(run.history)), f'{run.history[-1].test_accuracy:.4f}',
         f'{run.history[-1].test_accuracy_moving:.4f}', f'{run.history[-1].validation_accuracy_moving:.4f}',
         f'{epoch_seconds(run):.3f}', run.name]
        for (label, seed), run in sorted(runs.items(), key=lambda item: labels.index(item[0][0]))
    ])  # fmt: skip
