import json
import re

from graph_mlp.analysis.named_measures import named_measure
from graph_mlp.analysis.plan import planned
from graph_mlp.analysis.plan_file import notebook
from graph_mlp.analysis.questions import asked_plan
from graph_mlp.analysis.report import study_record, write_report
from graph_mlp.analysis.study import Study, recorded_runs, study_findings
from tests.analysis.synthetic import fields_of, rising, write_run
from tests.analysis.test_findings import WORLD

PLAN = notebook()
COMPARISONS = PLAN.only(['pca', '2'])
ASKED = asked_plan(['relu-5', 'elu-5', 'tanh-5'], {}, [], [], named_measure('final accuracy'), 3, 2)


def written(tmp_path, digits, seeds=(42, 43, 44), comparisons=COMPARISONS, **changes):
    """The findings of a study of the notebook's plan, and its folder."""
    for run in planned(comparisons):
        for seed in seeds:
            end, seconds, settled = WORLD[run.name]
            if not (tmp_path / 'study' / 'runs' / f'{run.name}_seed-{seed}').exists():
                write_run(tmp_path / 'study', f'{run.name}_seed-{seed}', rising(end, 6, settled), seconds, seed, 8.0,
                          **fields_of(run))  # fmt: skip
    study = Study(tmp_path, PLAN, comparisons, 3, 6, digits._replace(name='mnist'), None, 1)._replace(**changes)
    return reported(study)


def reported(study):
    runs = recorded_runs(study)
    found = study_findings(study, runs)
    return found, write_report(study, runs, found).parent


def asked(tmp_path, digits, accuracies, **changes):
    """The findings of a question about three models, and its folder."""
    study = Study(tmp_path, ASKED, ASKED.only([]), 3, 2, digits, None, 1)._replace(**changes)
    for label, values in accuracies.items():
        for seed, value in enumerate(values, 42):
            write_run(study.runs_folder, f'digits_{label}_seed-{seed}', [0.5, value], seed=seed)
    return study, *reported(study)


ACCURACIES = {'relu-5': [0.90, 0.91, 0.92], 'elu-5': [0.80, 0.81, 0.815], 'tanh-5': [0.91, 0.90, 0.92]}


def test_the_page_needs_no_other_file(tmp_path, digits):
    page = (written(tmp_path, digits)[1] / 'index.html').read_text()
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) == 2
    assert all(source.startswith('data:image/svg+xml;base64,') for source in sources)


def test_markdown_names_figures_that_exist(tmp_path, digits):
    _, folder = written(tmp_path, digits)
    names = re.findall(r'!\[[^]]*\]\(([^)]*)\)', (folder / 'report.md').read_text())
    assert names == ['figures/2-raw-by-time.svg', 'figures/3-pca.svg']
    for name in names:
        assert (folder / name).read_text().startswith('<?xml')
        assert (folder / name).with_suffix('.png').read_bytes().startswith(b'\x89PNG')


def test_page_markdown_and_json_tell_the_same_verdicts(tmp_path, digits):
    found, folder = written(tmp_path, digits)
    expected = [(judged.number, judged.verdict.word) for finding in found for judged in finding.judged_claims]
    assert [
        (verdict['number'], verdict['verdict']) for verdict in json.loads((folder / 'verdicts.json').read_text())
    ] == expected
    table = (folder / 'report.md').read_text().split('## Verdicts')[1].split('\n## ')[0]
    assert re.findall(r'^\| (\w+) .*\*\*([\w ]+)\*\* \|$', table, re.M) == expected
    page = (folder / 'index.html').read_text()
    # The answer, then every verdict in the first table and in its comparison's own.
    assert page.count('<strong>') == 1 + 2 * len(expected)


def test_a_missing_run_is_named(tmp_path, digits):
    found, folder = written(tmp_path, digits, seeds=(42, 43))
    assert 'relu-300-100 seed 44' in found[0].missing
    assert 'Not in the study: relu-1568-500 seed 44' in (folder / 'report.md').read_text()


def test_a_figure_of_an_earlier_report_goes_and_what_is_the_users_stays(tmp_path, digits):
    _, folder = written(tmp_path, digits)
    (folder / 'figures' / '9-stale.png').write_bytes(b'')
    (folder / 'figures' / '9-stale.svg').write_bytes(b'')
    (folder / 'figures' / 'notes.txt').write_text('mine')
    written(tmp_path, digits)
    names = sorted(path.name for path in (folder / 'figures').iterdir())
    assert names == ['2-raw-by-time.png', '2-raw-by-time.svg', '3-pca.png', '3-pca.svg', 'notes.txt']


def test_a_quick_look_says_so_in_every_verdict_and_leaves_the_whole_studys_report(tmp_path, digits):
    _, whole = written(tmp_path, digits)
    before = (whole / 'report.md').read_text()
    found, quick = written(tmp_path, digits, quick=True)
    assert quick != whole
    assert (whole / 'report.md').read_text() == before
    text = (quick / 'report.md').read_text()
    assert 'This is a quick look: 3 seeds and 6 epochs, where the whole study has 3 and 60.' in text
    rows = re.findall(r'\*\*([^*]*)\*\* \|$', text, re.M)
    assert len(rows) == 2 * sum(len(finding.judged_claims) for finding in found)
    assert all(row.startswith('quick look: ') for row in rows)
    records = json.loads((quick / 'verdicts.json').read_text())
    assert all(record['verdict'].startswith('quick look: ') for record in records)


def test_a_question_is_answered_with_a_table_of_pairs_and_every_run(tmp_path, digits):
    _, _, folder = asked(tmp_path, digits, ACCURACIES)
    text = (folder / 'report.md').read_text()
    title, _, answer = text.splitlines()[:3]
    assert title == '# relu-5 or elu-5 or tanh-5, after 2 epochs?'
    assert answer.startswith('**Chosen by validation accuracy, ')
    assert len(re.findall(r'^\| \S+ \| \S+ \| .* points of test accuracy \[.*\], 3 seeds \|', text, re.M)) == 3
    every_run = text.split('## Every run')[1]
    assert len(re.findall(r'^\| \S+ \| 4[234] \| 2 \|', every_run, re.M)) == 9
    assert 'validation accuracy after the last epoch, and what is reported of it is measured on the test' in text
    assert folder.name == 'digits_relu-5-or-elu-5-or-tanh-5-after-2-epochs'


def test_the_json_document_is_what_the_page_says(tmp_path, digits):
    study, found, _ = asked(tmp_path, digits, ACCURACIES)
    record = json.loads(json.dumps(study_record(study, found), allow_nan=False))
    assert record['question'] == ASKED.question
    assert len(record['pairs']) == 3
    best = record['pairs'][0]
    assert (best['second'], best['verdict'], best['unit'], best['seeds']) == ('elu-5', 'better', 'points', 3)
    assert best['interval'][0] < best['mean'] < best['interval'][1]


def test_a_study_that_stops_when_decided_says_so_and_has_no_infinite_number(tmp_path, digits):
    study, found, folder = asked(tmp_path, digits, ACCURACIES, anytime=True)
    assert 'always-valid confidence sequence' in (folder / 'report.md').read_text()
    assert 'too few seeds for an interval' in (folder / 'report.md').read_text()
    json.dumps(study_record(study, found), allow_nan=False)
