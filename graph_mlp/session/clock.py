"""The clock that training is timed by: it stands still while the process does."""

import threading
import time
from types import TracebackType

BEAT = 0.1  # seconds between two looks at the time
PAUSE = 1.0  # seconds without a look that are no training: the process was stopped or its machine was


class Clock:
    """Seconds that pass while this process can run.

    Linux has no such clock: its monotonic one goes on while a process is stopped (SIGSTOP, Ctrl-Z, a frozen container).
    A thread looks at the time every BEAT seconds, and where PAUSE seconds passed without a look, they do not count. A
    shorter stop counts as training, and so do seconds in which other processes had the processor.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._counted = 0.0
        self._last = time.monotonic()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> 'Clock':
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def seconds(self) -> float:
        """The seconds since the clock was made, without pauses."""
        with self._lock:
            now = time.monotonic()
            passed = now - self._last
            self._counted += passed if passed < PAUSE else 0.0
            self._last = now
            return self._counted

    def _look(self) -> None:
        while not self._ended.wait(BEAT):
            self.seconds()
