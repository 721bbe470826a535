"""Training the runs of a study, each in a process of its own, on this machine or on the workers of a dask cluster.

A study gives jobs to an executor of `concurrent.futures`. A job travels as JSON, and `train` starts its process, forked
from a server that has imported TensorFlow: with its own thread pools, random state, signals and log, so that the run is
that of bin/train to the last bit, and takes no other run along when it dies.
"""

import concurrent.futures
import contextlib
import functools
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

import msgspec
import tqdm

from graph_mlp.config import RunConfig
from graph_mlp.errors import GraphMLPError, RunError, reason
from graph_mlp.runtime.process import last_line
from graph_mlp.start import Options, start
from graph_mlp.store.recorded import RecordedRun, readable_run
from graph_mlp.store.run import Run, run_name

POLL_SECONDS = 0.2  # between two looks at a run that another process trains
SERVER_KILLED = 255  # the status that multiprocessing gives a run whose fork server was killed; it may live on
BUSY = 256  # no status of a process: another process trains the run

_lock = threading.Lock()
_running: dict[BaseProcess, str] = {}  # by the study that they belong to
_stopped: set[str] = set()  # studies that start no more runs


class Job(msgspec.Struct, frozen=True):
    """One run to train, as it travels."""

    label: str  # in messages
    tag: str
    config: RunConfig  # its data set included
    options: Options

    @property
    def run(self) -> Run:
        """The run on disk."""
        return Run(Path(self.options.saves), run_name(self.tag, self.config.dataset))


class Outcome(NamedTuple):
    """How a job ended."""

    status: int  # of the process; negative: the signal that killed it
    seconds: float
    message: str = ''  # the last line of its log; empty where it succeeded


def is_finished(run: RecordedRun | None, epochs: int) -> bool:
    """Whether a run has so many epochs, or stopped early, and its model is published."""
    return bool(run and run.has_ended(epochs) and (run.finished_epochs or 0) >= min(len(run.history), epochs))


@contextlib.contextmanager
def executor(study: str, parallel_runs: int, scheduler: str | None) -> Iterator[concurrent.futures.Executor]:
    """An executor of this machine, or of the cluster whose scheduler is at this address.

    Where the block ends by an exception, its runs end in order. Raises RunError where there is no scheduler.
    """
    with contextlib.ExitStack() as stack:
        if scheduler is None:
            threads = concurrent.futures.ThreadPoolExecutor(parallel_runs)
            pool: concurrent.futures.Executor = stack.enter_context(threads)
            end = functools.partial(stop, study)
        else:
            from distributed import Client

            try:
                client = stack.enter_context(Client(scheduler, timeout=10))
            except (OSError, ValueError) as error:
                raise RunError(f'there is no dask scheduler at {scheduler}: {error}') from None
            pool, end = client.get_executor(pure=False), functools.partial(client.run, stop, study)
        try:
            yield pool
        except BaseException:
            end()
            raise


def train_all(study: str, jobs: Sequence[Job], pool: concurrent.futures.Executor) -> Iterator[tuple[Job, Outcome]]:
    """Trains the jobs and yields each as it ends, those last whose run another process trains meanwhile."""
    for waits in (False, True):
        futures = {pool.submit(train, study, msgspec.json.encode(job), waits): job for job in jobs}
        jobs = []
        for future in concurrent.futures.as_completed(futures):
            try:
                outcome = future.result()
            except Exception as error:  # whatever dask raises where workers die again and again
                outcome = Outcome(1, 0.0, f'its worker ended: {reason(error)}')
            if outcome.status == BUSY:
                jobs.append(futures[future])
            else:
                yield futures[future], outcome
        if jobs:
            others = f' and {len(jobs) - 3} more' if len(jobs) > 3 else ''
            names = ', '.join(job.label for job in jobs[:3])
            tqdm.tqdm.write(f'another process is training {names}{others}: waiting for it', file=sys.stderr)


def stop(study: str) -> None:
    """Starts no more runs of this study on this machine, and tells those that are training to end in order."""
    with _lock:
        _stopped.add(study)
        for process, owner in _running.items():
            if owner == study:
                process.terminate()


def train(study: str, encoded: bytes, waits: bool) -> Outcome:
    """Trains a job in a process of its own, if it is not finished already.

    Where another process trains its run, `waits` says whether to wait for that or to return BUSY.
    """
    job, began = msgspec.json.decode(encoded, type=Job), time.perf_counter()
    log = job.run.folder / 'log.txt'
    while True:
        while job.run.is_locked() and study not in _stopped:
            if not waits:
                return Outcome(BUSY, 0.0)
            time.sleep(POLL_SECONDS)
        if study in _stopped:
            return Outcome(-signal.SIGTERM, 0.0)
        if is_finished(readable_run(job.run), job.config.epochs):
            return Outcome(0, time.perf_counter() - began)
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with open(log, 'ab+') as file:
                printed_before = file.tell()
                status = _in_process(study, encoded, log)
                file.seek(printed_before)
                message = last_line(file.read()) if status else ''
        except OSError as error:
            status, message = 1, f'cannot train in {log.parent}: {error.strerror}'
        if not status or not (status == SERVER_KILLED or job.run.is_locked()):  # by a process that was faster
            return Outcome(status, time.perf_counter() - began, message)


@functools.cache
def _context() -> ForkServerContext:
    """The fork server, which imports this copy of the package and nothing of the current folder."""
    path = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get('PYTHONPATH')])]
    os.environ.update(PYTHONSAFEPATH='1', PYTHONPATH=os.pathsep.join(path))
    # A dask worker below a nanny is a daemon, which multiprocessing refuses children.
    multiprocessing.current_process()._config['daemon'] = False  # type: ignore[attr-defined]
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['graph_mlp.study.preload'])
    return context


def _in_process(study: str, encoded: bytes, log: Path) -> int:
    process = _context().Process(target=_become_run, args=(encoded, str(log)))
    with _lock:
        if study in _stopped:
            return -signal.SIGTERM
        process.start()
        _running[process] = study
    multiprocessing.connection.wait([process.sentinel])
    with _lock:  # a start looks at the status of every process too, and it can be read only once
        process.join()
        del _running[process]
    return process.exitcode or 0


def _become_run(encoded: bytes, log: str) -> None:
    """Trains the job in this process; what it prints goes to the log."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the study passes it on as SIGTERM, once
    nothing, printed = os.open(os.devnull, os.O_RDWR), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for source, target in ((nothing, 0), (nothing, 1), (printed, 2)):
        os.dup2(source, target)
    job = msgspec.json.decode(encoded, type=Job)
    given = {name: value for name, value in msgspec.structs.asdict(job.config).items() if name != 'dataset'}
    try:
        start(job.tag, given, job.options)
    except GraphMLPError as error:
        print(f'train: {" ".join(str(error).split())}', file=sys.stderr)
        sys.exit(error.exit_status)
    except Exception as error:
        traceback.print_exc()
        print(f'train: {reason(error)} ({type(error).__name__})', file=sys.stderr)
        sys.exit(1)
