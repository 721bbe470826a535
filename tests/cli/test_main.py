"""What every command's errors come to."""

import errno
import importlib
import signal
import subprocess
import sys

import pytest

from graph_mlp.cli import main as cli
from graph_mlp.errors import Interrupted, RunError, UsageError
from tests.conftest import ROOT


@pytest.fixture
def failing(monkeypatch):
    """Has `train` end in the given error."""

    def fail_with(error):
        def main(arguments):
            raise error

        monkeypatch.setattr('graph_mlp.cli.train.main', main)

    return fail_with


@pytest.mark.parametrize('name', cli.COMMANDS)
def test_every_command_can_be_called(name):
    assert callable(importlib.import_module(f'graph_mlp.cli.{name}').main)


def test_an_unknown_command_is_told_which_there_are(capsys):
    assert cli.main(['fly']) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert all(name in line for name in cli.COMMANDS)


def test_without_a_command_help_is_a_usage_error(capsys):
    assert cli.main([]) == 2
    assert capsys.readouterr().out.startswith('usage: graph-mlp COMMAND')


@pytest.mark.parametrize('status', [0, 1])
def test_the_status_is_the_commands_own(monkeypatch, status):
    monkeypatch.setattr('graph_mlp.cli.train.main', lambda arguments: status)
    assert cli.main(['train']) == status


@pytest.mark.parametrize(
    ('error', 'status', 'printed'),
    [
        (RunError('no\n  room'), 1, 'no room'),
        (UsageError('no\n  room'), 2, 'no room'),
        (Interrupted(signal.SIGTERM, 'no room'), 143, 'no room'),
        (RunError(), 1, 'RunError'),
        (KeyboardInterrupt(), 130, 'interrupted'),
        (ZeroDivisionError('division\nby zero'), 1, 'division by zero (ZeroDivisionError); --debug shows where'),
    ],
)
def test_an_error_is_one_line_and_its_status(failing, capsys, error, status, printed):
    failing(error)
    assert cli.main(['train']) == status
    assert capsys.readouterr().err == f'train: {printed}\n'


@pytest.mark.parametrize('error', [RunError('no room'), ZeroDivisionError('division')])
def test_debug_raises(failing, error):
    failing(error)
    with pytest.raises(type(error), match=str(error)):
        cli.main(['train', '--debug'])


@pytest.mark.parametrize(
    ('error', 'words'),
    [
        (MemoryError(), ('choose a smaller network',)),
        (
            OSError(errno.ENOSPC, 'No space left on device', 'saves/x'),
            ('saves/x: No space', 'without --overwrite'),
        ),
    ],
)
def test_too_little_memory_or_disk_is_one_line_that_says_what_to_do(failing, capsys, error, words):
    failing(error)
    assert cli.main(['train']) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert all(word in line for word in words)


def test_a_full_disk_has_other_advice_where_nothing_is_trained(monkeypatch, capsys):
    def fail(arguments):
        raise OSError(errno.ENOSPC, 'No space left on device', 'pictures')

    monkeypatch.setattr('graph_mlp.cli.compare.main', fail)
    assert cli.main(['compare']) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert 'type the same command again' in line


def test_a_reader_that_has_gone_is_no_error():
    program = (
        'import sys; from graph_mlp.cli import main as cli, compare\n'
        'compare.main = lambda arguments: [print("x" * 100) for _ in range(10_000)] and 0\n'
        'sys.exit(cli.main(["compare"]))'
    )
    process = subprocess.Popen(
        [sys.executable, '-c', program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ''
    process.stderr.close()
    assert process.wait() == 141
