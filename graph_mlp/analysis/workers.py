"""Processes that have imported TensorFlow and train run after run, and the pool of those that are idle."""

import collections
import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import IO

from graph_mlp.runtime.process import last_line, own_command


class WorkerEnded(Exception):
    """A worker ended before its run had; the message is its own last line."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status  # negative: the signal that killed it


class Worker:
    """One process of `graph-mlp worker`, for runs of so many threads."""

    def __init__(self, threads: int):
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 (as long as the process)
        # NumPy's own threads too, so that a PCA is the same to the last bit wherever it is fitted.
        limits = dict.fromkeys(('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'), str(threads))
        self._requests, its_end = socket.socketpair()
        with its_end:
            self._process = subprocess.Popen(
                own_command('worker'), env={**os.environ, **limits}, stdin=its_end.fileno(), stdout=subprocess.PIPE,
                stderr=self._stderr,
            )  # fmt: skip

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def train(self, arguments: tuple[str, ...], log: Path, run_lock: IO[str]) -> int:
        """Trains the run of `bin/train ARGUMENTS`, what it prints appended to `log`; returns its exit status.

        Negative: the signal that killed the run. The run holds the open file `run_lock` until its end, also where this
        process has been killed before. Raises WorkerEnded, once the worker and its run have both ended.
        """
        assert self._process.stdout
        request = json.dumps({'arguments': arguments, 'log': str(log)}).encode()
        with contextlib.suppress(OSError):
            socket.send_fds(self._requests, [request], [run_lock.fileno()])
        reply = self._process.stdout.readline()
        if not reply:
            status = self._process.wait()
            self._stderr.seek(0)
            message = last_line(self._stderr.read())
            self.close()
            raise WorkerEnded(message, status)
        return int(json.loads(reply)['status'])

    def terminate(self) -> None:
        """Sends SIGTERM: a run that is training ends in order, and the worker after it."""
        self._process.terminate()

    def close(self) -> None:
        """Waits for the worker's end, which is at once where it trains nothing."""
        self._requests.close()
        self._process.wait()
        self._stderr.close()


class Pool:
    """The workers of this process, and whether they are to stop."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._workers: set[Worker] = set()
        self._idle: dict[int, list[Worker]] = collections.defaultdict(list)  # by threads

    def train(self, arguments: tuple[str, ...], log: Path, run_lock: IO[str], threads: int) -> int:
        """`Worker.train` by an idle worker or else a new one; raises WorkerEnded where it died or all are to stop."""
        with self._lock:
            if self.stopping.is_set():
                raise WorkerEnded('stopped', -signal.SIGTERM)
            idle = self._idle[threads]
            while idle and idle[-1].has_ended:  # nothing was asked of it for too long
                ended = idle.pop()
                ended.close()
                self._workers.discard(ended)
            worker = idle.pop() if idle else Worker(threads)
            self._workers.add(worker)
        try:
            status = worker.train(arguments, log, run_lock)
        except WorkerEnded:
            with self._lock:
                self._workers.discard(worker)
            raise
        with self._lock:
            if worker in self._workers:
                self._idle[threads].append(worker)
        return status

    def stop(self) -> None:
        """Starts no more workers, sends SIGTERM to all and waits for their end; `stopping.clear()` begins anew."""
        with self._lock:
            self.stopping.set()
            workers, self._workers = self._workers, set()
            self._idle.clear()
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.close()
