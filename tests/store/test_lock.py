import errno

import pytest

from graph_mlp.errors import RunError
from graph_mlp.store import lock as lock_module
from graph_mlp.store.lock import is_being_written, writing
from graph_mlp.store.runs import Run


@pytest.fixture
def run(tmp_path):
    """A run that has begun."""
    begun = Run(tmp_path / 'saves', 'relu-3')
    (begun.folder / 'checkpoints').mkdir(parents=True)
    (begun.folder / 'config.json').touch()
    return begun


def test_a_second_writer_is_refused_and_the_lock_ends_with_the_first(run):
    with writing(run), pytest.raises(RunError, match=r'being trained by pid \d+, started 2'), writing(run):
        pass
    with writing(run):
        pass


def test_what_killed_saves_left_is_cleared(run):
    (run.folder / 'checkpoints/.partial-x').mkdir()
    (run.folder / '.partial-y').write_text('half')
    with writing(run):
        assert not (run.folder / 'checkpoints/.partial-x').exists()
        assert not (run.folder / '.partial-y').exists()


def test_a_run_that_did_not_begin_leaves_no_folder(tmp_path):
    with writing(Run(tmp_path / 'saves', 'relu-3')):
        assert (tmp_path / 'saves/runs/relu-3/lock').exists()
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_did_not_begin_leaves_what_else_lies_in_saves(run):
    with writing(Run(run.saves, 'elu-3')):
        pass
    assert [path.name for path in (run.saves / 'runs').iterdir()] == ['relu-3']


def test_a_run_that_has_begun_keeps_its_lock(run):
    with writing(run):
        pass
    assert {path.name for path in run.folder.iterdir()} == {'lock', 'config.json', 'checkpoints'}


def test_a_lock_that_its_holder_has_just_removed_is_not_taken(run, monkeypatch):
    real, path = lock_module.fcntl.flock, run.folder / 'lock'

    def flock(lock, operation):
        monkeypatch.undo()
        path.unlink()
        real(lock, operation)

    monkeypatch.setattr(lock_module.fcntl, 'flock', flock)
    with writing(run), pytest.raises(RunError, match='being trained by pid'), writing(run):
        pass


def test_a_reader_that_looks_at_the_lock_just_now_is_waited_for(run, monkeypatch):
    real, refusals = lock_module.fcntl.flock, [BlockingIOError()]

    def flock(lock, operation):
        if refusals:
            raise refusals.pop()
        real(lock, operation)

    monkeypatch.setattr(lock_module.fcntl, 'flock', flock)
    with writing(run):
        assert is_being_written(run)


def test_a_disk_without_locks_is_not_another_process(run, monkeypatch):
    def flock(lock, operation):
        raise OSError(errno.ENOLCK, 'No locks available')

    monkeypatch.setattr(lock_module.fcntl, 'flock', flock)
    with pytest.raises(RunError, match='No locks available; choose a folder on another disk'), writing(run):
        pass
    assert not is_being_written(run)
