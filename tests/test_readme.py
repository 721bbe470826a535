"""What the README shows of a study is what that study found."""

import json
import re

import pytest

from tests.conftest import RECORDED, ROOT

README = (ROOT / 'README.md').read_text(encoding='utf-8')
VERDICTS = json.loads((RECORDED / 'study' / 'verdicts.json').read_text(encoding='utf-8'))
SCALES = {'points': 100, '%': 100, 'times': 1, 's': 1}


def rows():
    """The table of verdicts: number, claim, measured, verdict."""
    return re.findall(r'^\| (\d[a-z]) \| (.+?) \| (.+?) \| \**([\w ]+?)\** \|$', README, re.M)


def test_every_verdict_of_the_study_stands_in_the_table():
    expected = [(each['number'], each['claim'], each['verdict']) for each in VERDICTS]
    assert [(number, claim, verdict) for number, claim, _, verdict in rows()] == expected


@pytest.mark.parametrize('recorded', VERDICTS, ids=lambda each: each['number'])
def test_every_number_in_the_table_is_the_studys(recorded):
    [measured] = [measured for number, _, measured, _ in rows() if number == recorded['number']]
    found = [float(each) for each in re.findall(r'-?\d+(?:\.\d+)?', measured.rsplit(': ', 1)[1])]
    scale = SCALES[recorded['unit']]
    wanted = [scale * value for value in (recorded['mean'], *(recorded['interval'] or ()))]
    assert found == pytest.approx(wanted, abs=0.51 if recorded['unit'] == '%' else 0.051)


def test_figures_exist():
    names = re.findall(r'!\[[^]]*\]\(([^)]*)\)', README)
    assert names
    assert all((ROOT / name).is_file() for name in names)
