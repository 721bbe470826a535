"""`saves/report/<question>`: a study's findings as Markdown, as one HTML page that needs no other file, and as JSON."""

import base64
import contextlib
import datetime
import html
import math
import re
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from graph_mlp import __version__
from graph_mlp.compare import curves_plot, epoch_seconds, markdown, rows, run_table
from graph_mlp.files import as_json, write_file
from graph_mlp.plots.comparison import IntervalRow, intervals_figure
from graph_mlp.plots.style import rendered
from graph_mlp.significance import BETTER
from graph_mlp.study import wording
from graph_mlp.study.findings import Finding, JudgedClaim, Recorded, measured
from graph_mlp.study.study import Study
from graph_mlp.study.wording import labelled, what_it_takes


def write_report(study: Study, runs: Recorded, findings: Sequence[Finding]) -> Path:
    """Writes report.md, index.html, verdicts.json and figures/ to the study's own folder; returns the page.

    Plots that an earlier report of the study left there and this one does not have are removed. Raises RunError where
    nothing can be written.
    """
    folder = study.report_folder
    plots = {path: plot for finding in findings for path, plot in _plots(finding).items()}
    pictures = {path: rendered(plot, 'svg') for path, plot in plots.items()}
    for path, plot in plots.items():
        write_file(folder / path, pictures[path])
        write_file((folder / path).with_suffix('.png'), rendered(plot, 'png'))
    for file in (folder / 'figures').glob('*'):
        if file.suffix in ('.png', '.svg') and f'figures/{file.stem}.svg' not in plots:
            with contextlib.suppress(OSError):
                file.unlink()
    text = '\n\n'.join(_parts(study, runs, findings, pictures)) + '\n'
    write_file(folder / 'report.md', text)
    write_file(folder / 'verdicts.json', as_json(study_record(study, findings)['claims']))
    write_file(folder / 'index.html', html_page(study.plan.question, text, pictures))
    return folder / 'index.html'


def study_record(study: Study, findings: Sequence[Finding]) -> dict[str, Any]:
    """The whole study as JSON types, for --json; numbers are not rounded, accuracies and points are fractions."""
    return {
        'question': study.plan.question, 'answer': wording.answer(findings, study.quick), 'quick': study.quick,
        'dataset': study.dataset.title, 'epochs': study.epochs,
        'pairs': [
            {
                'first': pair.first, 'second': pair.second, 'measure': measure.name, 'unit': measure.unit,
                'verdict': labelled(pair.word, study.quick), **measured(pair.test), 'p': pair.p,
                'takes': what_it_takes(pair.test, pair.word, measure.unit),
            }
            for finding in findings if (measure := finding.measure) for pair in finding.pairs
        ],
        'claims': [
            {**judged.to_json(), 'verdict': labelled(judged.word, study.quick), 'figure': finding.comparison.key}
            for finding in findings for judged in finding.claims
        ],
        'report': str(study.report_folder / 'index.html'),
    }  # fmt: skip


def rules() -> dict[str, str]:
    """What the words of a report mean, by the headings of rules.md."""
    text = Path(__file__).with_name('rules.md').read_text(encoding='utf-8')
    return dict(re.findall(r'^# (\w+)\n(.+)$', text, re.MULTILINE))


def _paths(finding: Finding) -> tuple[str, str]:
    """Of its curves and of the intervals of its pairs, in the folder of the report."""
    stem = f'figures/{finding.number}-{finding.comparison.key}'
    return f'{stem}.svg', f'{stem}-intervals.svg'


def _plots(finding: Finding) -> dict[str, Figure]:
    plots, measure, (curves, intervals) = {}, finding.measure, _paths(finding)
    if finding.groups:
        plots[curves] = curves_plot(finding.groups, finding.comparison.axis)
    drawn, scale = [], 100 if measure and measure.unit == 'points' else 1
    for pair in finding.pairs:
        if pair.test:
            ends = pair.test.interval()
            interval = (scale * ends.low, scale * ends.high) if ends and math.isfinite(ends.low) else None
            name = f'{pair.first} ahead of {pair.second}'
            drawn.append(IntervalRow(name, scale * pair.test.mean, interval, pair.word, pair.word == BETTER))
    if measure and drawn:
        plots[intervals] = intervals_figure(drawn, f'{measure.unit} of {measure.quantity}, with 95 % interval')
    return plots


def _parts(study: Study, runs: Recorded, findings: Sequence[Finding], pictures: Mapping[str, bytes]) -> list[str]:
    """The paragraphs of the report: the answer and its tables, the rules, the comparisons, and every run."""
    claims, compared = [judged for finding in findings for judged in finding.claims], False
    parts = [f'# {study.plan.question}', f'**{wording.answer(findings, study.quick)}**']
    if study.quick:
        parts.append(
            f'This is a quick look: {study.seeds} seeds and {study.epochs} epochs, where the whole study has '
            f'{study.plan.seeds} and {study.plan.epochs}. Its verdicts are not those of the whole study.'
        )
    for finding in (finding for finding in findings if finding.measure):
        compared, path = True, _paths(finding)[1]
        picture = f'![{finding.comparison.title} The intervals of the differences]({path})'
        parts += [pair_table(finding, study.quick), *([picture] if path in pictures else [])]
    takes = [
        f'- {one.number}: {text}' for one in claims
        if (text := what_it_takes(one.test, one.word, one.claim.unit, one.claim.range))
    ]  # fmt: skip
    if claims:
        parts += ['## Verdicts', verdict_table(claims, study.plan.claims_title, study.quick)]
    if takes:
        second = 'the second number is the distance to the nearest end of a range'
        parts += [f'What verdicts within noise would take ({second}):', '\n'.join(takes), rules()['power']]
    chooses = any(one.measure and one.measure.quantity.startswith('test ') and len(one.pairs) > 1 for one in findings)
    applies = {'sequential': study.until_decided, 'claims': claims, 'pairs': compared, 'power': compared,
               'choice': chooses, 'terms': True}  # fmt: skip
    parts += [text for name, text in rules().items() if applies[name]]
    parts.append(_circumstances(study, runs))
    for finding in findings:
        parts += _section(finding, study, pictures)
    return [*parts, '## Every run', _every_run_table(runs)]


def _section(finding: Finding, study: Study, pictures: Mapping[str, bytes]) -> list[str]:
    title, path = finding.comparison.title, _paths(finding)[0]
    parts = [f'## {finding.number}. {title}' if len(study.plan.comparisons) > 1 else '## By epoch']
    parts += [finding.comparison.summary] if finding.comparison.summary else []
    parts += [f'Not in the study: {", ".join(finding.missing)}.'] if finding.missing else []
    if path in pictures:
        count = len(finding.groups[0].runs)
        means = f'Lines are means over {count} seeds, bands the range of the seeds.'
        parts += [f'![{title}]({path})', means if count > 1 else 'Lines are single runs.']
        parts.append(run_table(rows(finding.groups)))
    return parts + ([verdict_table(finding.claims, study.plan.claims_title, study.quick)] if finding.claims else [])


def verdict_table(claims: Sequence[JudgedClaim], title: str = 'claim of 2017', quick: bool = False) -> str:
    """A Markdown table with a row per claim: what was measured, the range it was read as, and the verdict."""
    return markdown(['', title, 'measured: mean [95 % interval]', 'read as', 'verdict'], [
        [one.number, one.claim.claim, wording.measured_sentence(one), wording.claimed_range(one.claim),
         f'**{labelled(one.word, quick)}**']
        for one in claims
    ])  # fmt: skip


def pair_table(finding: Finding, quick: bool = False) -> str:
    """A Markdown table with a row per pair, the clearest first."""
    titles = ['', 'against', 'ahead by: mean [95 % interval]', 'p, corrected', 'verdict', 'what it would take']
    measure = finding.measure
    return markdown(titles, [
        [pair.first, pair.second, wording.measured_difference(pair, measure),
         '-' if pair.p is None else '< 0.001' if pair.p < 0.001 else f'{pair.p:.3f}',
         f'**{labelled(pair.word, quick)}**', what_it_takes(pair.test, pair.word, measure.unit) or '-']
        for pair in finding.pairs if measure
    ])  # fmt: skip


def _every_run_table(runs: Recorded) -> str:
    titles = ['run', 'seed', 'epochs', 'test accuracy', 'by moving averages', 'validation', 's / epoch', 'folder']
    labels = list(dict.fromkeys(label for label, _ in runs))
    return markdown(titles, [
        [label, str(seed), str(len(run.history)), f'{run.history[-1].test_accuracy:.4f}',
         f'{run.history[-1].test_accuracy_moving:.4f}', f'{run.history[-1].validation_accuracy_moving:.4f}',
         f'{epoch_seconds(run):.3f}', run.name]
        for (label, seed), run in sorted(runs.items(), key=lambda item: labels.index(item[0][0]))
    ])  # fmt: skip


def _circumstances(study: Study, runs: Recorded) -> str:
    found = {
        name: ', '.join(sorted({str(getattr(run.identity, name)) for run in runs.values()}))
        for name in ('processor', 'threads', 'tensorflow')
    }
    seeds = ', '.join(map(str, sorted({seed for _, seed in runs})))
    epochs = max(len(run.history) for run in runs.values())
    return (
        f'{len(runs)} runs of up to {epochs} epochs, seeds {seeds}, on {study.dataset.title}; processor '
        f'{found["processor"]}, threads of each run: {found["threads"]}; TensorFlow {found["tensorflow"]}, '
        f'graph_mlp {__version__}; written {datetime.date.today().isoformat()}.'
    )


def html_page(title: str, text: str, pictures: Mapping[str, bytes]) -> str:
    """The page of a Markdown text; markup in it is shown, not obeyed. `pictures` are SVG files by their path in it."""
    from markdown import markdown as to_html

    body = to_html(html.escape(text, quote=False).replace('&gt;', '>'), extensions=['tables'])
    # A table can be scrolled with the keyboard once it has the focus.
    opening = '<p class="hint">The table is wide: scroll it.</p>\n<div class="wide" tabindex="0"><table>'
    body = body.replace('<table>', opening).replace('</table>', '</table></div>')
    for path, content in pictures.items():
        body = body.replace(f'src="{path}"', f'src="data:image/svg+xml;base64,{base64.b64encode(content).decode()}"')
    page = string.Template(Path(__file__).with_name('page.html').read_text(encoding='utf-8'))
    return page.substitute(title=html.escape(title), body=body)
