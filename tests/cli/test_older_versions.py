"""What version 1 left: its models serve as before, its finished runs are compared, its unfinished ones refused."""

import json
import shutil

import pytest

from tests.cli.commands import run
from tests.conftest import RECORDED

TAG = 'PCA5_BN_MO_elu-6'
ACCURACIES = [0.2725, 0.4425, 0.5325]  # that versions 1.2 and 1.5 printed


@pytest.fixture(scope='module', params=['version-1.2', 'version-1.5'])
def folder(tmp_path_factory, request):
    """A folder whose saves/ that version wrote."""
    folder = tmp_path_factory.mktemp('old')
    shutil.copytree(RECORDED / request.param, folder / 'saves')
    return folder


def test_its_model_evaluates(folder):
    evaluation = json.loads(run(folder, 'evaluate', '--ckpt', 'saves/model.ckpt', '--json')[0][0])
    assert (evaluation['run'], evaluation['accuracy']) == (f'digits_{TAG}', ACCURACIES[-1])


def test_its_model_serves_as_initial_weights(folder, tmp_path):
    flags = ('--tag', TAG, '--dataset', 'digits', '--epochs', 1, '--init-ckpt', folder / 'saves/model.ckpt')
    _, stderr = run(tmp_path, 'train', *flags)
    assert any('took 8 variables of the network' in line for line in stderr)


def test_its_run_is_known_as_finished_and_is_not_resumed(folder):
    stdout, stderr = run(folder, 'train', '--tag', TAG, '--dataset', 'digits', '--epochs', 3)
    assert not stdout
    assert f'run digits_{TAG} is finished (3 epochs)' in stderr[-1]
    [line] = run(folder, 'train', '--tag', TAG, '--dataset', 'digits', '--epochs', 5, status=1)[1]
    assert 'version 1' in line
    assert '--overwrite' in line


def test_a_finished_run_of_1_5_is_compared(folder):
    if 'sha256' not in (folder / 'saves/model.ckpt.json').read_text():
        pytest.skip('before version 1.4 a history had no checksums')
    [row] = json.loads('\n'.join(run(folder, 'compare', '--format', 'json')[0]))
    assert row['accuracy'] == ACCURACIES[-1]
