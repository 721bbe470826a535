"""What is read back of runs: those of this version, and finished ones of version 1."""

import shutil

import pytest

from graph_mlp.errors import RunError
from graph_mlp.store.recorded import read_run, read_runs, readable_run
from graph_mlp.store.run import Run
from tests.conftest import RECORDED

NAME = 'digits_PCA5_BN_MO_elu-6'
ACCURACIES = [0.2725, 0.4425, 0.5325]  # that versions 1.2 and 1.5 printed


@pytest.fixture
def old(tmp_path):
    """What version 1.5 left."""
    shutil.copytree(RECORDED / 'version-1.5', tmp_path / 'saves')
    return Run(tmp_path / 'saves', NAME)


def test_a_run_is_read_back_as_it_was_trained(train):
    run = train('PCA5_relu-4', seed=7)
    found = read_run(run)
    assert (found.name, found.config.seed, found.finished_epochs, found.steps_per_run) == (run.name, 7, 2, 1)
    assert found.history == run.newest_state().history
    assert found.pca_seconds > 0


def test_an_empty_folder_says_what_to_do(tmp_path):
    with pytest.raises(RunError, match='train one with bin/train'):
        read_runs(tmp_path)


def test_a_run_that_cannot_be_read_is_left_out_and_named(train):
    good, bad = train(), train('elu-3')
    for _, folder in bad.states():
        (folder / 'model.ckpt.index').write_bytes(b'')
    (good.saves / 'runs' / 'foreign').mkdir()
    (good.saves / 'runs' / 'notes.txt').touch()
    runs, complaints = read_runs(good.saves)
    assert [run.name for run in runs] == [good.name]
    assert [line.split()[0] for line in complaints] == [bad.name, 'foreign']


def test_a_finished_run_of_version_1_is_read(old):
    found = read_run(old)
    assert [row.test_accuracy for row in found.history] == ACCURACIES
    assert (found.finished_epochs, found.steps_per_run, found.config.optimizer) == (3, 1, 'momentum')
    assert found.identity.graph_mlp == '1.5.0'


@pytest.mark.parametrize('damage', ['changed', 'cut', 'missing', 'unfinished'])
def test_a_damaged_or_unfinished_run_of_version_1_is_refused_by_the_file_and_left_out(old, damage):
    path = old.folder / ('finished.json' if damage == 'unfinished' else 'history.csv')
    content = path.read_text()
    path.unlink()
    if damage in ('changed', 'cut'):
        path.write_text(content.replace('0.4425', '0.9425') if damage == 'changed' else content[:-200])
    with pytest.raises(RunError, match=path.name):
        read_run(old)
    assert readable_run(old) is None
    with pytest.raises(RunError, match=rf'{NAME} .*{path.name}'):
        read_runs(old.saves)
