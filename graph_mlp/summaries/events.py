"""The event files of a run, which TensorBoard reads: its graph, its settings, and the metrics of every epoch.

`tf.summary.FileWriter` writes in a thread, which prints a traceback where the disk is full and loses what comes after.
Here every write is on the disk when it returns, or raises.
"""

import contextlib
import itertools
import os
import re
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow.compat.v1 as tf
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader

from graph_mlp.errors import reason
from graph_mlp.files import commit, partial_folder, sync
from graph_mlp.metrics import Metrics, scalars
from graph_mlp.store.manifest import Manifest
from graph_mlp.summaries import dashboards

_NAME = re.compile(r'events\.out\.tfevents\.(\d{10})\..*')


class EventFile:
    """An event file that is being written; every method raises OSError or tf.errors.OpError where it cannot.

    It begins with a SessionLog START at `first_step`, so that TensorBoard drops what was written before from there on.
    """

    def __init__(self, folder: Path, first_step: int):
        """Creates a file in `folder` that TensorBoard reads after those that are there."""
        # Not before the newest: the clock may have been set back.
        times = [int(match[1]) + 1 for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
        stem = f'events.out.tfevents.{max([int(time.time()), *times]):010d}.{socket.gethostname()}.{os.getpid()}'
        paths = (folder / f'{stem}.{number}' for number in itertools.count())
        self.path = next(path for path in paths if not path.exists())
        self._records = tf.python_io.TFRecordWriter(str(self.path))
        self.write(tf.Event(wall_time=time.time(), file_version='brain.Event:2'))
        self.write(tf.Event(session_log=tf.SessionLog(status=tf.SessionLog.START), step=first_step))

    def write(self, event: tf.Event) -> None:
        """Adds an event."""
        self._records.write(event.SerializeToString())

    def sync(self) -> None:
        """Waits until everything that was written would survive a power failure."""
        self._records.flush()
        sync(self.path)

    def close(self) -> None:
        """Closes the file, whatever became of it."""
        with contextlib.suppress(OSError, tf.errors.OpError):
            self._records.close()


class Events:
    """What TensorBoard shows of one run: each epoch once, also after a kill.

    A training state names the event files that show its epochs, with their bytes. A run resumes in a new file, which
    drops what a killed process wrote beyond its state; where a file is missing or shorter, it holds the whole history.
    An event's time is the start of the run plus the seconds spent training until then: TensorBoard's Relative axis is
    then training time, without evaluation, compilation and interruptions.
    """

    def __init__(self, folder: Path, manifest: Manifest, graph_def: tf.GraphDef, history: Sequence[Metrics]):
        """Opens a file for the epochs that follow `history`; raises OSError or tf.errors.OpError."""
        self._folder, self._manifest, self._graph_def = folder, manifest, graph_def
        self._history = list(history)
        self._times = list(itertools.accumulate((row.train_seconds for row in history), initial=manifest.started))
        folder.mkdir(parents=True, exist_ok=True)
        self._renew_settings()
        self._earlier = dict(manifest.events)
        sizes = {folder / name: size for name, size in self._earlier.items()}
        is_shown = all(path.is_file() and path.stat().st_size >= size for path, size in sizes.items())
        self._open(len(history) if is_shown and self._earlier else 0)

    def add(self, metrics: Metrics, histograms: Sequence[bytes] = ()) -> None:
        """Writes the scalars of an epoch at step = epoch, as the notebook's `add_summary(..., epoch)` did.

        Args: histograms, serialized summaries. Raises OSError or tf.errors.OpError.
        """
        self._history.append(metrics)
        self._times.append(self._times[-1] + metrics.train_seconds)
        if self._file.path.exists():
            self._write(metrics.epoch, _scalars(metrics))
        else:
            print(f'warning: {self._file.path} has disappeared: writing the whole history again', file=sys.stderr)
            self._file.close()
            self._open(0)
        for summary in histograms:
            self._write(metrics.epoch, tf.Summary.FromString(summary))
        self._file.sync()

    def add_pictures(self, metrics: Metrics, images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> None:
        """Writes which images the trained network misclassifies, and that the run is finished.

        A picture that cannot be drawn is a warning. Raises OSError or tf.errors.OpError.
        Args: metrics of the published epoch; test images uint8 [n, pixels]; labels int32 [n]; probabilities float32
        [n, classes].
        """
        try:
            self._write(metrics.epoch, dashboards.pictures(images, labels, probabilities, self._manifest))
        except Exception as error:  # whatever Matplotlib and its settings can raise
            print(f'warning: the pictures of the mistakes are not drawn: {reason(error)}', file=sys.stderr)
        self._write(metrics.epoch, dashboards.session_end())
        self._file.sync()

    def sizes(self) -> dict[str, int]:
        """The event files that show the history so far, and their bytes."""
        return {**self._earlier, self._file.path.name: self._file.path.stat().st_size}

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _renew_settings(self) -> None:
        """Tells the first file that a run is resumed to more epochs: TensorBoard keeps the settings it reads first."""
        [new] = dashboards.session_start(self._manifest).value
        for path in sorted(self._folder.glob('events.out.tfevents.*'))[:1]:
            events, is_changed = [], False
            for record in RawEventFileLoader(str(path)).Load():
                events.append(tf.Event.FromString(record))
                for old in (value for value in events[-1].summary.value if value.tag == new.tag):
                    if old == new:  # before the epochs are read
                        return
                    old.CopyFrom(new)
                    is_changed = True
            if not is_changed:
                return
            with partial_folder(self._folder) as partial:
                with tf.python_io.TFRecordWriter(str(partial / path.name)) as records:
                    for event in events:
                        records.write(event.SerializeToString())
                commit(partial / path.name, path)

    def _open(self, first_step: int) -> None:
        """Begins a file with the graph and the settings, and with the epochs of the history from `first_step` on."""
        self._earlier = self._earlier if first_step else {}
        self._file = EventFile(self._folder, first_step)
        now = time.time()
        self._file.write(tf.Event(wall_time=now, graph_def=self._graph_def.SerializeToString()))
        for summary in dashboards.opening(self._manifest):
            self._file.write(tf.Event(wall_time=now, step=first_step, summary=summary))
        for metrics in self._history[first_step:]:
            self._write(metrics.epoch, _scalars(metrics))
        self._file.sync()

    def _write(self, epoch: int, summary: tf.Summary) -> None:
        self._file.write(tf.Event(wall_time=self._times[epoch + 1], step=epoch, summary=summary))


def _scalars(metrics: Metrics) -> tf.Summary:
    values = {scalar: getattr(metrics, field) for field, scalar in scalars().items()}
    return tf.Summary(
        value=[tf.Summary.Value(tag=tag, simple_value=value) for tag, value in values.items() if value is not None]
    )
