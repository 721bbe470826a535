"""The folder of a report: one page that needs no other file, Markdown, verdicts and plots."""

import json
import re

import pytest

from graph_mlp.study.claims import Claim
from graph_mlp.study.plan import Comparison, Plan
from graph_mlp.study.report import rules, study_record, write_report
from tests.study.synthetic import recorded

CLAIM = Claim(claim='One | two.', operator='difference', runs=('relu-5', 'elu-5'), range=(0.0, 1.0))
PLAN = Plan(question='Which <b>?', seeds=3, epochs=2, comparisons=(
    Comparison(title='One', key='one', runs=('relu-5', 'elu-5'), claims=(CLAIM,), axis='by-time'),
    Comparison(title='Two', key='two', runs=('relu-5', 'elu-5', 'tanh-5'), pairs='final accuracy'),
))  # fmt: skip


@pytest.fixture
def study(make_study):
    return make_study(plan=PLAN)


def runs_of(study, seeds=(42, 43, 44)):
    ends = {'relu-5': 0.95, 'elu-5': 0.92, 'tanh-5': 0.90}
    return {
        (label, seed): recorded(label, [0.5, ends[label] + seed % 3 / 100], seed=seed)
        for label, seed in study.jobs() if seed in seeds
    }  # fmt: skip


@pytest.fixture
def report(study):
    """The folder of a written report."""
    runs = runs_of(study)
    return write_report(study, runs, study.findings(runs)).parent


def test_it_has_its_files(report, study):
    assert report == study.report_folder
    assert sorted(path.relative_to(report).as_posix() for path in report.rglob('*.*')) == [
        'figures/1-one.png', 'figures/1-one.svg', 'figures/2-two-intervals.png', 'figures/2-two-intervals.svg',
        'figures/2-two.png', 'figures/2-two.svg', 'index.html', 'report.md', 'verdicts.json',
    ]  # fmt: skip


def test_the_page_needs_no_other_file(report):
    page = (report / 'index.html').read_text(encoding='utf-8')
    sources = re.findall(r'(?:src|href)="([^"]{0,26})', page)
    assert sources == ['data:image/svg+xml;base64,'] * 3


def test_the_page_shows_markup_and_does_not_obey_it(report):
    page = (report / 'index.html').read_text(encoding='utf-8')
    assert '<h1>Which &lt;b&gt;?</h1>' in page
    assert 'One | two.' in page  # a bar does not end its cell


def test_page_and_markdown_have_the_same_rows(report):
    rows = re.findall(r'^\| (?!---)', (report / 'report.md').read_text(encoding='utf-8'), re.MULTILINE)
    assert (report / 'index.html').read_text(encoding='utf-8').count('<tr>') == len(rows)


def test_the_verdicts_are_those_of_the_findings(report):
    [verdict] = json.loads((report / 'verdicts.json').read_text(encoding='utf-8'))
    assert {name: verdict[name] for name in ('number', 'verdict', 'claimed', 'seeds', 'unit', 'figure')} == {
        'number': '1a', 'verdict': 'holds', 'claimed': [0.0, 1.0], 'seeds': 3, 'unit': 'points', 'figure': 'one',
    }  # fmt: skip
    assert verdict['mean'] == pytest.approx(0.03)


def test_the_record_of_the_study_is_json(study):
    runs = runs_of(study)
    record = json.loads(json.dumps(study_record(study, study.findings(runs)), allow_nan=False))
    assert set(record) == {'question', 'answer', 'quick', 'dataset', 'epochs', 'pairs', 'claims', 'report'}
    assert [(pair['first'], pair['second']) for pair in record['pairs']].count(('relu-5', 'tanh-5')) == 1
    assert set(record['pairs'][0]) == {
        'first', 'second', 'measure', 'unit', 'verdict', 'mean', 'interval', 'p', 'seeds', 'takes'
    }  # fmt: skip


def test_plots_of_an_earlier_report_are_removed_and_other_files_are_not(study):
    runs = runs_of(study)
    write_report(study, runs, study.findings(runs))
    (study.report_folder / 'figures' / 'mine.txt').write_text('x')
    only = study._replace(comparisons=PLAN.only(['two']))
    study.report_folder.rename(only.report_folder)
    write_report(only, runs, only.findings(runs))
    names = sorted(path.name for path in (only.report_folder / 'figures').iterdir())
    assert names == ['2-two-intervals.png', '2-two-intervals.svg', '2-two.png', '2-two.svg', 'mine.txt']


def test_a_missing_run_is_named_and_not_drawn(study):
    runs = runs_of(study)
    del runs['tanh-5', 43]
    folder = write_report(study, runs, study.findings(runs)).parent
    assert 'tanh-5 seed 43' in (folder / 'report.md').read_text(encoding='utf-8')


def test_one_seed_is_a_report_without_intervals(study):
    one = study._replace(seeds=1, quick=True)
    runs = runs_of(one, seeds=(42,))
    record = study_record(one, one.findings(runs))
    assert [pair['interval'] for pair in record['pairs']] == [None] * 3
    assert record['claims'][0]['verdict'] == 'quick look: not tested'
    assert write_report(one, runs, one.findings(runs)).exists()


def test_the_rules_that_apply_are_in_the_report(make_study):
    plan = Plan(question='Q', seeds=3, epochs=2, runs={'relu-5': {'model': 'relu-5'}, 'elu-5': {'model': 'elu-5'}})
    for until_decided in (False, True):
        study = make_study(plan=plan, until_decided=until_decided)
        runs = runs_of(study)
        text = write_report(study, runs, study.findings(runs)).with_name('report.md').read_text(encoding='utf-8')
        shown = {name for name, rule in rules().items() if rule in text}
        assert shown == {'pairs', 'power', 'terms'} | ({'sequential'} if until_decided else set())
