"""Where the seconds and the memory of a command go: the table that `bin/train --timings` ends with."""

import os
import resource
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

STAGES = ('import', 'data', 'build', 'compile', 'steps', 'evaluation', 'files')
_MIB_PER_UNIT = 2**-20 if sys.platform == 'darwin' else 2**-10  # getrusage counts bytes there, kibibytes elsewhere


class Stage(NamedTuple):
    """What a command did in its stages of one name, all together."""

    seconds: float = 0.0
    peak_mib: float | None = None  # the most memory the process had held until its last such stage ended; None: no such


class Timings:
    """A stop watch that is always in one stage: beginning a stage ends the one before."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, started: float | None = None):
        """Begins in the stage 'import', at the time `started` of the clock (default: now)."""
        self._clock = clock
        self._stages = dict.fromkeys(STAGES, Stage())
        self._current = STAGES[0]
        self._since = clock() if started is None else started

    def begin(self, stage: str) -> None:
        """From here on the seconds are those of `stage`, one of STAGES; KeyError for another."""
        if stage not in self._stages:
            raise KeyError(stage)
        now = self._clock()
        seconds = self._stages[self._current].seconds + now - self._since
        self._stages[self._current] = Stage(seconds, peak_mib())
        self._current, self._since = stage, now

    def table(self) -> list[str]:
        """A line per stage: seconds, their share, and the peak of the memory until then; a last one for all."""
        self.begin(self._current)
        total = sum(stage.seconds for stage in self._stages.values())
        rows = [*self._stages.items(), ('all', Stage(total, peak_mib()))]
        lines = [f'{"stage":<10} {"seconds":>9} {"share":>6} {"peak MiB so far":>16}']
        for name, (seconds, peak) in rows:
            memory = '' if peak is None else f'{peak:.0f}'
            lines.append(f'{name:<10} {seconds:>9.2f} {seconds / max(total, 1e-9):>6.0%} {memory:>16}'.rstrip())
        return lines


def peak_mib() -> float:
    """The most memory that this process has held so far, in MiB (resident set size)."""
    try:
        with open('/proc/self/status', encoding='utf-8') as file:
            return next(int(line.split()[1]) for line in file if line.startswith('VmHWM:')) / 1024
    except (OSError, StopIteration):  # not Linux; there, getrusage would begin at what the parent process held
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MIB_PER_UNIT


def process_started() -> float:
    """When this process was started, on the clock of `time.monotonic`; now, where the system does not tell it."""
    try:
        with open('/proc/self/stat', encoding='utf-8') as file:
            ticks = int(file.read().rpartition(')')[2].split()[19])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf('SC_CLK_TCK')
    except (OSError, ValueError, IndexError, AttributeError):
        return time.monotonic()
    return time.monotonic() - max(age, 0.0)
