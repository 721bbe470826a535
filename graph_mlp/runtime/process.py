"""This process and its machine: cores, processor, and the command line that starts the program once more."""

import contextlib
import ctypes
import os
import platform
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_PROGRAM = Path(__file__).parents[1] / '__main__.py'
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # in glibc's malloc.h


def available_cores() -> list[int]:
    """The numbers of the processor cores that this process may use."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else list(range(os.cpu_count() or 1))


def available_threads() -> int:
    """How many processor cores this process may use."""
    return len(available_cores())


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


def return_large_blocks() -> None:
    """From now on a block of memory of 8 MiB or more goes back to the system as soon as it is freed.

    Otherwise glibc, the C library of most Linux systems, keeps blocks of up to 32 MiB for later.
    """
    with contextlib.suppress(AttributeError, OSError):
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, 8 * 2**20)
        # Setting one fixes the other, at 128 KiB, and every product would then ask the system for its buffers anew.
        library.mallopt(_M_TRIM_THRESHOLD, 64 * 2**20)


def return_freed_memory() -> None:
    """Gives small blocks of memory that were freed back to the system, where glibc keeps them for later."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


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
