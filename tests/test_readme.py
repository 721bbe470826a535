"""The README stays short, and what it names exists."""

import importlib
import json
import re

import pytest

import graph_mlp
from graph_mlp.activations import ACTIVATIONS
from graph_mlp.cli.main import COMMANDS
from graph_mlp.optimizers import OPTIMIZERS
from tests.cli.commands import run
from tests.conftest import RECORDED, ROOT

README = (ROOT / 'README.md').read_text(encoding='utf-8')
GUIDE = ROOT / 'graph_mlp' / 'guide'
PAGES = sorted(GUIDE.glob('*.md'))
VERDICTS = {
    verdict['number']: verdict for verdict in json.loads((RECORDED / 'study' / 'verdicts.json').read_text('utf-8'))
}


def test_it_is_read_in_three_minutes():
    without_code = re.sub(r'```python.*?```', '', README, flags=re.S)
    assert len(without_code.splitlines()) <= 150


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


@pytest.mark.parametrize('page', [ROOT / 'README.md', *PAGES], ids=lambda page: page.name)
def test_a_flag_beside_a_command_is_that_commands(page):
    for command, line in re.findall(r'bin/(\w+)([^`\n]*)', page.read_text(encoding='utf-8')):
        named = set(re.findall(r'(?<![\w-])--[a-z][a-z0-9-]+', line)) - {'--help'}
        assert named <= flags(command), f'bin/{command}{line}'


def flags(command):
    """The flags of one of our commands; of TensorBoard and of bin/test those that the pages may name."""
    if command in ('tensorboard', 'test'):
        return {'tensorboard': {'--logdir'}, 'test': {'--faults', '--fuzz'}}[command]
    actions = importlib.import_module(f'graph_mlp.cli.{command}').parser()._actions
    return {option for action in actions for option in action.option_strings}


def test_folders_are_those_of_the_package_in_the_order_of_its_docstring():
    [sentence] = re.findall(r'The folders in order: (.*?);', README, re.S)
    listed = re.findall(r'`(\w+)/`', sentence)
    assert listed == re.findall(r'^    (\w+)/ ', graph_mlp.__doc__, re.M)
    assert set(listed) == {path.parent.name for path in ROOT.glob('graph_mlp/*/__init__.py')}


@pytest.fixture(scope='module')
def printed(tmp_path_factory):
    """A folder in which the first two commands were typed, on the digits, and what each of them printed."""
    folder = tmp_path_factory.mktemp('user')
    trained, _ = run(folder, 'train', '--tag', 'BN_elu-300-100', '--dataset', 'digits', '--epochs', 2)
    evaluated, _ = run(folder, 'evaluate', '--ckpt', 'saves/model.ckpt')
    return folder, trained, evaluated


def test_the_lines_shown_are_of_the_form_that_the_commands_print(printed):
    _, trained, evaluated = printed
    epoch, *figures = re.findall(r'^    (\w+ 0\.\d+)$', README, re.M)
    forms = [re.sub(r'\d', '0', line) for line in evaluated]
    assert re.sub(r'\d+', '0', epoch) + ' digits' == re.sub(r'\d+', '0', trained[-1])
    assert len(figures) == 2
    assert all(re.sub(r'\d', '0', line) in forms for line in figures)


def test_the_lines_shown_are_those_of_the_table_of_results():
    [row] = re.findall(r'^\| `bin/train --tag BN_elu-300-100` \| (\S+) \| (\S+) \| (\d+) s \|$', README, re.M)
    assert re.findall(r'^    59 (\S+)\n    accuracy (\S+)\n    accuracy_moving (\S+)$', README, re.M) == [
        (row[0], row[0], row[1])
    ]
    assert re.findall(r'Training takes (\d+) s', README) == [row[2]]


def test_ratios_are_those_of_the_benchmark_page():
    [sentence] = re.findall(r'^An epoch of BN_elu-300-100 .*?\(\[', README, re.M | re.S)
    ratios = re.findall(r'(\d+\.\d+)\s+times', sentence)
    table = re.findall(r'\| (\d+\.\d+) \|$', (GUIDE / 'benchmark.md').read_text(encoding='utf-8'), re.M)
    assert len(ratios) == 4
    assert set(ratios) <= set(table)


def test_what_is_said_to_appear_in_saves_appears(printed):
    page = (GUIDE / 'differences.md').read_text(encoding='utf-8')
    names = [name.replace('<tag>', 'digits_BN_elu-300-100') for name in re.findall(r'^    (saves/\S+)', page, re.M)]
    assert len(names) == 8
    assert [name for name in names if not list(printed[0].glob(name))] == []


def test_every_command_has_a_line():
    table = README.split('## What you can do')[1].split('\n## ')[0]
    assert re.findall(r'^\| `bin/(\w+)`', table, re.M) == [name for name in table_order() if name in COMMANDS]


def table_order():
    return ['train', 'evaluate', 'predict', 'export', 'compare', 'study', 'benchmark', 'tensorboard', 'test']


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
