"""`graph-mlp worker`, which bin/study starts: imports TensorFlow once, and trains many runs.

Its stdin is a socket. For every run it receives {"arguments": of bin/train, "log": a file} as JSON and with it an open
file, whose lock says that the run is being trained; on stdout it answers {"status": N} when the run has ended: its exit
status, or, negative, the signal that killed it. A run is trained in a fork of this process, so each is a process of its
own, as if it had been started by bin/train: with its own thread pools, random state, signals and XLA, and its memory is
given back. What it prints goes to its log.

The worker ends with the socket's end, after SIGTERM, or when nothing has been asked of it for a minute. A run that it
is training ends first: by itself, or after SIGTERM in order.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
from typing import TextIO

from graph_mlp.cli.arguments import Parser
from graph_mlp.cli.main import main as graph_mlp_main
from graph_mlp.runtime.startup import quiet_tensorflow

IDLE_SECONDS = 60.0
_MOST_BYTES = 2**16  # of a request: a command line
_SIGTERM = {signal.SIGTERM}


def main(arguments: list[str]) -> int:
    """Parses the empty command line, imports, and serves."""
    # Ctrl-C reaches every process of the terminal; the study passes it on as SIGTERM, once, to whom it concerns.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    Parser('worker', 'Trains runs that bin/study asks for on stdin.').parse_args(arguments)
    _import_all()
    gc.freeze()  # a collection in a fork would otherwise copy every page of what is imported here
    Worker(os.fdopen(os.dup(1), 'w', encoding='utf-8')).serve()
    return 0


def _import_all() -> None:
    """Everything that a run imports and nothing that starts a thread, which a fork would not have."""
    import numpy as np

    with quiet_tensorflow():
        import graph_mlp.session.train
    import sklearn.datasets
    import sklearn.decomposition  # noqa: F401

    import graph_mlp.cli.train  # noqa: F401
    from graph_mlp.plots.mistakes import confusion_matrix
    from graph_mlp.plots.style import rendered

    rendered(confusion_matrix(np.eye(10, dtype=int)))  # loads matplotlib's fonts and Pillow's formats


class Worker:
    """Forks once for every request."""

    def __init__(self, replies: TextIO):
        self._replies = replies
        self._child: int | None = None
        self._is_stopping = False
        signal.signal(signal.SIGTERM, self._stop)

    def serve(self) -> None:
        """Answers requests until there are no more."""
        with socket.socket(fileno=os.dup(0)) as requests:
            while not self._is_stopping and select.select([requests], [], [], IDLE_SECONDS)[0]:
                request, run_locks, _, _ = socket.recv_fds(requests, _MOST_BYTES, 1)
                if not request:
                    return
                status = self._train(**json.loads(request))
                for run_lock in run_locks:
                    os.close(run_lock)
                with contextlib.suppress(BrokenPipeError):  # the study was killed, its run is finished nevertheless
                    print(json.dumps({'status': status}), file=self._replies, flush=True)

    def _train(self, arguments: list[str], log: str) -> int:
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGTERM)  # until it is known who is to get it
        child = os.fork()
        if child == 0:
            # It keeps the lock and stdout open, so that both show its end where it outlives this worker.
            _run(arguments, log)
        self._child = child
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGTERM)
        _, status = os.waitpid(child, 0)
        self._child = None
        return os.waitstatus_to_exitcode(status)

    def _stop(self, number: int, frame: object) -> None:
        self._is_stopping = True
        if self._child is None:
            os._exit(128 + number)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGTERM)


def _run(arguments: list[str], log: str) -> None:
    """Becomes `bin/train ARGUMENTS`, in this fork, and never returns."""
    status = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        nothing, printed = os.open(os.devnull, os.O_RDWR), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for source, target in ((nothing, 0), (nothing, 1), (printed, 2)):
            os.dup2(source, target)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGTERM)
        status = graph_mlp_main(['train', *arguments])
    except SystemExit as end:  # of the parser of the command line
        status = end.code if isinstance(end.code, int) else 0
    finally:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(status)
