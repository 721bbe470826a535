"""The study page's table is what the recorded study measured, as the report would print it."""

import json
import math
import re

import pytest
from scipy.stats import t

from graph_mlp.significance import MeanTest
from graph_mlp.study.claims_2017 import PLAN
from graph_mlp.study.findings import JudgedClaim
from graph_mlp.study.plan import read_plan
from graph_mlp.study.report import verdict_table
from tests.conftest import RECORDED, ROOT

PAGE = (ROOT / 'graph_mlp' / 'guide' / 'study.md').read_text(encoding='utf-8')
VERDICTS = json.loads((RECORDED / 'study' / 'verdicts.json').read_text(encoding='utf-8'))
CLAIMS = {
    f'{number}{letter}': claim
    for number, comparison in PLAN.only([]).items()
    for letter, claim in zip('abcde', comparison.claims, strict=False)
}


def values(recorded):
    """Eight numbers of this mean and this interval."""
    deviation = (recorded['interval'][1] - recorded['mean']) * math.sqrt(8) / t.ppf(0.975, 7)
    away = deviation * math.sqrt(7 / 8)
    return [recorded['mean'] + away, recorded['mean'] - away] * 4


def test_every_recorded_verdict_has_its_row():
    assert re.findall(r'^\| (\d[a-z]) \|', PAGE, re.MULTILINE) == [recorded['number'] for recorded in VERDICTS]
    assert list(CLAIMS) == [recorded['number'] for recorded in VERDICTS]


@pytest.mark.parametrize('recorded', VERDICTS, ids=lambda recorded: recorded['number'])
def test_a_row_is_what_the_report_would_print(recorded):
    judged = JudgedClaim(recorded['number'], CLAIMS[recorded['number']], MeanTest(values(recorded)))
    record = judged.to_json()
    assert {name: record[name] for name in ('claim', 'quantity', 'unit', 'verdict', 'claimed', 'seeds')} == {
        name: recorded[name] for name in ('claim', 'quantity', 'unit', 'verdict', 'claimed', 'seeds')
    }  # fmt: skip
    assert verdict_table([judged]).splitlines()[-1] in PAGE.splitlines()


def test_the_plan_file_of_the_page_is_one(tmp_path):
    (tmp_path / 'plan.toml').write_text(re.search(r'```toml\n(.*?)```', PAGE, re.DOTALL)[1], encoding='utf-8')
    plan = read_plan(tmp_path / 'plan.toml')
    assert [len(one.claims) for one in plan.comparisons] == [2]
    assert [run.config.learning_rate for run in plan.planned.values()] == [0.01, 0.03]
