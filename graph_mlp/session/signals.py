"""Ctrl-C and SIGTERM: an orderly end, and at the second signal an immediate one."""

import signal

from graph_mlp.errors import Interrupted


class Stop:
    """Turns SIGINT and SIGTERM into `Interrupted`, at once or at the next `check`.

    Until `defer` is called nothing needs closing, and the signal raises where it strikes. After it, the signal
    is only noted, and `check`, called between two `session.run`, raises. A second signal ends the process.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self.received: int | None = None
        self._deferred = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> 'Stop':
        self._before = {number: signal.signal(number, self._receive) for number in self.SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
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
        for each in self.SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        if not self._deferred:
            self.check()
