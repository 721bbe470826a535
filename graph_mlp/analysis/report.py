"""`saves/report/<question>`: a study's findings as Markdown, as one HTML page that needs no other file, and as JSON."""

import contextlib
import datetime
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from graph_mlp import __version__
from graph_mlp.analysis import anytime, pairs, power, verdicts
from graph_mlp.analysis.answers import CHOICE, answer, labelled
from graph_mlp.analysis.curves import figure
from graph_mlp.analysis.findings import Finding, JudgedClaim, Recorded, finite
from graph_mlp.analysis.measures import row
from graph_mlp.analysis.page import html_page
from graph_mlp.analysis.pairs import BETTER, Pair
from graph_mlp.analysis.report_tables import every_run_table, pair_table, verdict_table
from graph_mlp.analysis.study import Study
from graph_mlp.analysis.tables import run_table
from graph_mlp.analysis.wording import what_it_takes
from graph_mlp.plots.intervals import IntervalRow, intervals_figure
from graph_mlp.plots.style import rendered
from graph_mlp.store.files import as_json, write_file

TERMS = (
    '"Ends" means the test accuracy after the last epoch; a point is a percentage point of accuracy. Accuracy is the '
    "notebook's, normalized by the statistics of the test images. Seconds are of training alone, the median epoch "
    'times the number of epochs: evaluation, compilation and pauses are not in them.'
)


def write_report(study: Study, runs: Recorded, findings: Sequence[Finding]) -> Path:
    """Writes report.md, index.html, verdicts.json and figures/ to the study's own folder; returns the page.

    Figures that an earlier report of the study left there and this one does not have are removed. Raises RunError
    where nothing can be written.
    """
    folder = study.report_folder
    pictures = _pictures(findings)
    content = {path: rendered(drawn, 'svg') for path, drawn in pictures.items()}
    for path, drawn in pictures.items():
        write_file(folder / path, content[path])
        write_file((folder / path).with_suffix('.png'), rendered(drawn, 'png'))
    _remove_other_figures(folder / 'figures', [Path(path).stem for path in pictures])
    text = '\n'.join(_report(study, runs, findings, content))
    write_file(folder / 'report.md', text)
    write_file(folder / 'verdicts.json', as_json(verdict_records(study, findings)))
    write_file(folder / 'index.html', html_page(study.plan.question, text, content))
    return folder / 'index.html'


def verdict_records(study: Study, findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """The verdicts on the claims as JSON types."""
    return [
        {**judged.to_json(), 'verdict': labelled(judged.verdict.word, study.quick), 'figure': finding.comparison.key}
        for finding in findings
        for judged in finding.judged_claims
    ]


def study_record(study: Study, findings: Sequence[Finding]) -> dict[str, Any]:
    """The whole study as JSON types, for --json; numbers are not rounded, accuracies and points are fractions."""
    return {
        'question': study.plan.question,
        'answer': answer(findings, study.quick),
        'quick': study.quick,
        'dataset': study.dataset.title,
        'epochs': study.epochs,
        'pairs': [
            {
                'first': pair.first, 'second': pair.second, 'measure': finding.comparison.pairs.name,
                'unit': finding.comparison.pairs.unit, 'verdict': labelled(pair.verdict.word, study.quick),
                'mean': pair.verdict.mean, 'interval': finite(pair.verdict.interval), 'p': pair.p,
                'seeds': pair.verdict.seeds,
                'takes': what_it_takes(pair.verdict, finding.comparison.pairs.unit),
            }
            for finding in findings if finding.comparison.pairs for pair in finding.pairs
        ],
        'claims': verdict_records(study, findings),
        'report': str(study.report_folder / 'index.html'),
    }  # fmt: skip


def _pictures(findings: Sequence[Finding]) -> dict[str, Figure]:
    """The figures of a report by their path in it: curves, and the intervals of the pairs."""
    drawn = {}
    for finding in findings:
        if finding.groups:
            drawn[f'figures/{finding.figure_name}.svg'] = figure(finding.groups, finding.comparison.axis)
        if measure := finding.comparison.pairs:
            scale = 100 if measure.unit == 'points' else 1
            rows = [interval for pair in finding.pairs if (interval := _interval_row(pair, scale)) is not None]
            if rows:
                label = f'{measure.unit} of {measure.quantity}, with 95 % interval'
                drawn[f'figures/{finding.figure_name}-intervals.svg'] = intervals_figure(rows, label)
    return drawn


def _interval_row(pair: Pair, scale: int) -> IntervalRow | None:
    verdict = pair.verdict
    if verdict.mean is None:
        return None
    ends = verdict.interval
    interval = (scale * ends.low, scale * ends.high) if ends and math.isfinite(ends.low) else None
    name = f'{pair.first} ahead of {pair.second}'
    return IntervalRow(name, scale * verdict.mean, interval, verdict.word, verdict.word == BETTER)


def _remove_other_figures(folder: Path, names: Sequence[str]) -> None:
    for path in folder.glob('*'):
        if path.suffix in ('.png', '.svg') and path.stem not in names:
            with contextlib.suppress(OSError):
                path.unlink()


def _report(study: Study, runs: Recorded, findings: Sequence[Finding], pictures: Mapping[str, bytes]) -> list[str]:
    judged_claims = [judged for finding in findings for judged in finding.judged_claims]
    lines = [f'# {study.plan.question}', '', f'**{answer(findings, study.quick)}**', '']
    if study.quick:
        lines += [
            f'This is a quick look: {study.seeds} seeds and {study.epochs} epochs, where the whole study has '
            f'{study.plan.seeds} and {study.plan.epochs}. Its verdicts are not those of the whole study.',
            '',
        ]
    for finding in findings:
        if finding.comparison.pairs:
            lines += [pair_table(finding.pairs, finding.comparison.pairs, study.quick), '']
            path = f'figures/{finding.figure_name}-intervals.svg'
            if path in pictures:
                lines += [f'![{finding.comparison.title} The intervals of the differences]({path})', '']
    if judged_claims:
        lines += ['## Verdicts', '', verdict_table(judged_claims, study.plan.claims_title, study.quick), '']
        lines += _what_it_would_take(judged_claims)
    lines += [*_rules(study, findings, judged_claims), _circumstances(study, runs), '']
    for finding in findings:
        lines += _section(finding, study, pictures)
    return [*lines, '## Every run', '', every_run_table(runs), '']


def _rules(study: Study, findings: Sequence[Finding], judged_claims: Sequence[JudgedClaim]) -> list[str]:
    measures = [finding.comparison.pairs for finding in findings if finding.comparison.pairs]
    texts = [anytime.RULE] if study.anytime else []
    texts += [verdicts.RULE] if judged_claims else []
    texts += [pairs.RULE, power.TERMS] if measures else []
    chooses = any(
        finding.comparison.pairs.is_accuracy and finding.comparison.pairs.is_of_test_images
        for finding in findings if finding.comparison.pairs and len(finding.pairs) > 1
    )  # fmt: skip
    texts += [CHOICE] if chooses else []
    return [line for text in (*texts, TERMS) for line in (text, '')]


def _what_it_would_take(judged_claims: Sequence[JudgedClaim]) -> list[str]:
    takes = [
        (judged.number, what_it_takes(judged.verdict, judged.claim.unit, judged.claim.claimed))
        for judged in judged_claims
    ]
    lines = [f'- {number}: {text}' for number, text in takes if text]
    if not lines:
        return []
    before = 'What verdicts within noise would take (the second number is the distance to the nearest end of a range):'
    return [before, '', *lines, '', power.TERMS, '']


def _section(finding: Finding, study: Study, pictures: Mapping[str, bytes]) -> list[str]:
    title = finding.comparison.title
    lines = [f'## {finding.number}. {title}' if len(study.plan.comparisons) > 1 else '## By epoch', '']
    lines += [finding.comparison.summary, ''] if finding.comparison.summary else []
    if finding.missing:
        lines += [f'Not in the study: {", ".join(finding.missing)}.', '']
    path = f'figures/{finding.figure_name}.svg'
    if path in pictures:
        lines += [f'![{title}]({path})', '']
        count = len(finding.groups[0].runs)
        means = f'Lines are means over {count} seeds, bands the range of the seeds.'
        lines += [means if count > 1 else 'Lines are single runs.', '']
        lines += [run_table([row(group) for group in finding.groups]), '']
    if finding.judged_claims:
        lines += [verdict_table(finding.judged_claims, study.plan.claims_title, study.quick), '']
    return lines


def _circumstances(study: Study, runs: Recorded) -> str:
    def listed(name: str) -> str:
        return ', '.join(sorted({str(getattr(run.identity, name)) for run in runs.values()}))

    seeds = sorted({seed for _, seed in runs})
    epochs = max(len(run.history) for run in runs.values())
    return (
        f'{len(runs)} runs of up to {epochs} epochs, seeds {", ".join(map(str, seeds))}, on '
        f'{study.dataset.title}; processor {listed("processor")}, threads of each run: '
        f'{listed("threads")}; TensorFlow {listed("tensorflow")}, graph_mlp {__version__}; written '
        f'{datetime.date.today().isoformat()}.'
    )
