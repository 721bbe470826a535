"""Training runs by shared workers, several at a time, on this machine or on those of a dask cluster."""

import concurrent.futures
import contextlib
import os
import signal
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from graph_mlp.analysis.turns import Job as Job
from graph_mlp.analysis.turns import Turn, Turns
from graph_mlp.analysis.workers import Pool, WorkerEnded
from graph_mlp.runtime.process import available_threads, last_line

RUN_BYTES = 5 * 2**28  # the largest memory seen of a run on MNIST, PCA included
_pool = Pool()


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


def run_jobs(jobs: Sequence[Job], parallel_runs: int, dask: str | None) -> Iterator[Outcome]:
    """Runs the jobs, `parallel_runs` at a time here, or on the cluster of the scheduler at `dask`; yields as they end.

    A run whose process is killed ends as failed; the run of a worker that is killed goes on under another worker from
    its last checkpoint. The workers are kept for the next call. Raises RunError where there is no scheduler at `dask`.
    """
    _pool.stopping.clear()
    try:
        yield from _in_threads(jobs, parallel_runs) if dask is None else _on_cluster(jobs, dask)
    except BaseException:
        stop_children()
        raise


def execute(job: Job) -> Outcome:
    """Waits until no other process is training the run, and trains it."""
    turn = Turns([job], _pool.stopping).next()
    return _train(turn) if turn else Outcome(job, -signal.SIGTERM, 0.0, '')


def stop_children() -> None:
    """Starts no more runs, ends those that are training on this machine in order, and waits for their end."""
    _pool.stop()


def _in_threads(jobs: Sequence[Job], parallel_runs: int) -> Iterator[Outcome]:
    turns = Turns(jobs, _pool.stopping)
    executor = concurrent.futures.ThreadPoolExecutor(parallel_runs)
    futures = [executor.submit(_train_next, turns) for _ in jobs]
    yield from filter(None, (future.result() for future in concurrent.futures.as_completed(futures)))


def _on_cluster(jobs: Sequence[Job], address: str) -> Iterator[Outcome]:
    import joblib

    with _cluster(address), joblib.parallel_config(backend='dask', n_jobs=-1):
        parallel = joblib.Parallel(batch_size=1, pre_dispatch='all', return_as='generator_unordered')
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


def _train_next(turns: Turns) -> Outcome | None:
    turn = turns.next()
    return _train(turn) if turn else None


def _train(turn: Turn) -> Outcome:
    job, start = turn.job, time.perf_counter()
    with turn.run_lock:
        if job.is_finished:
            return Outcome(job, 0, 0.0, '')
        try:
            status, message = _status_and_message(turn)
        except WorkerEnded as error:
            status, message = error.status or 1, f'its worker ended: {error}'
        except OSError as error:
            status, message = 1, f'cannot train in {job.run.folder}: {error.strerror}'
    return Outcome(job, status, time.perf_counter() - start, message)


def _status_and_message(turn: Turn) -> tuple[int, str]:
    """Of the run; where its worker dies, under a second worker. Raises WorkerEnded where that dies too, OSError."""
    job, path = turn.job, turn.job.run.folder / 'log.txt'
    with open(path, 'ab+') as log:
        printed_before = log.tell()
        try:
            status = _pool.train(job.arguments, path, turn.run_lock, job.threads)
        except WorkerEnded:
            status = _pool.train(job.arguments, path, turn.run_lock, job.threads)
        log.seek(printed_before)
        return status, last_line(log.read()) if status else ''
