"""Event files: written so that a failed write is known at once, and read back as TensorBoard reads them.

`tf.summary.FileWriter` writes in a thread, which prints a traceback where the disk is full and loses what comes after.
"""

import contextlib
import itertools
import logging
import os
import re
import socket
import stat
import time
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import tensorflow.compat.v1 as tf
from tensorboard.backend.event_processing import event_accumulator

from graph_mlp.store.files import PARTIAL, sync_file

PATTERN = 'events.out.tfevents.*'
_NAME = re.compile(r'events\.out\.tfevents\.(\d{10})(\..*)')
_ALL, _FEW = 0, 1  # how many of a tag's events EventAccumulator keeps


class EventFile:
    """An event file that is being written; every method raises OSError or tf.errors.OpError where it cannot.

    It begins with a SessionLog START at `first_step`, so that TensorBoard drops what was written before from there on.
    """

    def __init__(self, path: Path, first_step: int, opening: Iterable[tf.Event] = ()):
        """Creates the file with these first events; where that fails, no file is left."""
        self.path, self.first_step = path, first_step
        self._records = tf.python_io.TFRecordWriter(str(path))
        try:
            self.write(tf.Event(wall_time=time.time(), file_version='brain.Event:2'))
            self.write(tf.Event(session_log=tf.SessionLog(status=tf.SessionLog.START), step=first_step))
            for event in opening:
                self.write(event)
            self.flush()
        except (OSError, tf.errors.OpError):
            self.abandon()
            with contextlib.suppress(OSError):
                path.unlink()
            raise

    def write(self, event: tf.Event) -> None:
        """Adds an event."""
        self._records.write(event.SerializeToString())

    def flush(self) -> None:
        """Hands what was written to the operating system."""
        self._records.flush()

    def close(self) -> None:
        """Closes the file, all of it on the disk."""
        self._records.close()
        sync_file(self.path)

    def abandon(self) -> None:
        """Closes the file after an error, whatever became of it."""
        with contextlib.suppress(OSError, tf.errors.OpError):
            self._records.close()


def new_path(folder: Path, first_step: int) -> Path:
    """A name for a new event file, which TensorBoard reads after those that are there."""
    _rename_future_files(folder)
    stem = f'events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}.from-epoch-{first_step}.{os.getpid()}'
    paths = (folder / f'{stem}.{number}' for number in itertools.count())
    return next(path for path in paths if not path.exists())


def read_back(folder: Path) -> event_accumulator.EventAccumulator:
    """What TensorBoard makes of the event files in `folder`: every scalar, little of everything else.

    Raises OSError where one of them cannot be read.
    """
    _event_files(folder)
    sizes = dict.fromkeys(event_accumulator.DEFAULT_SIZE_GUIDANCE, _FEW)
    accumulator = event_accumulator.EventAccumulator(str(folder), {**sizes, event_accumulator.SCALARS: _ALL})
    logger = logging.getLogger('tensorboard')
    level = logger.level
    logger.setLevel(logging.ERROR)  # it would warn of every file's graph after the first
    try:
        return accumulator.Reload()
    finally:
        logger.setLevel(level)


def rewrite(folder: Path, opening: Iterable[tf.Event], dropped_tags: Collection[str]) -> None:
    """Replaces the event files in `folder` by one with this opening, and with all their events but those of some tags.

    After a kill on the way TensorBoard shows the same as before it or after it.
    """
    partial = folder / f'{PARTIAL}events'
    file = EventFile(partial, 0, opening)
    for path in _event_files(folder):
        for event in _whole_events(path):
            if event.HasField('session_log') or event.HasField('summary'):
                values = [value for value in event.summary.value if value.tag not in dropped_tags]
                if event.HasField('summary'):
                    event.summary.CopyFrom(tf.Summary(value=values))
                file.write(event)
    file.close()
    path = new_path(folder, 0)
    replaced = _event_files(folder)
    os.rename(partial, path)
    for old in replaced:
        old.unlink()


def remove_partial(folder: Path) -> None:
    """Removes what a kill left of `rewrite`."""
    for path in folder.glob(f'{PARTIAL}*'):
        path.unlink()


def _event_files(folder: Path) -> list[Path]:
    paths = sorted(folder.glob(PATTERN))
    for path in paths:
        if not stat.S_ISREG(path.stat().st_mode):  # TensorFlow would wait for the end of a pipe
            raise OSError(f'{path} is not a regular file: remove it')
    return paths


def _whole_events(path: Path) -> Iterator[tf.Event]:
    """The events in one file, up to its end or to the first that is damaged."""
    with contextlib.suppress(tf.errors.DataLossError):
        yield from tf.train.summary_iterator(str(path))


def _rename_future_files(folder: Path) -> None:
    """Renames files whose name is of a later time than now: a clock set back must not put the new file before them."""
    dated = [(match, path) for path in sorted(folder.iterdir()) if (match := _NAME.fullmatch(path.name))]
    seconds_ahead = max((int(match[1]) for match, _ in dated), default=0) - int(time.time()) + 1
    if seconds_ahead > 0:
        for match, path in dated:  # the oldest first: their order stays if a later one cannot be renamed
            path.rename(path.with_name(f'events.out.tfevents.{int(match[1]) - seconds_ahead:010d}{match[2]}'))
