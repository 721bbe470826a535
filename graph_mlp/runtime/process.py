"""This process and its machine: cores, processor, and the command line that starts the program once more."""

import contextlib
import os
import platform
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

RUN_BYTES = 5 * 2**28  # the largest memory seen of a run on MNIST, PCA included
_PROGRAM = Path(__file__).parents[1] / '__main__.py'


def available_cores() -> list[int]:
    """The numbers of the processor cores that this process may use."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else list(range(os.cpu_count() or 1))


def available_threads() -> int:
    """How many processor cores this process may use."""
    return len(available_cores())


def max_parallel_runs(threads: int) -> int:
    """How many runs of so many threads this machine's cores and free memory allow, at least one."""
    try:
        free = os.sysconf('SC_AVPHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')
    except (ValueError, OSError):
        free = 2**62
    return max(1, min(available_threads() // threads, free // RUN_BYTES))


def pin(process: int, cores: Iterable[int]) -> None:
    """Holds a process that has just been started, by its id, to these cores, where the system can do that.

    Its threads inherit them, and libraries that ask how many cores there are count these alone.
    """
    if hasattr(os, 'sched_setaffinity'):
        os.sched_setaffinity(process, cores)


def processor_name() -> str:
    """The processor's name where the system tells it, else its architecture."""
    return _cpuinfo('model name') or platform.processor() or platform.machine()


def processor_features() -> str:
    """What code compiled for this processor depends on: its name and, where the system tells it, its instructions."""
    return f'{processor_name()} {_cpuinfo("flags")}'


def own_command(*arguments: Any) -> list[str]:
    """The command line of `graph-mlp ARGUMENTS` under this Python and in this copy of the package.

    It runs a file: `-m` would put the current folder, where the user may keep anything, on Python's path.
    """
    return [sys.executable, str(_PROGRAM), *map(str, arguments)]


def last_line(printed: bytes) -> str:
    """The last line of what a process printed."""
    return (printed.decode(errors='replace').strip().splitlines() or ['it printed no message'])[-1]


def _cpuinfo(field: str) -> str:
    with contextlib.suppress(OSError), open('/proc/cpuinfo', encoding='utf-8', errors='replace') as file:
        for line in file:
            if line.startswith(field):
                return line.split(':', 1)[1].strip()
    return ''
