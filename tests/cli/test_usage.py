"""Usage errors: one line on stderr, exit status 2, nothing written, TensorFlow never imported."""

import subprocess
import sys

import pytest

from tests.cli.commands import run
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ('arguments', 'word'),
    [
        (['--bogus'], 'unrecognized arguments: --bogus'),
        (['--tag', 'relu-300-100', '--activation', 'elu'], 'drop the flag'),
        (['--tag', 'a/b'], 'is not a name'),
        (['--tag', '..'], 'is not a name'),
        (['--activation', 'gelu'], "invalid choice: 'gelu'"),
        (['--hidden', '0'], '--hidden 0'),
        (['--hidden', 'many'], '--hidden many'),
        (['--input-features', '0'], '--input-features 0'),
        (['--input-features', '785'], '--input-features 785'),
        (['--learning-rate', '-1'], '--learning-rate -1'),
        (['--steps-per-run', '0'], '--steps-per-run 0'),
        (['--threads', '99999999999'], 'argument --threads: 99999999999: choose at most'),
        (['--tag=--'], '--tag=--: -- is no value'),
        (['--epo', '3'], 'unrecognized arguments'),
    ],
)
def test_train(tmp_path, arguments, word):
    stdout, stderr = run(tmp_path, 'train', *arguments, status=2)
    assert stdout == []
    [line] = stderr
    assert line.startswith('train: ')
    assert word in line
    assert list(tmp_path.iterdir()) == []


def test_evaluate(tmp_path):
    [line] = run(tmp_path, 'evaluate', status=2)[1]
    assert 'required: --ckpt' in line


def test_an_unknown_command():
    [line] = run(ROOT, 'graph-mlp', 'fly', status=2)[1]
    assert "no command 'fly'" in line


@pytest.mark.parametrize('arguments', [['train', '--help'], ['evaluate', '--help'], ['--help'], ['--version']])
def test_help_goes_to_stdout(tmp_path, arguments):
    stdout, stderr = run(tmp_path, 'graph-mlp', *arguments)
    assert stdout
    assert not stderr


def test_neither_help_nor_errors_nor_the_package_import_tensorflow():
    program = """
import sys
import graph_mlp, graph_mlp.config, graph_mlp.data.mnist
from graph_mlp.cli.main import main
for arguments in (['train', '--help'], ['train', '--bogus'], ['train', '--hidden', '0'], ['evaluate', '--ckpt', 'x/y']):
    try:
        main(arguments)
    except SystemExit:
        pass
sys.exit('tensorflow' in sys.modules)
"""
    assert subprocess.run([sys.executable, '-c', program], cwd=ROOT, capture_output=True, check=False).returncode == 0
