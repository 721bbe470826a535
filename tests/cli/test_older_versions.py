"""A run and a model that version 1.2 wrote go on, evaluate and compare."""

import csv
import json
import shutil

import pytest

from tests.cli.commands import run
from tests.conftest import RECORDED

TAG = 'PCA5_BN_MO_elu-6'
ACCURACIES = [0.2725, 0.4425, 0.5325]  # that version 1.2 printed


@pytest.fixture
def folder(tmp_path):
    """A folder whose saves/ version 1.2 wrote."""
    shutil.copytree(RECORDED / 'version-1.2', tmp_path / 'saves')
    return tmp_path


def test_its_run_goes_on(folder):
    stdout, stderr = run(folder, 'train', '--tag', TAG, '--dataset', 'digits', '--epochs', 5)
    assert [line.split()[0] for line in stdout] == ['3', '4']
    assert f'run digits_{TAG} goes on from epoch 3' in stderr
    with open(folder / f'saves/runs/digits_{TAG}/history.csv') as file:
        assert [float(row['test_accuracy']) for row in csv.DictReader(file)][:3] == ACCURACIES


def test_its_run_without_a_field_that_came_later_goes_on(folder):
    path = folder / f'saves/runs/digits_{TAG}/config.json'
    record = json.loads(path.read_text())
    del record['config']['keep_last_batch'], record['identity']['graph_mlp'], record['started']  # as if it were new
    path.write_text(json.dumps(record))
    stdout, _ = run(folder, 'train', '--tag', TAG, '--dataset', 'digits', '--epochs', 4)
    assert [line.split()[0] for line in stdout] == ['3']


def test_its_run_is_known_as_finished(folder):
    stdout, stderr = run(folder, 'train', '--tag', TAG, '--dataset', 'digits', '--epochs', 3)
    assert not stdout
    assert f'run digits_{TAG} is finished (3 epochs)' in stderr[-1]


def test_its_model_evaluates(folder):
    evaluation = json.loads(run(folder, 'evaluate', '--ckpt', 'saves/model.ckpt', '--json')[0][0])
    assert (evaluation['run'], evaluation['accuracy']) == (f'digits_{TAG}', ACCURACIES[-1])


def test_its_run_is_compared(folder):
    [row] = json.loads('\n'.join(run(folder, 'compare', '--format', 'json')[0]))
    assert row['accuracy'] == ACCURACIES[-1]


def test_a_field_of_a_later_version_is_refused_by_name(folder):
    path = folder / f'saves/runs/digits_{TAG}/config.json'
    record = json.loads(path.read_text())
    record['config']['dropout'] = 0.5
    path.write_text(json.dumps(record))
    [line] = run(folder, 'train', '--tag', TAG, '--dataset', 'digits', '--epochs', 5, status=1)[1]
    assert 'unknown fields: dropout' in line
