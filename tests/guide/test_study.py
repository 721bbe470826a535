"""The study page's table is what the recorded study measured, in the package's own words."""

import json
import re

import pytest

from graph_mlp.analysis.findings import JudgedClaim
from graph_mlp.analysis.plan import numbered_claims
from graph_mlp.analysis.plan_file import notebook
from graph_mlp.analysis.report import TERMS
from graph_mlp.analysis.report_tables import verdict_table
from graph_mlp.analysis.verdicts import RULE, Range, Verdict
from tests.conftest import RECORDED, ROOT

PAGE = (ROOT / 'graph_mlp' / 'guide' / 'study.md').read_text(encoding='utf-8')
VERDICTS = json.loads((RECORDED / 'study' / 'verdicts.json').read_text(encoding='utf-8'))
BY_NUMBER = dict(claim for number, comparison in notebook().only([]) for claim in numbered_claims(number, comparison))


def test_every_recorded_verdict_has_its_row():
    assert re.findall(r'^\| (\d[a-z]) \|', PAGE, re.M) == [verdict['number'] for verdict in VERDICTS]


@pytest.mark.parametrize('recorded', VERDICTS, ids=lambda recorded: recorded['number'])
def test_a_row_is_what_the_report_would_print(recorded):
    claim = BY_NUMBER[recorded['number']]
    interval = Range(*recorded['interval']) if recorded['interval'] else None
    verdict = Verdict(recorded['verdict'], recorded['mean'], interval, recorded['seeds'])
    row = verdict_table([JudgedClaim(recorded['number'], claim, verdict)]).splitlines()[-1]
    assert row in PAGE.splitlines()


@pytest.mark.parametrize('recorded', VERDICTS, ids=lambda recorded: recorded['number'])
def test_statements_units_and_ranges_are_those_of_the_recorded_study(recorded):
    claim = BY_NUMBER[recorded['number']]
    claimed = [end if abs(end) != float('inf') else None for end in claim.claimed]
    assert (claim.statement, claim.unit, claimed) == (recorded['claim'], recorded['unit'], recorded['claimed'])


def test_rule_and_terms_are_the_reports():
    text = ' '.join(PAGE.split())
    assert RULE in text
    assert TERMS in text
