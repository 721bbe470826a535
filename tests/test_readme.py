"""The README stays short, and what it names exists."""

import importlib
import json
import re

import pytest

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.cli.main import COMMANDS
from graph_mlp.optimizers import OPTIMIZERS
from tests.conftest import RECORDED, ROOT

README = (ROOT / 'README.md').read_text(encoding='utf-8')
PAGES = sorted((ROOT / 'graph_mlp' / 'guide').glob('*.md'))
VERDICTS = {
    verdict['number']: verdict for verdict in json.loads((RECORDED / 'study' / 'verdicts.json').read_text('utf-8'))
}


def test_it_is_read_in_three_minutes():
    assert len(README.splitlines()) <= 130


@pytest.mark.parametrize('page', [ROOT / 'README.md', *PAGES], ids=lambda page: page.name)
def test_links_and_pictures_exist(page):
    targets = re.findall(r'\]\(([^)#]+)\)', page.read_text(encoding='utf-8'))
    assert all((page.parent / target).is_file() for target in targets), targets


def test_every_page_of_the_guide_is_linked():
    assert [page.name for page in PAGES if f'graph_mlp/guide/{page.name}' not in README] == []


def test_files_that_are_named_exist():
    names = re.findall(r'`((?:graph_mlp|tests|bin)/[\w./]+)`', README)
    assert len(names) > 10
    assert [name for name in names if not (ROOT / name).exists()] == []


@pytest.mark.parametrize('page', [ROOT / 'README.md', *PAGES], ids=lambda page: page.name)
def test_flags_that_are_named_exist(page):
    known = {'--logdir', '--nthreads', '--faults', '--fuzz'}  # of TensorBoard, dask, and tests/conftest.py
    for command in set(COMMANDS) - {'tensorboard', 'test'}:
        module = importlib.import_module(f'graph_mlp.cli.{command}')
        known |= {option for action in module.parser()._actions for option in action.option_strings}
    named = set(re.findall(r'(?<![\w-])--[a-z][a-z0-9-]+', page.read_text(encoding='utf-8')))
    assert named - known - {'--help'} == set()


def test_every_command_has_a_line():
    table = README.split('## What you can do')[1].split('\n## ')[0]
    assert re.findall(r'^\| `bin/(\w+)`', table, re.M) == [name for name in table_order() if name in COMMANDS]


def table_order():
    return ['train', 'evaluate', 'compare', 'study', 'benchmark', 'tensorboard', 'test']


def test_all_commands_are_in_the_table():
    assert set(table_order()) == set(COMMANDS)


def test_activations_and_optimizers_are_those_of_the_tables():
    [activations] = re.findall(r'^Activations: (.*)\.$', README, re.M)
    assert re.findall(r'`(\w+)`', activations) == list(ACTIVATIONS)
    rows = re.findall(r'^\| `(\w+)` \| (?:`(\w+)` )?\| (.+) \|$', README.split('| `--optimizer` |')[1], re.M)
    assert rows[: len(OPTIMIZERS)] == [(each.name, each.tag, each.title) for each in OPTIMIZERS.values()]


@pytest.mark.parametrize(
    ('number', 'sign', 'scale', 'sentence'),
    [
        ('8a', -1, 100, r'it is ([\d.]+) points less accurate than the\s+best of the others \[([\d.]+), ([\d.]+)\]'),
        ('8d', 1, 100, r'it ends ([\d.]+) points below the next one \[([\d.]+), ([\d.]+)\]'),
        ('3c', -1, 1, r'together are ([\d.]+) s shorter\s+than training on pixels \[([\d.]+), ([\d.]+)\]'),
    ],
)
def test_the_three_verdicts_are_the_studys(number, sign, scale, sentence):
    [numbers] = re.findall(sentence, README)
    verdict = VERDICTS[number]
    ends = sorted(sign * scale * end for end in verdict['interval'])
    assert list(map(float, numbers)) == pytest.approx([sign * scale * verdict['mean'], *ends], abs=0.051)
    stated = 'does not hold' if verdict['verdict'] == 'does not hold' else 'holds'
    assert re.search(rf'"{re.escape(verdict["claim"].rstrip("."))}" {stated}', README)
