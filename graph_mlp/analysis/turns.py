"""Which run is trained next, where another study may be training the same ones."""

import fcntl
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, NamedTuple

import tqdm

from graph_mlp.store.lock import is_being_written
from graph_mlp.store.recorded import RecordedRun, readable_run
from graph_mlp.store.runs import Run

POLL_SECONDS = 0.2  # between two looks at a run that another process is training


class Job(NamedTuple):
    """One run to train: plain values, so that it can travel to another machine."""

    name: str  # in messages
    saves: str  # the saves folder
    run_name: str  # the name of its folder in saves/runs
    arguments: tuple[str, ...]  # of bin/train
    threads: int
    epochs: int | None = None  # a run that is finished with as many is not begun; None: that is bin/train's to say

    @property
    def run(self) -> Run:
        """The run on disk."""
        return Run(Path(self.saves), self.run_name)

    @property
    def is_finished(self) -> bool:
        """Whether there is nothing for bin/train to do."""
        return self.epochs is not None and is_complete(self.run, readable_run(self.run), self.epochs)


def is_complete(run: Run, recorded: RecordedRun | None, epochs: int) -> bool:
    """Whether a run has so many epochs and its model; one that cannot be read bin/train mends, or says why not.

    Args: recorded, what `readable_run` gives.
    """
    return recorded is not None and len(recorded.history) >= epochs and (run.finished_epochs() or 0) >= epochs


class Turn(NamedTuple):
    """A job, and the open file by whose lock this study alone may train its run."""

    job: Job
    run_lock: IO[str]


class Turns:
    """Jobs in their order, but those first whose run no other process is training; for several threads."""

    def __init__(self, jobs: Sequence[Job], stopping: threading.Event):
        self._pending = [*jobs]
        self._stopping = stopping
        self._lock = threading.Lock()
        self._has_waited = False

    def next(self) -> Turn | None:
        """The next job, once there is one; None where none is left or all is to stop."""
        while not self._stopping.is_set():
            with self._lock:
                turn = next((turn for job in self._pending if (turn := claimed(job))), None)
                if turn:
                    self._pending.remove(turn.job)
                    return turn
                if not self._pending:
                    return None
                if not self._has_waited:
                    self._has_waited = True
                    _print_waiting(self._pending)
            self._stopping.wait(POLL_SECONDS)
        return None


def claimed(job: Job) -> Turn | None:
    """The job to train, or None where another process is training its run.

    The run's own lock is not enough: bin/train takes it some time after its start, and two studies would both start it.
    It shows the runs that bin/train trains without a study.
    """
    try:
        job.run.folder.mkdir(parents=True, exist_ok=True)
        run_lock = open(job.run.folder / 'study.lock', 'w', encoding='utf-8')  # noqa: SIM115 (until it is trained)
    except OSError:  # which the training says in its own line
        return Turn(job, open(os.devnull, encoding='utf-8'))
    try:
        fcntl.flock(run_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        run_lock.close()
        return None
    if is_being_written(job.run):
        run_lock.close()
        return None
    return Turn(job, run_lock)


def _print_waiting(pending: Sequence[Job]) -> None:
    others = f' and {len(pending) - 3} more' if len(pending) > 3 else ''
    names = ', '.join(job.name for job in pending[:3]) + others
    tqdm.tqdm.write(f'another process is training {names}: waiting for it', file=sys.stderr)
