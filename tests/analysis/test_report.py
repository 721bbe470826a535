import json
import re

from graph_mlp.analysis.plan import chosen, planned
from graph_mlp.analysis.report import _page, write_report
from graph_mlp.analysis.study import Study
from tests.analysis.synthetic import rising, write_run
from tests.analysis.test_findings import WORLD

COMPARISONS = chosen(['pca', '2'])


def written(tmp_path, digits, seeds=(42, 43, 44)):
    for run in planned(COMPARISONS):
        for seed in seeds:
            end, seconds, settled = WORLD[run.name]
            write_run(tmp_path / 'study', f'{run.name}_seed-{seed}', rising(end, 6, settled), seconds, seed, 8.0,
                      **run.fields())  # fmt: skip
    study = Study(tmp_path, COMPARISONS, 3, 6, digits._replace(name='mnist'), None, 1)
    return write_report(study), tmp_path / 'report'


def test_the_page_needs_no_other_file(tmp_path, digits):
    page = (written(tmp_path, digits)[1] / 'index.html').read_text()
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) == 2
    assert all(source.startswith('data:image/svg+xml;base64,') for source in sources)
    assert 'name="viewport"' in page


def test_markdown_names_figures_that_exist(tmp_path, digits):
    _, folder = written(tmp_path, digits)
    names = re.findall(r'!\[[^]]*\]\(([^)]*)\)', (folder / 'report.md').read_text())
    assert names == ['figures/2-raw-by-time.svg', 'figures/3-pca.svg']
    for name in names:
        assert (folder / name).read_text().startswith('<?xml')
        assert (folder / name).with_suffix('.png').read_bytes().startswith(b'\x89PNG')


def test_page_markdown_and_json_tell_the_same_verdicts(tmp_path, digits):
    study_findings, folder = written(tmp_path, digits)
    expected = [(judged.number, judged.verdict.word) for finding in study_findings for judged in finding.judged_claims]
    assert [
        (verdict['number'], verdict['verdict']) for verdict in json.loads((folder / 'verdicts.json').read_text())
    ] == expected
    table = (folder / 'report.md').read_text().split('## Verdicts')[1].split('\n## ')[0]
    assert re.findall(r'^\| (\w+) .*\*\*([\w ]+)\*\* \|$', table, re.M) == expected
    page = (folder / 'index.html').read_text()
    assert page.count('<strong>') == 2 * len(expected)  # in the first table, and in each comparison's own


def test_a_name_with_markup_is_escaped():
    page = _page('# <script>alert(1)</script> & more', {})
    assert '<script>' not in page
    assert '&lt;script' in page


def test_a_missing_run_is_named(tmp_path, digits):
    study_findings, folder = written(tmp_path, digits, seeds=(42, 43))
    assert 'relu-300-100 seed 44' in study_findings[0].missing
    assert 'Not in the study: relu-1568-500 seed 44' in (folder / 'report.md').read_text()
