"""One process at a time writes a run: the lock in its folder, which the kernel releases also after kill -9."""

import contextlib
import datetime
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from graph_mlp.errors import RunError
from graph_mlp.store.files import PARTIAL, remove_folder
from graph_mlp.store.runs import Run

LOOKS, LOOK_SECONDS = 3, 0.02  # how often a lock that is held is tried, and after how long again


@contextlib.contextmanager
def writing(run: Run) -> Iterator[None]:
    """Holds the run's lock and clears what killed saves left behind; raises RunError where another process has it.

    A folder in which no run began, because its settings were refused, is gone at the end.
    """
    with _opened_lock(run) as lock:
        lock.seek(0)
        lock.truncate(0)
        lock.write(f'pid {os.getpid()}, started {datetime.datetime.now().isoformat(" ", "seconds")}\n')
        lock.flush()
        for folder in (run.folder, run.folder / 'checkpoints'):
            for leftover in folder.glob(f'{PARTIAL}*'):
                remove_folder(leftover) if leftover.is_dir() else leftover.unlink(missing_ok=True)
        try:
            yield
        finally:
            if [path.name for path in _content(run.folder)] == ['lock']:
                _remove_empty(run)


def is_being_written(run: Run) -> bool:
    """Whether a process holds the run's lock now."""
    try:
        with open(run.folder / 'lock', encoding='utf-8') as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # no lock, or none that can be opened: training says in its own line what is wrong
        return False
    return False


def _opened_lock(run: Run) -> TextIO:
    path = run.folder / 'lock'
    while True:
        try:
            run.folder.mkdir(parents=True, exist_ok=True)
            lock = open(path, 'a+', encoding='utf-8')  # noqa: SIM115 (the caller closes it)
        except OSError as error:
            raise RunError(
                f'cannot write to {run.folder}: {error.strerror}; choose another folder by --saves-dir'
            ) from None
        try:
            _lock(lock)
        except BlockingIOError:
            lock.seek(0)
            holder = ' '.join(lock.read(200).split()) or 'another process'
            lock.close()
            raise RunError(f'run {run.name} is being trained by {holder}: wait for it, or use another tag') from None
        except OSError as error:
            lock.close()
            raise RunError(
                f'cannot lock {path}: {error.strerror}; choose a folder on another disk by --saves-dir'
            ) from None
        if os.fstat(lock.fileno()).st_nlink:
            return lock
        lock.close()  # its holder has just removed it with the folder


def _lock(lock: TextIO) -> None:
    """Raises BlockingIOError where another process holds the lock; a reader holds it only to look at it."""
    for looks_left in reversed(range(LOOKS)):
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not looks_left:
                raise
            time.sleep(LOOK_SECONDS)


def _content(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:  # the user removed it
        return []


def _remove_empty(run: Run) -> None:
    with contextlib.suppress(OSError):
        (run.folder / 'lock').unlink()
        for folder in (run.folder, run.folder.parent, run.saves):
            folder.rmdir()  # fails where it holds anything else
