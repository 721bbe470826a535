"""What TensorBoard shows: the graph, and the figures of every epoch."""

import itertools
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.errors import RunError, reason
from graph_mlp.store.history import Epoch
from graph_mlp.summaries.dashboards import HPARAMS_TAGS, has_other_hparams
from graph_mlp.summaries.event_file import EventFile, new_path, read_back, remove_partial, rewrite

# The notebook's one scalar keeps its name and stands alone; the others are grouped by the part before the slash.
SCALARS = {
    'Accuracy': 'test_accuracy',
    'test/accuracy_moving_averages': 'test_accuracy_moving',
    'test/loss': 'test_loss',
    'test/loss_moving_averages': 'test_loss_moving',
    'validation/accuracy': 'validation_accuracy',
    'validation/accuracy_moving_averages': 'validation_accuracy_moving',
    'validation/loss': 'validation_loss',
    'validation/loss_moving_averages': 'validation_loss_moving',
    'train/accuracy': 'train_accuracy',
    'train/loss': 'train_loss',
    'time/epoch_seconds': 'train_seconds',
}


class Summaries:
    """The event files of one run, written after every epoch so that TensorBoard shows each epoch exactly once.

    What earlier processes wrote is read back first, and what it lacks is written again. A failed write is a warning on
    stderr; the epochs that it concerns are written to a new file with the next epoch.

    An event's time is the start of the run (`started`, seconds since 1970) plus the seconds spent training until then:
    TensorBoard's Relative axis is then training time, without evaluation, compilation and interruptions.
    """

    def __init__(
        self,
        folder: Path,
        graph_def: tf.GraphDef,
        history: list[Epoch],
        started: float,
        opening: Sequence[tf.Summary] = (),
    ):
        """`opening` are the first summaries of every file: hparams and layout.

        Raises RunError where nothing can be written to `folder`, or its files cannot be read.
        """
        self._folder, self._graph_def = folder, graph_def
        self._started, self._opening = started, opening
        self._file: EventFile | None = None
        self._failure: str | None = None
        self._history = history
        self._other_events: dict[int, Sequence[tf.Summary | bytes]] = {}  # by epoch, as long as they are not written
        self._times: list[float] = []  # of every epoch's events
        try:
            self._written = self._prepare(history)  # epochs of which TensorBoard shows every figure
            self._write_missing(history)
        except (OSError, tf.errors.OpError) as error:
            raise RunError(
                f'cannot write events to {folder}: {reason(error)}; make room or mend that folder, then the same '
                'command goes on'
            ) from None

    def add(self, history: list[Epoch], other_events: Sequence[tf.Summary | bytes] = ()) -> None:
        """Writes every scalar of the last epoch at step = epoch, as the notebook's `add_summary(..., epoch)` did.

        `other_events` are written at the same step. Where the file has been deleted, a new one gets the whole history.
        """
        self._history, number = history, history[-1].epoch
        self._other_events[number] = (*self._other_events.get(number, ()), *other_events)
        try:
            self._write_missing(history)
            self._failure = None
        except (OSError, tf.errors.OpError) as error:
            self._fail(error)

    def close(self) -> None:
        """Closes the file, all of it on the disk; what could not be written before is tried a last time."""
        try:
            if self._failure:
                self._write_missing(self._history)
                self._failure = None
            if self._file:
                self._file.close()
        except (OSError, tf.errors.OpError) as error:
            self._written = self._file.first_step if self._file else 0
            self._fail(error)
        self._file = None

    def check(self) -> None:
        """Raises RunError where TensorBoard does not show every epoch because the last writes failed."""
        if self._failure:
            raise RunError(
                f'the curves in {self._folder} lack what came from epoch {self._written} on: {self._failure}; make '
                'room or mend that folder, then the same command, without --overwrite, writes it'
            )

    def _prepare(self, history: list[Epoch]) -> int:
        """How many epochs of `history` stand in the files that are there already."""
        self._folder.mkdir(parents=True, exist_ok=True)
        remove_partial(self._folder)
        present = read_back(self._folder)
        if has_other_hparams(present.summary_metadata, self._opening):
            # TensorBoard keeps the first that it reads of a run.
            rewrite(self._folder, self._opening_events(0), HPARAMS_TAGS)
        shown: dict[str, dict[int, list[float]]] = {tag: {} for tag in SCALARS}
        for tag in SCALARS.keys() & present.Tags()['scalars']:
            for event in present.Scalars(tag):
                shown[tag].setdefault(event.step, []).append(event.value)
        whole = itertools.takewhile(lambda epoch: _is_shown(epoch, shown), history)
        return sum(1 for _ in whole)

    def _fail(self, error: Exception) -> None:
        if not self._failure:
            print(
                f'warning: cannot write events to {self._folder}: {reason(error)}; trying again after every epoch',
                file=sys.stderr,
            )
        self._failure = reason(error)
        if self._file:
            self._file.abandon()
            self._file = None

    def _write_missing(self, history: list[Epoch]) -> None:
        if self._file and not self._file.path.exists():
            print(f'warning: {self._file.path} has disappeared: writing the whole history again', file=sys.stderr)
            self._file.abandon()
            self._file, self._written = None, 0
        if self._file is None:
            path = new_path(self._folder, self._written)
            self._file = EventFile(path, self._written, self._opening_events(self._written))
        for epoch in history[len(self._times) :]:
            self._times.append((self._times or [self._started])[-1] + epoch.train_seconds)
        for epoch in history[self._written :]:
            self._write(epoch.epoch, _scalars(epoch))
        for number, summaries in self._other_events.items():
            for summary in summaries:
                self._write(number, tf.Summary.FromString(summary) if isinstance(summary, bytes) else summary)
        self._file.flush()
        self._written = len(history)
        self._other_events.clear()

    def _write(self, number: int, summary: tf.Summary) -> None:
        if self._file:
            self._file.write(tf.Event(wall_time=self._times[number], step=number, summary=summary))

    def _opening_events(self, step: int) -> list[tf.Event]:
        graph = tf.Event(wall_time=time.time(), graph_def=self._graph_def.SerializeToString())
        return [graph, *(tf.Event(wall_time=time.time(), step=step, summary=summary) for summary in self._opening)]


def _is_shown(epoch: Epoch, shown: dict[str, dict[int, list[float]]]) -> bool:
    """Whether TensorBoard shows every scalar of the epoch, and each once."""
    return all(
        shown[tag].get(epoch.epoch) == [float(np.float32(getattr(epoch, field)))] for tag, field in SCALARS.items()
    )


def _scalars(epoch: Epoch) -> tf.Summary:
    return tf.Summary(
        value=[tf.Summary.Value(tag=tag, simple_value=getattr(epoch, field)) for tag, field in SCALARS.items()]
    )
