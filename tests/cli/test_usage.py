"""Usage errors: one line on stderr, exit status 2, nothing written, TensorFlow never imported."""

import pytest

from tests.cli.commands import python, run


@pytest.mark.parametrize(
    ('arguments', 'word'),
    [
        (['train', '--bogus'], 'unrecognized arguments: --bogus'),
        (['train', '--tag', 'relu-300-100', '--activation', 'elu'], 'drop the flag'),
        (['train', '--tag', 'a/b'], 'is not a name'),
        (['train', '--tag=--'], '--tag=--: -- is no value'),
        (['train', '--activation', 'gelu'], "invalid choice: 'gelu'"),
        (['train', '--dataset', 'digits', '--input-features', '785'], '--input-features 785'),
        (['train', '--threads', '99999999999'], 'argument --threads: 99999999999: choose at most'),
        (['evaluate'], 'required: --ckpt'),
    ],
)
def test_a_usage_error_is_one_line(tmp_path, arguments, word):
    stdout, [line] = run(tmp_path, *arguments, status=2)
    assert stdout == []
    assert line.startswith(f'{arguments[0]}: ')
    assert word in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('arguments', [['evaluate', '--help'], ['--help'], ['--version']])
def test_help_goes_to_stdout(tmp_path, arguments):
    stdout, stderr = run(tmp_path, 'graph-mlp', *arguments)
    assert stdout
    assert not stderr


def test_neither_help_nor_errors_import_tensorflow(tmp_path):
    program = """
import sys
from graph_mlp.cli.main import main
for arguments in (['train', '--help'], ['train', '--bogus'], ['train', '--hidden', '0'], ['evaluate', '--ckpt', 'x/y']):
    try:
        main(arguments)
    except SystemExit:
        pass
sys.exit('tensorflow' in sys.modules)
"""
    python(tmp_path, program)
