"""An activation is one line of its table and an optimizer one record: everything else follows from the tables."""

import json
import subprocess
import sys

import pytest

from tests.cli.commands import environment
from tests.conftest import ROOT

EXTENDED = """
import sys
from graph_mlp.activations import ACTIVATIONS, tensorflow_activation
from graph_mlp.optimizers import OPTIMIZERS, Optimizer, tensorflow_optimizer
ACTIVATIONS['softplus'] = tensorflow_activation('softplus')
ADADELTA = tensorflow_optimizer('AdadeltaOptimizer', rho=0.9)
OPTIMIZERS['adadelta'] = Optimizer('adadelta', 'ADADELTA', 'Adadelta', ADADELTA)
from graph_mlp.cli.main import main
sys.exit(main())
"""


def run(folder, *arguments):
    """Runs a command of the extended program; returns its stdout."""
    program = subprocess.run(
        [sys.executable, '-c', EXTENDED, *map(str, arguments)], cwd=folder, capture_output=True, text=True,
        env={**environment(folder), 'PYTHONPATH': str(ROOT)}, check=False,
    )  # fmt: skip
    assert program.returncode == 0, program.stderr
    return program.stdout


@pytest.mark.parametrize('steps_per_run', [1, 5])
def test_a_new_activation_and_optimizer_are_tagged_trained_evaluated_and_compared(tmp_path, steps_per_run):
    tag = 'BN_ADADELTA_softplus-8'
    run(tmp_path, 'train', '--tag', tag, '--dataset', 'digits', '--epochs', 2, '--steps-per-run', steps_per_run)
    record = json.loads((tmp_path / 'saves/model.ckpt.json').read_text())
    assert (record['config']['activation'], record['config']['optimizer']) == ('softplus', 'adadelta')
    evaluation = json.loads(run(tmp_path, 'evaluate', '--ckpt', 'saves', '--json'))
    assert evaluation['accuracy'] == record['figures']['test_accuracy']
    [row] = json.loads(run(tmp_path, 'compare', '--format', 'json'))
    assert row['run'] == f'digits_{tag}'


def test_without_a_tag_the_flags_spell_the_new_names(tmp_path):
    run(tmp_path, 'train', '--activation', 'softplus', '--optimizer', 'adadelta', '--hidden', 8, '--dataset', 'digits',
        '--epochs', 1)  # fmt: skip
    assert (tmp_path / 'saves/runs/digits_BN_ADADELTA_softplus-8').is_dir()


def test_the_help_names_them(tmp_path):
    text = run(tmp_path, 'train', '--help')
    assert 'softplus' in text
    assert 'BN_ADADELTA_elu-300-100' in text
    assert 'Adadelta' in text
