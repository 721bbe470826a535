"""Where the seconds and the memory of a command go: the table that `bin/train --timings` ends with."""

import os
import resource
import sys
import time

STAGES = ('import', 'data', 'build', 'compile', 'train', 'files')
_seconds = dict.fromkeys(STAGES, 0.0)
_peaks: dict[str, float] = {}  # MiB that the process had held at most when the stage last ended
_current, _since = STAGES[0], time.monotonic()


def stage(name: str) -> None:
    """From here on the seconds are those of `name`, one of STAGES; the first stage begins with the process."""
    global _current, _since
    now = time.monotonic()
    _seconds[_current] += now - _since
    _peaks[_current] = peak_mib()
    _current, _since = name, now


def table() -> list[str]:
    """A line per stage: seconds, their share, and the peak of the memory until then; a last one for all."""
    stage(_current)
    total = sum(_seconds.values()) + _seconds_before_import()
    lines = [f'{"stage":<10} {"seconds":>9} {"share":>6} {"peak MiB so far":>16}']
    rows = {**_seconds, STAGES[0]: _seconds[STAGES[0]] + _seconds_before_import(), 'all': total}
    for name, seconds in rows.items():
        memory = f'{_peaks[name]:.0f}' if name in _peaks else f'{peak_mib():.0f}' if name == 'all' else ''
        lines.append(f'{name:<10} {seconds:>9.2f} {seconds / max(total, 1e-9):>6.0%} {memory:>16}'.rstrip())
    return lines


def peak_mib() -> float:
    """The most memory that this process has held so far, in MiB (resident set size)."""
    try:
        with open('/proc/self/status', encoding='utf-8') as file:
            return next(int(line.split()[1]) for line in file if line.startswith('VmHWM:')) / 1024
    except (OSError, StopIteration):  # not Linux; there getrusage counts bytes on macOS, kibibytes elsewhere
        unit = 2**-20 if sys.platform == 'darwin' else 2**-10
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


_IMPORTED = time.monotonic()


def _seconds_before_import() -> float:
    """From the start of this process to this module's import; 0 where the system does not tell it."""
    try:
        with open('/proc/self/stat', encoding='utf-8') as file:
            ticks = int(file.read().rpartition(')')[2].split()[19])
        started = ticks / os.sysconf('SC_CLK_TCK') - time.clock_gettime(time.CLOCK_BOOTTIME) + time.monotonic()
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0
    return max(_IMPORTED - started, 0.0)
