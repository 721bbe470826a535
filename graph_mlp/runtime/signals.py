"""Ctrl-C, SIGTERM, SIGHUP and SIGUSR1: an orderly end, and at the second signal an immediate one."""

import signal
from typing import Any

from graph_mlp.errors import Interrupted


class Stop:
    """Turns these signals into `Interrupted`, at once or at the next `check`.

    Until `defer` is called nothing needs closing, and the signal raises where it strikes. After it, the signal
    is only noted, and `check`, called between two `session.run`, raises. A second signal ends the process.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)  # the last: a scheduler's warning

    def __init__(self) -> None:
        self.received: int | None = None
        self._deferred = False
        self._previous_handlers: dict[int, Any] = {}

    def __enter__(self) -> 'Stop':
        for number in self.SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores SIGHUP, and means it
                self._previous_handlers[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous_handlers.items():
            signal.signal(number, handler)

    def defer(self) -> None:
        """From now on a signal waits for the next `check`."""
        self._deferred = True

    def check(self) -> None:
        """Raises Interrupted if a signal has come."""
        if self.received is not None:
            raise Interrupted(self.received, f'{signal.Signals(self.received).name} received')

    def _receive(self, number: int, frame: object) -> None:
        self.received = number
        for signal_number in self.SIGNALS:
            signal.signal(signal_number, signal.SIG_DFL)
        if not self._deferred:
            self.check()
