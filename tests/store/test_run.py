"""A run's folder: its lock, its states, what they hold, and what becomes of damaged ones."""

import csv
import os

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from graph_mlp.errors import RunError
from graph_mlp.metrics import Metrics
from graph_mlp.store.checkpoint import Unreadable
from graph_mlp.store.manifest import read_sealed, write_sealed
from graph_mlp.store.run import Run, run_name


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path / 'saves', 'digits_relu-4')


def events(run):
    found = EventAccumulator(str(run.summary)).Reload().Scalars('Accuracy')
    return [(event.step, event.value) for event in found]


def expected_events(run):
    return [(row.epoch, float(np.float32(row.test_accuracy))) for row in run.newest_state().history]


def test_other_data_have_runs_of_their_own():
    assert [run_name('relu-4', name) for name in ('mnist', 'digits')] == ['relu-4', 'digits_relu-4']


def test_a_second_writer_is_refused_by_the_firsts_name_and_the_lock_ends_with_the_first(run):
    with run.lock():
        assert run.is_locked()
        with pytest.raises(RunError, match=f'is being trained by pid {os.getpid()}'), Run(run.saves, run.name).lock():
            pass
        with run.lock():  # held already
            pass
        assert run.is_locked()
    assert not run.is_locked()


def test_a_run_that_did_not_begin_leaves_no_folder(run):
    with run.lock():
        pass
    assert not run.saves.exists()


def test_what_killed_saves_left_is_removed(run):
    for folder in (run.folder, run.folder / 'checkpoints'):
        (folder / '.partial-x').mkdir(parents=True)
        (folder / '.partial-y').touch()
    with run.lock():
        assert not list(run.folder.rglob('.partial-*'))


def test_a_disk_without_locks_is_not_another_process(run, monkeypatch):
    def flock(file, operation):
        raise OSError(37, 'No locks available')

    monkeypatch.setattr('graph_mlp.store.run.fcntl.flock', flock)
    with pytest.raises(RunError, match=r'cannot lock .*No locks available'), run.lock():
        pass


def test_where_locks_lock_nothing_the_first_stops_at_its_next_commit(run, train, monkeypatch):
    monkeypatch.setattr('graph_mlp.store.run.fcntl.flock', lambda file, operation: None)
    real = Run.commit

    def commit(self, *arguments):
        (self.folder / 'lock').write_text('pid 1 on another machine')
        real(self, *arguments)

    monkeypatch.setattr(Run, 'commit', commit)
    with pytest.raises(RunError, match=r'is being trained by pid 1 on another machine too'):
        train()
    assert len(run.newest_state().history) == 0


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


@pytest.mark.parametrize('suffix', ['index', 'data-00000-of-00001', 'json', 'history.npy'])
def test_after_a_damaged_state_the_one_before_it_is_taken_with_a_warning(train, results, suffix, capsys):
    run = train(epochs=3)
    whole = results(run)
    path = run.states()[0][1] / f'model.ckpt.{suffix}'
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
    with pytest.raises(RunError, match=r'every state in .* --overwrite'):
        run.newest_state()


def test_a_run_that_was_renamed_is_told_its_name(train):
    run = train()
    renamed = Run(run.saves, 'other')
    run.folder.rename(renamed.folder)
    with pytest.raises(RunError, match=r'is a state of run digits_relu-4: give .* its name back'):
        renamed.newest_state()


def test_a_state_that_cannot_be_read_is_neither_passed_over_nor_overwritten(train):
    run = train()
    path = run.states()[0][1] / 'model.ckpt.json'
    path.unlink()
    path.symlink_to(path.name)
    with pytest.raises(Unreadable, match=r'cannot read'):
        run.newest_state()


def test_a_damaged_record_of_the_end_is_a_warning_and_the_run_is_not_finished(train, capsys):
    run = train()
    (run.folder / 'finished.json').write_text('{}')
    assert run.finished_epochs() is None
    assert 'does not count as finished' in capsys.readouterr().err
    train()  # publishes again
    assert run.finished_epochs() == 2


def test_history_csv_is_an_export_that_nothing_reads(train, results):
    run = train()
    with open(run.folder / 'history.csv') as file:
        rows = list(csv.DictReader(file))
    history = run.newest_state().history
    assert [float(row['test_loss']) for row in rows] == [row.test_loss for row in history]
    assert list(rows[0]) == list(Metrics.__struct_fields__)
    before = results(train('relu-4', 'other', epochs=3))
    (run.folder / 'history.csv').write_text('nonsense')
    assert results(train(epochs=3)) == before
    assert (run.folder / 'history.csv').read_text().count('\n') == 4


def test_tensorboard_shows_each_epoch_once_also_after_a_kill(train):
    run = train()
    state = run.states()[0][1]
    # A kill after the event and before the state: the event file is ahead by an epoch.
    for path in state.iterdir():
        path.unlink()
    state.rmdir()
    (run.folder / 'finished.json').unlink()
    train(epochs=3)
    assert events(run) == expected_events(run)
    assert len(events(run)) == 3


@pytest.mark.parametrize('damage', ['missing', 'cut'])
def test_event_files_that_are_gone_are_written_again(train, damage):
    run = train()
    [path] = run.summary.iterdir()
    path.unlink() if damage == 'missing' else os.truncate(path, 60)
    train(epochs=3)
    assert events(run) == expected_events(run)


@pytest.mark.parametrize('umask', [0o077, 0o002])
def test_the_umask_is_obeyed(train, umask):
    before = os.umask(umask)
    try:
        run = train()
    finally:
        os.umask(before)
    for path in run.saves.rglob('*'):
        assert path.stat().st_mode & 0o777 == (0o777 if path.is_dir() else 0o666) & ~umask, path


def test_a_manifest_that_was_changed_by_hand_is_refused(train):
    run = train()
    path = run.states()[0][1] / 'model.ckpt.json'
    record = read_sealed(path)
    write_sealed(path, {**record, 'epoch': 7})
    assert len(run.newest_state().history) == 1  # of the state before


def test_a_folder_that_is_removed_meanwhile_ends_in_one_line(train, monkeypatch):
    real = Run.commit

    def commit(self, *arguments):
        import shutil

        shutil.rmtree(self.folder / 'checkpoints')
        real(self, *arguments)

    monkeypatch.setattr(Run, 'commit', commit)
    with pytest.raises(RunError, match=r'cannot write .*gone'):
        train()
