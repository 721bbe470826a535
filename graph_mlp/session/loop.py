"""The low-level loop: batches into `session.run`, one at a time as the notebook does, or many in one call."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.batches import epoch_order, next_batch
from graph_mlp.data.dataset import Inputs, Split, as_fed
from graph_mlp.graph.build import Graph
from graph_mlp.graph.evaluation import Figures
from graph_mlp.graph.images import HeldImages


class Progress(NamedTuple):
    """The figures of the steps done so far in an epoch; their number is the position within it."""

    losses: list[float]
    accuracies: list[float]


class NotFinite(Exception):
    """The loss of a step, or of an evaluation (`step` None), is NaN or infinite."""

    def __init__(self, step: int | None):
        super().__init__(step)
        self.step = step


def measured(figures: Figures, count: int) -> Figures:
    """Figures of `count` images as Python numbers: accuracies as the exact ratio, losses as the shortest decimal.

    A mean in float32 can miss the ratio of hits by its last bit, and which one it is depends on the compiler.
    Raises NotFinite where a loss is no number.
    """
    if not all(math.isfinite(each) for each in figures):
        raise NotFinite(None)
    return Figures(*(
        round(float(value) * count) / count if name.startswith('accuracy') else float(str(np.float32(value)))
        for name, value in zip(Figures._fields, figures, strict=True)
    ))  # fmt: skip


def load_images(session: tf.Session, graph: Graph, inputs: Inputs) -> None:
    """Fills the rooms for images in the graph."""
    loop = graph.loop
    for held, split in ((loop.validation, inputs.validation), (loop.test, inputs.test)):
        _load(session, held, as_fed(split.images), split.labels)
    if loop.train is not None:
        images, labels = inputs.train
        _load(session, loop.train, images if loop.columns is None else np.take(images, loop.columns, axis=1), labels)


def _load(session: tf.Session, held: HeldImages, images: np.ndarray, labels: np.ndarray) -> None:
    session.run(held.load, feed_dict={held.images_value: images, held.labels_value: labels})


class Trainer:
    """Drives one graph over one training split; `steps_per_run` 1 is the notebook's loop."""

    def __init__(self, session: tf.Session, graph: Graph, config: RunConfig, train: Split):
        self._session = session
        self._graph = graph
        self._loop = graph.loop
        self._config = config
        self._labels = train.labels
        self._images = train.images
        if self._loop.many is None:
            self._images = as_fed(train.images)

    @property
    def steps_per_run(self) -> int:
        """How many steps one `session.run` takes."""
        return self._loop.rows.shape[0]

    def compile(self) -> None:
        """Compiles the loop of many steps, by asking it for none, and the evaluation.

        One after the other: both at once save a second and take 90 MiB more.
        """
        if self._loop.many is not None:
            feed = {self._loop.rows: np.zeros(self._loop.rows.shape, np.int32), self._loop.count: 0}
            self._session.run(self._loop.many.loss, feed)
            self._session.run(self._loop.test_figures)

    def epoch(self, epoch: int, progress: Progress, after_run: Callable[[int], None]) -> None:
        """Trains on what is left of an epoch, appending to `progress`; calls `after_run(steps)` after each run.

        Raises NotFinite at the first run in which a batch's loss is not a finite number.
        """
        config = self._config
        first = 0
        for part in epoch_order(len(self._labels), config.batch_size, config.seed, epoch, config.keep_last_batch):
            for at in range(0, len(part), self.steps_per_run):
                rows = part[at : at + self.steps_per_run]
                if first >= len(progress.losses):
                    self._run(rows, progress)
                    after_run(len(rows))
                first += len(rows)

    def evaluate(self) -> tuple[Figures, Figures]:
        """The figures of the test and the validation images, in one `session.run`; raises NotFinite."""
        test, validation = self._session.run((self._loop.test_figures, self._loop.validation_figures))
        return (
            measured(test, self._loop.test.labels.shape[0]),
            measured(validation, self._loop.validation.labels.shape[0]),
        )

    def _run(self, rows: np.ndarray, progress: Progress) -> None:
        one_by_one = self._loop.many is None or rows.shape[1] != self._config.batch_size
        losses, accuracies = (self._single_steps if one_by_one else self._many_steps)(rows)
        wrong = np.flatnonzero(~np.isfinite(losses))
        if len(wrong):
            raise NotFinite(len(progress.losses) + int(wrong[0]))
        progress.losses.extend(map(float, losses))
        progress.accuracies.extend(map(float, accuracies))

    def _single_steps(self, rows: np.ndarray) -> tuple[list[float], list[float]]:
        one, feeds = self._graph.one, (self._graph.X, self._graph.y)
        figures = []
        for X_batch, y_batch in next_batch(self._images, self._labels, rows):
            feed = dict(zip(feeds, (as_fed(X_batch), y_batch), strict=True))
            figures.append(self._session.run((one.step, one.loss, one.accuracy), feed_dict=feed)[1:])
        losses, accuracies = zip(*figures, strict=True)
        return losses, accuracies

    def _many_steps(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        count = len(rows)
        padded = np.pad(rows, ((0, self.steps_per_run - count), (0, 0)))
        many = self._loop.many
        losses, accuracies = self._session.run(
            (many.loss, many.accuracy), feed_dict={self._loop.rows: padded, self._loop.count: count}
        )
        return losses[:count], accuracies[:count]
