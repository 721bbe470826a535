"""`saves/report`: the study's findings as Markdown, as one HTML page that needs no other file, and as JSON."""

import base64
import datetime
import html
from collections.abc import Sequence

from graph_mlp import __version__
from graph_mlp.analysis.curves import figure
from graph_mlp.analysis.findings import Finding, JudgedClaim, findings
from graph_mlp.analysis.measures import row
from graph_mlp.analysis.study import Study, recorded_runs
from graph_mlp.analysis.tables import markdown, run_table
from graph_mlp.analysis.verdicts import RULE
from graph_mlp.analysis.wording import claimed_range, measured_sentence
from graph_mlp.plots.style import rendered
from graph_mlp.store.files import write_file, write_json
from graph_mlp.store.recorded import RecordedRun

TERMS = (
    'A run ends at its test accuracy after the last epoch; a point is a percentage point of accuracy. Accuracy is the '
    "notebook's, normalized by the statistics of the test images. Seconds are of training alone, the median epoch "
    'times the number of epochs: evaluation, compilation and pauses are not in them.'
)
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 0 auto; padding: 1rem; color: #111; }}
img {{ max-width: 100%; height: auto; }}
.wide {{ overflow-x: auto; margin: 1rem 0; }}
table {{ border-collapse: collapse; font-size: 0.85rem; }}
th, td {{ border: 1px solid #bbb; padding: 0.3rem 0.5rem; text-align: left; vertical-align: top; }}
td:first-child {{ white-space: nowrap; }}
th {{ background: #f2f2f2; }}
</style>
<body>
{body}
</body>
</html>
"""


def write_report(study: Study) -> list[Finding]:
    """Writes report.md, index.html, verdicts.json and figures/ to `saves/report`; returns the findings.

    Raises RunError where the study has no run yet, or nothing can be written.
    """
    folder = study.saves / 'report'
    runs, seeds = recorded_runs(study)
    study_findings = findings(runs, seeds, [comparison.key for comparison in study.comparisons], study.epochs)
    pictures = {}
    for finding in study_findings:
        if finding.groups:
            drawn = figure(finding.groups, finding.comparison.axis)
            name = finding.figure_name
            pictures[name] = rendered(drawn, 'svg')
            write_file(folder / 'figures' / f'{name}.png', rendered(drawn, 'png'))
            write_file(folder / 'figures' / f'{name}.svg', pictures[name])
    text = '\n'.join(_report(study_findings, list(runs.values()), seeds))
    write_file(folder / 'report.md', text)
    write_file(folder / 'index.html', _page(text, pictures))
    verdicts = [
        {**judged.to_json(), 'figure': finding.comparison.key}
        for finding in study_findings
        for judged in finding.judged_claims
    ]
    write_json(folder / 'verdicts.json', verdicts)
    return study_findings


def verdict_table(judged_claims: Sequence[JudgedClaim]) -> str:
    """A Markdown table with a row per claim: what was measured, the range it was read as, and the verdict."""
    titles = ['', 'claim of 2017', 'measured: mean [95 % interval]', 'read as', 'verdict']
    return markdown(titles, [
        [judged.number, judged.claim.statement, measured_sentence(judged.claim, judged.verdict),
         claimed_range(judged.claim), f'**{judged.verdict.word}**']
        for judged in judged_claims
    ])  # fmt: skip


def _report(study_findings: Sequence[Finding], runs: Sequence[RecordedRun], seeds: Sequence[int]) -> list[str]:
    judged_claims = [judged for finding in study_findings for judged in finding.judged_claims]
    lines = ['# The Analysis of 2017, repeated', '', _circumstances(runs, seeds), '', '## Verdicts', '']
    lines += [verdict_table(judged_claims), '', RULE, '', TERMS, '']
    for finding in study_findings:
        lines += _section(finding)
    return lines


def _section(finding: Finding) -> list[str]:
    lines = [f'## {finding.number}. {finding.comparison.title}', '', f'In 2017: {finding.comparison.summary}', '']
    if finding.missing:
        lines += [f'Not in the study: {", ".join(finding.missing)}.', '']
    if finding.groups:
        lines += [f'![{finding.comparison.title}](figures/{finding.figure_name}.svg)', '']
        count = len(finding.groups[0].runs)
        means = f'Lines are means over {count} seeds, bands the range of the seeds.'
        lines += [means if count > 1 else 'Lines are single runs.', '']
        lines += [run_table([row(group) for group in finding.groups]), '']
    return [*lines, verdict_table(finding.judged_claims), '']


def _circumstances(runs: Sequence[RecordedRun], seeds: Sequence[int]) -> str:
    def listed(name: str) -> str:
        return ', '.join(sorted({str(getattr(run.identity, name)) for run in runs}))

    epochs = max(len(run.history) for run in runs)
    return (
        f'{len(runs)} runs of up to {epochs} epochs, seeds {", ".join(map(str, seeds))}, on '
        f'{", ".join(sorted({run.dataset for run in runs}))}; processor {listed("processor")}, threads of each run: '
        f'{listed("threads")}; TensorFlow {listed("tensorflow")}, graph_mlp {__version__}; written '
        f'{datetime.date.today().isoformat()}.'
    )


def _page(text: str, pictures: dict[str, bytes]) -> str:
    from markdown import markdown as to_html

    body = to_html(html.escape(text, quote=False).replace('&gt;', '>'), extensions=['tables'])
    body = body.replace('<table>', '<div class="wide"><table>').replace('</table>', '</table></div>')
    for name, content in pictures.items():
        inline = f'data:image/svg+xml;base64,{base64.b64encode(content).decode()}'
        body = body.replace(f'src="figures/{name}.svg"', f'src="{inline}"')
    return _PAGE.format(title='The Analysis of 2017, repeated', body=body)
