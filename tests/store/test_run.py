"""A run's folder: its lock, its states, what they hold, and what becomes of damaged ones."""

import csv
import os
import shutil

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from graph_mlp.errors import RunError
from graph_mlp.metrics import Metrics
from graph_mlp.store import run as run_module
from graph_mlp.store.checkpoint import Unreadable
from graph_mlp.store.manifest import read_sealed, write_sealed
from graph_mlp.store.run import Run, run_name


@pytest.fixture
def run(tmp_path):
    """The run that `train` trains, before it has begun."""
    return Run(tmp_path / 'saves', 'digits_relu-4')


@pytest.fixture
def before_commit(monkeypatch):
    """Does something to the run before each epoch is committed."""
    real = Run.commit

    def disturb(how):
        def commit(self, *arguments):
            how(self)
            real(self, *arguments)

        monkeypatch.setattr(Run, 'commit', commit)

    return disturb


def test_other_data_have_runs_of_their_own():
    assert [run_name('relu-4', name) for name in ('mnist', 'digits')] == ['relu-4', 'digits_relu-4']


def test_a_second_writer_is_refused_by_the_firsts_name_and_the_lock_ends_with_the_first(run):
    with run.lock():
        with pytest.raises(RunError, match=f'pid {os.getpid()}'), Run(run.saves, run.name).lock():
            pass
        with run.lock():  # held already
            pass
        assert run.is_locked()
    assert not run.is_locked()
    assert not run.saves.exists()  # since no run began


def test_what_killed_saves_left_is_removed(run):
    for folder in (run.folder, run.folder / 'checkpoints'):
        (folder / '.partial-x').mkdir(parents=True)
        (folder / '.partial-y').touch()
    with run.lock():
        assert not list(run.folder.rglob('.partial-*'))


def test_a_disk_without_locks_is_not_another_process(run, monkeypatch):
    def flock(file, operation):
        raise OSError(37, 'No locks available')

    monkeypatch.setattr(run_module.fcntl, 'flock', flock)
    with pytest.raises(RunError, match='No locks available'), run.lock():
        pass


def test_where_locks_lock_nothing_the_first_stops_at_its_next_commit(run, train, before_commit, monkeypatch):
    monkeypatch.setattr(run_module.fcntl, 'flock', lambda file, operation: None)
    before_commit(lambda run: (run.folder / 'lock').write_text('pid 1 on another machine'))
    with pytest.raises(RunError, match='pid 1 on another machine'):
        train()
    assert run.newest_state().history == []


def test_states_come_newest_first(run):
    for name in ('epoch-00002', 'epoch-00002-step-00005', 'epoch-100000', 'epoch-x', '.partial-1'):
        (run.folder / 'checkpoints' / name).mkdir(parents=True)
    assert [path.name for _, path in run.states()] == ['epoch-100000', 'epoch-00002-step-00005', 'epoch-00002']


def test_the_newest_two_and_the_best_are_kept_or_all_where_asked(train):
    run = train('elu-9', epochs=6)
    history = run.newest_state().history
    best = max(history, key=lambda row: (row.validation_accuracy_moving, -row.epoch)).epoch + 1
    assert {position.epoch for position, _ in run.states()} == {6, 5, best}
    assert len(train('elu-9', 'all', epochs=3, options={'keep_all': True}).states()) == 4


def test_a_state_holds_the_whole_history_under_the_checksums_of_its_manifest(train):
    state = train('PCA5_BN_elu-4').newest_state()
    assert [row.epoch for row in state.history] == [0, 1]
    assert set(state.checkpoint.checksums) == {'.index', '.data-00000-of-00001', '.pca.npz', '.history.npy'}
    assert state.manifest.metrics == state.history[-1]


def test_an_epoch_that_cannot_be_committed_leaves_the_one_before_and_no_trace(train, results, run, monkeypatch):
    def commit(partial, target, *others):
        if target.name == 'epoch-00002':
            raise OSError(28, 'No space left on device')
        real(partial, target, *others)

    whole, real = results(train(saves='whole', epochs=3)), run_module.files.commit
    with monkeypatch.context() as patched:
        patched.setattr(run_module.files, 'commit', commit)
        with pytest.raises(RunError, match='No space left'):
            train(epochs=3)
    assert [position.epoch for position, _ in run.states()] == [1, 0]
    assert not list(run.folder.rglob('.partial-*'))
    assert results(train(epochs=3)) == whole


@pytest.mark.parametrize('suffix', ['index', 'data-00000-of-00001', 'json', 'history.npy', 'json by hand'])
def test_after_a_damaged_state_the_one_before_it_is_taken_with_a_warning(train, results, suffix, capsys):
    run = train(epochs=3)
    whole = results(run)
    path = run.states()[0][1] / f'model.ckpt.{suffix.split()[0]}'
    if 'by hand' in suffix:
        write_sealed(path, {**read_sealed(path), 'epoch': 7})
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    capsys.readouterr()
    assert len(run.newest_state().history) == 2
    [warning] = capsys.readouterr().err.splitlines()
    assert warning.startswith('warning: ')
    (run.folder / 'finished.json').unlink()
    assert results(train(epochs=3)) == whole


def test_a_run_whose_states_are_all_damaged_is_refused(train):
    run = train()
    for _, folder in run.states():
        (folder / 'model.ckpt.index').write_bytes(b'')
    with pytest.raises(RunError, match='--overwrite'):
        run.newest_state()


def test_a_run_that_was_renamed_is_told_its_name(train):
    run = train()
    renamed = Run(run.saves, 'other')
    run.folder.rename(renamed.folder)
    with pytest.raises(RunError, match=run.name):
        renamed.newest_state()


def test_a_state_that_cannot_be_read_is_not_passed_over(train):
    run = train()
    path = run.states()[0][1] / 'model.ckpt.json'
    path.unlink()
    path.symlink_to(path.name)
    with pytest.raises(Unreadable, match=path.name):
        run.newest_state()


def test_a_damaged_record_of_the_end_is_a_warning_and_the_run_is_not_finished(train, capsys):
    run = train()
    (run.folder / 'finished.json').write_text('{}')
    assert run.finished_epochs() is None
    assert 'finished.json' in capsys.readouterr().err
    train()  # publishes again
    assert run.finished_epochs() == 2


def test_history_csv_is_an_export_that_nothing_reads(train, results):
    run = train()
    path = run.folder / 'history.csv'
    with open(path) as file:
        rows = list(csv.DictReader(file))
    assert [float(row['test_loss']) for row in rows] == [row.test_loss for row in run.newest_state().history]
    assert list(rows[0]) == list(Metrics.__struct_fields__)
    path.write_text('nonsense')
    train(epochs=3)
    assert path.read_text().count('\n') == 4


@pytest.mark.parametrize('damage', ['ahead', 'missing', 'cut'])
def test_tensorboard_shows_each_epoch_once_whatever_becomes_of_its_files(train, damage):
    run = train()
    [path] = run.summary.iterdir()
    if damage == 'ahead':  # a kill after the event and before the state
        shutil.rmtree(run.states()[0][1])
        (run.folder / 'finished.json').unlink()
    elif damage == 'missing':
        path.unlink()
    else:
        os.truncate(path, 60)
    train(epochs=3)
    events = EventAccumulator(str(run.summary)).Reload().Scalars('Accuracy')
    history = run.newest_state().history
    assert [(event.step, event.value) for event in events] == [
        (row.epoch, np.float32(row.test_accuracy)) for row in history
    ]
    assert len(history) == 3


@pytest.mark.parametrize('umask', [0o077, 0o002])
def test_the_umask_is_obeyed(train, umask):
    before = os.umask(umask)
    try:
        run = train()
    finally:
        os.umask(before)
    for path in run.saves.rglob('*'):
        assert path.stat().st_mode & 0o777 == (0o777 if path.is_dir() else 0o666) & ~umask, path


def test_a_folder_that_is_removed_meanwhile_ends_in_one_line(train, before_commit):
    before_commit(lambda run: shutil.rmtree(run.folder / 'checkpoints'))
    with pytest.raises(RunError, match='checkpoints'):
        train()
