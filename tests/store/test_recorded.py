import shutil

import pytest

from graph_mlp.errors import RunError
from graph_mlp.store.history import Epoch
from graph_mlp.store.lock import writing
from graph_mlp.store.recorded import read_run, read_runs
from tests.analysis.synthetic import history, write_run
from tests.conftest import RECORDED


def test_a_run_is_read_back_as_it_was_written(tmp_path):
    run = write_run(tmp_path, 'PCA154_relu-300-100', [0.9, 0.95], 1.5, 7, 2.5, input_features=154)
    found = read_run(run)
    assert found.history == history([0.9, 0.95], 1.5)
    assert (found.config.seed, found.pca_seconds, found.steps_per_run) == (7, 2.5, 157)


def test_an_empty_folder_says_what_to_do(tmp_path):
    with pytest.raises(RunError, match='train one with bin/train'):
        read_runs(tmp_path)


@pytest.mark.parametrize(
    ('content', 'said'),
    [
        ('', 'damaged'),
        ('epoch,accuracy\n0,0.5\n', 'it has other columns'),
        ('HEADER\n0,0.5\n', 'line 2: it does not have the checksum'),
        ('HEADER\nLINE', 'line 2: it is cut short'),
        ('HEADER\n', 'it is not the history of the 1 epochs'),
        (f'{",".join(Epoch._fields)}\n0{",0.5" * 12}\n', 'its lines have no checksums'),
    ],
)
def test_a_damaged_history_is_left_out_and_named_and_the_others_are_shown(tmp_path, content, said):
    write_run(tmp_path, 'good', [0.9])
    bad = write_run(tmp_path, 'bad', [0.9]).folder / 'history.csv'
    header, line = bad.read_text().splitlines()
    bad.write_text(content.replace('HEADER', header).replace('LINE', line))
    runs, [complaint] = read_runs(tmp_path)
    assert [run.name for run in runs] == ['good']
    assert complaint.startswith('bad is left out')
    assert said in complaint
    assert complaint.endswith('the same bin/train command writes it again')


def test_the_last_line_of_a_run_that_is_being_trained_may_be_half_written(tmp_path):
    run = write_run(tmp_path, 'run', [0.9, 0.95])
    (run.folder / 'finished.json').unlink()
    with open(run.folder / 'history.csv', 'a') as file:
        file.write('2,0.9')
    with pytest.raises(RunError, match='cut short'):
        read_run(run)
    with writing(run):
        assert read_run(run).history == history([0.9, 0.95])


def test_a_history_whose_copy_is_damaged_too_is_not_said_to_be_written_again(tmp_path):
    run = write_run(tmp_path, 'run', [0.9])
    for path in run.histories:
        path.write_text('x')
    with pytest.raises(RunError, match=r'and so is its copy .*checkpoints/history\.csv; restore one of them'):
        read_run(run)


def test_a_run_without_a_whole_epoch_has_no_history(tmp_path):
    run = write_run(tmp_path, 'run', [0.9])
    run.write_history([])
    (run.folder / 'finished.json').unlink()
    with pytest.raises(RunError, match='has no epoch yet'):
        read_run(run)


def test_a_pca_whose_seconds_no_state_tells_is_not_one_without_seconds(tmp_path):
    run = write_run(tmp_path, 'run', [0.9], pca_seconds=2.5, input_features=154)
    path = run.folder / 'checkpoints/epoch-00001/model.ckpt.json'
    path.write_text(path.read_text().replace('2.5', '9.5'))
    with pytest.raises(RunError, match='no state says how long its PCA took'):
        read_run(run)


def test_runs_of_older_versions_are_read_and_named_as_unchecked(tmp_path):
    shutil.copytree(RECORDED / 'version-1.2', tmp_path, dirs_exist_ok=True)
    [run], [complaint] = read_runs(tmp_path)
    assert not run.is_checked
    assert complaint.startswith('digits_PCA5_BN_MO_elu-6: written before version 1.4, without checksums')


@pytest.mark.parametrize('content', ['', '{}', '[]', '{"config": 1, "identity": 2}', '\x00', '{"config"'])
def test_a_foreign_folder_is_left_out_and_named(tmp_path, content):
    write_run(tmp_path, 'good', [0.9])
    (tmp_path / 'runs' / 'foreign').mkdir()
    (tmp_path / 'runs' / 'foreign' / 'config.json').write_text(content)
    (tmp_path / 'runs' / 'notes.txt').write_text('mine')
    runs, [complaint] = read_runs(tmp_path)
    assert [run.name for run in runs] == ['good']
    assert complaint.startswith('foreign is left out')
