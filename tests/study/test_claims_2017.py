"""The notebook's Analysis has the verdicts that version 1.5 gave on the same numbers."""

import json

import msgspec
import pytest

from graph_mlp.significance import MeanTest, SequentialTest
from graph_mlp.study.claims_2017 import PLAN
from graph_mlp.study.findings import find, measured
from graph_mlp.study.wording import what_it_takes
from tests.conftest import RECORDED
from tests.study.synthetic import CASES, invented_runs

EXPECTED = json.loads((RECORDED / 'study' / 'version-1.5.json').read_text(encoding='utf-8'))
LAYERS = PLAN.only([])[7]


@pytest.fixture(scope='module', params=CASES)
def case(request):
    """The name of the case, its runs, and a function that finds what a comparison says of them."""
    runs = invented_runs(request.param, PLAN)
    test = SequentialTest if CASES[request.param][2] else MeanTest
    epochs = {key: len(run.history) for key, run in runs.items()}
    return request.param, lambda number, comparison: find(number, comparison, runs, epochs, test)


def numbers(test):
    record = measured(test)
    return [record['mean'], *(record['interval'] or [])]


def same(found, mean, interval):
    """Whether both have the same numbers, the open ends of an interval included."""
    expected = [mean, *(interval or [])]
    finite = [value for value in expected if value is not None]
    places = [value is None for value in expected] == [value is None for value in found]
    return places and [value for value in found if value is not None] == pytest.approx(finite, rel=1e-10)


def test_the_22_claims(case):
    name, finding_of = case
    judged = [one for number, comparison in PLAN.only([]).items() for one in finding_of(number, comparison).claims]
    assert len(judged) == 22
    for one in judged:
        word, mean, interval, takes = EXPECTED[name]['claims'][one.number]
        assert one.word == word, one.number
        assert same(numbers(one.test), mean, interval), one.number
        assert what_it_takes(one.test, one.word, one.claim.unit, one.claim.range) == takes


@pytest.mark.parametrize('measure', EXPECTED['one']['pairs'])
def test_pairs_of_runs(case, measure):
    name, finding_of = case
    finding = finding_of(1, msgspec.structs.replace(LAYERS, pairs=measure, claims=(), timed=()))
    for pair, expected in zip(finding.pairs, EXPECTED[name]['pairs'][measure], strict=True):
        first, second, word, mean, interval, p, takes = expected
        assert (pair.first, pair.second, pair.word) == (first, second, word)
        assert same(numbers(pair.test), mean, interval)
        assert (pair.p is None) == (p is None)
        assert p is None or pair.p == pytest.approx(p, rel=1e-10)
        assert what_it_takes(pair.test, pair.word, finding.measure.unit) == takes


def test_it_has_nine_comparisons_of_eighteen_runs():
    assert len(PLAN.comparisons) == 9
    assert len(PLAN.planned) == 18
    assert {run.most_epochs for run in PLAN.planned.values() if run.config.steps_per_run == 1} == {5}


def test_a_run_is_named_by_its_label():
    assert [run.name for run in PLAN.planned.values()] == list(PLAN.planned)
