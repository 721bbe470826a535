"""What TensorBoard shows: the graph, and the figures of every epoch."""

import contextlib
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import tensorflow.compat.v1 as tf

from graph_mlp.store.history import Epoch

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
_NAME = re.compile(r'events\.out\.tfevents\.(\d{10})(\..*)')


class Summaries:
    """An event file of one run, flushed after every epoch.

    Every file begins with a SessionLog START at its first epoch, so that TensorBoard drops what an interrupted
    predecessor wrote from there on. A failed write is a warning on stderr; failing to open or close the file ends the
    run.

    An event's time is the start of the run (`started`, seconds since 1970) plus the seconds spent training until then:
    TensorBoard's Relative axis is then training time, without evaluation, compilation and interruptions.
    """

    def __init__(
        self,
        folder: Path,
        graph: tf.Graph,
        graph_def: tf.GraphDef,
        history: list[Epoch],
        started: float,
        opening: Sequence[tf.Summary] = (),
    ):
        """`opening` are the first summaries of every file: hparams and layout."""
        self._folder, self._graph, self._graph_def = folder, graph, graph_def
        self._started, self._opening = started, opening
        if any(folder.glob('events.out.tfevents.*')):
            self._open(len(history))
        else:
            self._open_with(history)

    def add(self, history: list[Epoch], more: Sequence[tf.Summary | bytes] = ()) -> None:
        """Writes every scalar of the last epoch at step = epoch, as the notebook's `add_summary(..., epoch)` did.

        `more` is written at the same step. Where the file has been deleted, a new one gets the whole history.
        """
        with self._warn_only():
            self._write_last(history, more)

    def add_last(self, history: list[Epoch], more: Sequence[tf.Summary]) -> None:
        """Writes `more` at the step of the last epoch, whose scalars are already written."""
        with self._warn_only():
            for summary in more:
                self._write(summary, history)
            self._writer.flush()

    def close(self) -> None:
        """Flushes and closes the file."""
        self._writer.close()

    @contextlib.contextmanager
    def _warn_only(self) -> Iterator[None]:
        try:
            yield
        except (OSError, tf.errors.OpError) as error:
            print(f'warning: cannot write events to {self._folder}: {error}', file=sys.stderr)

    def _write_last(self, history: list[Epoch], more: Sequence[tf.Summary | bytes]) -> None:
        if not self._path.exists():
            print(f'warning: {self._path} has disappeared: writing the whole history again', file=sys.stderr)
            self._writer.close()
            self._open_with(history[:-1])
        before = self._size()
        self._add(history)
        for summary in more:
            self._write(summary, history)
        self._writer.flush()
        if self._size() <= before:
            print(
                f'warning: {self._path} did not grow: is the disk full? The checkpoints do not depend on it',
                file=sys.stderr,
            )

    def _open(self, first_epoch: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        _rename_future_files(self._folder)
        present = set(self._folder.iterdir())
        with self._graph.as_default():
            suffix = f'.from-epoch-{first_epoch}.{os.getpid()}'
            self._writer = tf.summary.FileWriter(str(self._folder), filename_suffix=suffix)
        self._writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), first_epoch)
        self._writer.add_event(tf.Event(graph_def=self._graph_def.SerializeToString()))
        for summary in self._opening:
            self._writer.add_summary(summary, first_epoch)
        self._writer.flush()
        [self._path] = set(self._folder.iterdir()) - present or [self._folder / 'events.out.tfevents']

    def _open_with(self, history: list[Epoch]) -> None:
        self._open(0)
        for number in range(len(history)):
            self._add(history[: number + 1])

    def _add(self, history: list[Epoch]) -> None:
        epoch = history[-1]
        values = [tf.Summary.Value(tag=tag, simple_value=getattr(epoch, field)) for tag, field in SCALARS.items()]
        self._write(tf.Summary(value=values), history)

    def _write(self, summary: tf.Summary | bytes, history: list[Epoch]) -> None:
        summary = tf.Summary.FromString(summary) if isinstance(summary, bytes) else summary
        trained = sum(epoch.train_seconds for epoch in history)
        self._writer.add_event(tf.Event(wall_time=self._started + trained, step=history[-1].epoch, summary=summary))

    def _size(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0


def _rename_future_files(folder: Path) -> None:
    """Renames files whose name is of a later time than now: a clock set back must not put the new file before them."""
    dated = [(match, path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    seconds_ahead = max((int(match[1]) for match, _ in dated), default=0) - int(time.time()) + 1
    if seconds_ahead > 0:
        for match, path in dated:
            path.rename(path.with_name(f'events.out.tfevents.{int(match[1]) - seconds_ahead:010d}{match[2]}'))
