"""history.csv: a line per epoch that is only ever appended, each with a checksum over all lines so far.

The last column is the first 16 hex digits of the SHA-256 of the checksum before it, a comma and the line. A training
state names the number of lines that belong to it and the last one's checksum: it vouches for a history of any length
in a few bytes. Before version 1.4 the column was missing and a state held the whole history.
"""

import hashlib
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from graph_mlp.data.regular import open_regular
from graph_mlp.store.files import replacing
from graph_mlp.store.history import Epoch

COLUMNS = (*Epoch._fields, 'checksum')
_LONGEST_LINE = 1_000  # bytes; one takes about 230


class HistoryEnd(NamedTuple):
    """How long a history is, and the checksum of its last line; '' before the first."""

    epochs: int
    checksum: str


class HistoryFile(NamedTuple):
    """What a history.csv holds, up to the first line that is damaged."""

    epochs: list[Epoch]
    checksums: list[str]  # of each line
    complaint: str | None  # why reading stopped after these lines; None: the end of the file was reached
    is_checked: bool  # False: an older version wrote it, without checksums
    is_cut_short: bool  # within its last line

    def up_to(self, end: HistoryEnd) -> list[Epoch] | None:
        """The epochs that `end` vouches for, or None where they are not all here."""
        checksums = ['', *self.checksums]
        is_here = end.epochs < len(checksums) and checksums[end.epochs] == end.checksum
        return self.epochs[: end.epochs] if is_here else None


def read_history(path: Path) -> HistoryFile:
    """Reads a history.csv of this version or an older one; raises ValueError where it is none, OSError."""
    epochs: list[Epoch] = []
    checksums: list[str] = []
    with open_regular(path) as file:
        header = file.readline(_LONGEST_LINE).decode('ascii', 'replace').rstrip('\n').split(',')
        if tuple(header) not in (COLUMNS, Epoch._fields):
            raise ValueError('it has other columns')
        is_checked = tuple(header) == COLUMNS
        complaint = None
        while line := file.readline(_LONGEST_LINE):
            try:
                epoch, checksum = _parsed(line, len(epochs), checksums[-1] if checksums else '', is_checked)
            except ValueError as error:
                complaint = f'line {len(epochs) + 2}: {error}'
                break
            epochs.append(epoch)
            checksums.append(checksum)
    is_cut_short = complaint is not None and not line.endswith(b'\n')
    return HistoryFile(epochs, checksums, complaint, is_checked, is_cut_short)


def write_history(path: Path, history: Sequence[Epoch]) -> HistoryEnd:
    """Makes `history` the content of `path`, which is left alone where it is that already; raises OSError."""
    end, lines = HistoryEnd(0, ''), [','.join(COLUMNS) + '\n']
    for epoch in history:
        line, end = _line(epoch, end)
        lines.append(line)
    content = ''.join(lines).encode()
    if not path.is_file() or path.read_bytes() != content:
        with replacing(path) as file:
            file.write(content)
    return end


def append_epoch(path: Path, epoch: Epoch, end: HistoryEnd, is_synced: bool) -> HistoryEnd:
    """Adds a line to a history that ends at `end`; returns where it ends now.

    Args: is_synced, whether to wait until the line survives a power failure. Raises OSError where the line cannot be
    written, and then leaves none of it behind.
    """
    line, new_end = _line(epoch, end)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)  # without O_CREAT: a file that was removed is an error
    try:
        size = os.fstat(descriptor).st_size
        try:
            content = line.encode()
            while content:
                content = content[os.write(descriptor, content) :]
            if is_synced:
                os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
    return new_end


def _line(epoch: Epoch, end: HistoryEnd) -> tuple[str, HistoryEnd]:
    values = ','.join(map(str, epoch))
    checksum = _chained(end.checksum, values)
    return f'{values},{checksum}\n', HistoryEnd(end.epochs + 1, checksum)


def _chained(before: str, values: str) -> str:
    return hashlib.sha256(f'{before},{values}'.encode()).hexdigest()[:16]


def _parsed(line: bytes, number: int, before: str, is_checked: bool) -> tuple[Epoch, str]:
    text = line.decode('ascii')
    if not text.endswith('\n'):
        raise ValueError('it is cut short')
    values, _, checksum = text[:-1].rpartition(',') if is_checked else (text[:-1], '', '')
    expected = _chained(before, values)
    if is_checked and checksum != expected:
        raise ValueError('it does not have the checksum that was written with it')
    first, *others = values.split(',')
    if len(others) != len(Epoch._fields) - 1:
        raise ValueError('it has another number of columns')
    epoch = Epoch(int(first), *map(float, others))
    if epoch.epoch != number:
        raise ValueError('its epochs are not 0, 1, 2, ...')
    if not all(map(math.isfinite, epoch)):
        raise ValueError('it holds numbers that are not finite')
    return epoch, expected
