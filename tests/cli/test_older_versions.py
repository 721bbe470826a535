"""What version 1 left: its models serve as before, its finished runs are compared, its unfinished ones refused."""

import json
import shutil

import pytest
from PIL import Image

from tests.cli.commands import run
from tests.conftest import RECORDED

RUN = 'digits_PCA5_BN_MO_elu-6'
TRAIN = ('train', '--tag', 'PCA5_BN_MO_elu-6', '--dataset', 'digits')


@pytest.fixture(scope='module', params=['version-1.2', 'version-1.5'])
def folder(tmp_path_factory, request):
    """A folder whose saves/ that version wrote; its last line was `2 0.5325 digits`."""
    folder = tmp_path_factory.mktemp('old')
    shutil.copytree(RECORDED / request.param, folder / 'saves')
    return folder


def test_its_model_evaluates_and_predicts(folder):
    evaluation = json.loads(run(folder, 'evaluate', '--ckpt', 'saves/model.ckpt', '--json')[0][0])
    assert (evaluation['run'], evaluation['accuracy']) == (RUN, 0.5325)
    Image.new('L', (28, 28), 40).save(folder / 'grey.png')
    [line], _ = run(folder, 'predict', '--raw', 'grey.png')
    assert int(line.split('\t')[1]) in range(10)


def test_its_model_serves_as_initial_weights(folder, tmp_path):
    _, stderr = run(tmp_path, *TRAIN, '--epochs', 1, '--init-ckpt', folder / 'saves/model.ckpt')
    assert any('8 variables of the network' in line for line in stderr)


def test_its_finished_run_is_left_alone_compared_and_not_resumed(folder):
    stdout, stderr = run(folder, *TRAIN, '--epochs', 3)
    assert not stdout
    assert '3 epochs' in stderr[-1]
    [row] = json.loads('\n'.join(run(folder, 'compare', '--format', 'json')[0]))
    assert row['accuracy'] == 0.5325
    [line] = run(folder, *TRAIN, '--epochs', 5, status=1)[1]
    assert '--overwrite' in line
