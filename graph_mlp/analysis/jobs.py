"""Training runs as separate processes, several at a time, on this machine or on those of a dask cluster."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from graph_mlp.runtime.process import available_threads, own_command
from graph_mlp.store.lock import is_being_written
from graph_mlp.store.runs import Run

RUN_BYTES = 5 * 2**28  # the largest memory seen of a run on MNIST, PCA included
_children: set[subprocess.Popen[str]] = set()
_stopping = threading.Event()


class Job(NamedTuple):
    """One run to train: plain values, so that it can travel to another machine."""

    name: str  # in messages
    saves: str  # the saves folder
    run: str  # the name of its folder in saves/runs
    arguments: tuple[str, ...]  # of bin/train
    threads: int


class Outcome(NamedTuple):
    """How a job ended."""

    job: Job
    status: int  # of the process; negative: the signal that killed it
    seconds: float
    message: str  # the last line on stderr; empty where it succeeded


def max_parallel_runs(threads: int) -> int:
    """How many runs of so many threads this machine's cores and free memory allow, at least one."""
    try:
        free = os.sysconf('SC_AVPHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')
    except (ValueError, OSError):
        free = 2**62
    return max(1, min(available_threads() // threads, free // RUN_BYTES))


def execute(job: Job) -> Outcome:
    """Trains one run in a process of its own and waits for its end.

    The runs of a study that was killed may still be training; such a run is waited for and then needs no training.
    """
    start = time.perf_counter()
    while is_being_written(Run(Path(job.saves), job.run)) and not _stopping.wait(0.2):
        pass
    if _stopping.is_set():
        return Outcome(job, -signal.SIGTERM, 0.0, '')
    # NumPy's own threads too, so that a PCA is the same to the last bit wherever it is fitted.
    threads = dict.fromkeys(('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'), str(job.threads))
    process = subprocess.Popen(
        own_command('train', *job.arguments),
        env={**os.environ, **threads},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors='replace',
    )
    _children.add(process)
    try:
        _, stderr = process.communicate()
    finally:
        _children.discard(process)
    lines = stderr.strip().splitlines() or ['it printed no message']
    return Outcome(job, process.returncode, time.perf_counter() - start, lines[-1] if process.returncode else '')


def run_jobs(jobs: Sequence[Job], parallel_runs: int, dask: str | None) -> Iterator[Outcome]:
    """Runs the jobs, `parallel_runs` at a time here, or on the cluster of the scheduler at `dask`; yields as they end.

    A run whose process is killed ends as failed. On a cluster, the run of a worker that is killed goes on under
    another worker from its last checkpoint. Raises RunError where there is no scheduler at `dask`.
    """
    import joblib

    _stopping.clear()
    with contextlib.ExitStack() as stack:
        settings: dict[str, Any] = {'backend': 'threading', 'n_jobs': parallel_runs}
        if dask is not None:
            stack.enter_context(_cluster(dask))
            settings = {'backend': 'dask', 'n_jobs': -1}
        stack.enter_context(joblib.parallel_config(**settings))
        parallel = joblib.Parallel(batch_size=1, pre_dispatch='all', return_as='generator_unordered')
        stack.callback(stop_children)
        yield from parallel(joblib.delayed(execute)(job) for job in jobs)


@contextlib.contextmanager
def _cluster(address: str) -> Iterator[None]:
    from distributed import Client

    from graph_mlp.errors import RunError

    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise RunError(f'there is no dask scheduler at {address}: {error}') from None
    with client:
        yield


def stop_children() -> None:
    """Starts no more runs, sends SIGTERM to those that are training on this machine, and waits for their end."""
    _stopping.set()
    for process in [*_children]:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
    for process in [*_children]:
        process.wait()
