"""What the README and the pages of the guide name exists, and the README's commands print what it shows."""

import importlib
import json
import re

import pytest

from graph_mlp.cli.main import COMMANDS
from tests.cli.commands import run
from tests.conftest import RECORDED, ROOT

README = (ROOT / 'README.md').read_text(encoding='utf-8')
GUIDE = ROOT / 'graph_mlp' / 'guide'
PAGES = [ROOT / 'README.md', *sorted(GUIDE.glob('*.md'))]
FLAGS_OF_OTHERS = {'--help', '--logdir', '--nthreads', '--faults', '--fuzz'}  # of TensorBoard, dask and pytest


def flags(command):
    """The flags of one of our commands."""
    module = importlib.import_module(f'graph_mlp.cli.{command}')
    actions = module.parser()._actions if hasattr(module, 'parser') else ()
    return {option for action in actions for option in action.option_strings}


def named_flags(text):
    return set(re.findall(r'(?<![\w-])--[a-z][a-z0-9-]+', text)) - FLAGS_OF_OTHERS


def test_it_is_read_in_three_minutes():
    assert len(README.splitlines()) <= 120


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_links_files_and_flags_exist(page):
    text = page.read_text(encoding='utf-8')
    links = [page.parent / target for target in re.findall(r'\]\(([^)#]+)\)', text) if '://' not in target]
    files = [ROOT / name for name in re.findall(r'`((?:graph_mlp|tests|bin)/[\w./]+)`', text)]
    assert [path for path in links + files if not path.exists()] == []
    known = set().union(*map(flags, COMMANDS))
    assert named_flags(text) <= known
    for command, line in re.findall(r'bin/(\w+)([^`\n]*)', text):
        assert command not in COMMANDS or named_flags(line) <= flags(command), f'bin/{command}{line}'


def test_every_page_and_command_is_named():
    assert [page.name for page in PAGES[1:] if f'graph_mlp/guide/{page.name}' not in README] == []
    table = README.split('## Commands')[1].split('\n## ')[0]
    assert set(re.findall(r'^\| `bin/(\w+)`', table, re.M)) == {*COMMANDS, 'test'}


def test_the_commands_print_lines_of_the_form_shown_and_leave_the_files_named(tmp_path):
    trained, _ = run(tmp_path, 'train', '--tag', 'BN_elu-300-100', '--dataset', 'digits', '--epochs', 2)
    evaluated, _ = run(tmp_path, 'evaluate', '--ckpt', 'saves/model.ckpt')
    shown = re.findall(r'^    (.*)$', README.split('## Results')[0], re.M)
    epochs, metrics = shown[1:4], shown[5:12]
    assert [line.removesuffix(' digits') for line in trained] == [trained[0][:8], trained[1][:8]]
    assert [re.sub(r'\d+', '0', line) for line in metrics[2:]] == [re.sub(r'\d+', '0', line) for line in evaluated[2:]]
    assert epochs[1] == '...'
    page = (GUIDE / 'differences.md').read_text(encoding='utf-8')
    names = [name.replace('<tag>', 'digits_BN_elu-300-100') for name in re.findall(r'^    (saves/\S+)', page, re.M)]
    assert len(names) == 7
    assert [name for name in names if not list(tmp_path.glob(name))] == []


def test_its_numbers_are_those_of_the_tables():
    [row] = re.findall(r'^\| `bin/train --tag BN_elu-300-100` \| (\S+) \| (\S+) \| (\d+) s \|$', README, re.M)
    shown = re.search(r'59 (\S+)\n.*accuracy (\S+)\n.*accuracy_moving (\S+)\n.*takes (\d+) s', README, re.S)
    assert shown.groups() == (row[0], *row)
    ratios = re.findall(r'\*\*Speed\.\*\*(.*?)\(\[', README, re.S)[0]
    benchmark = re.findall(r'\| (\d+\.\d+) \|$', (GUIDE / 'benchmark.md').read_text(encoding='utf-8'), re.M)
    assert set(re.findall(r'\d+\.\d+', ratios.replace('1.15', ''))) <= set(benchmark)
    verdicts = json.loads((RECORDED / 'study' / 'verdicts.json').read_text('utf-8'))
    [recorded] = [verdict for verdict in verdicts if verdict['number'] == '8a']
    points = re.search(r'it is ([\d.]+) points less .*? interval ([\d.]+) to ([\d.]+)', README, re.S)
    measured = sorted(-100 * number for number in (recorded['mean'], *recorded['interval']))
    assert sorted(map(float, points.groups())) == pytest.approx(measured, abs=0.0051)
