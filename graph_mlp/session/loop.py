"""The low-level loop: batches into `session.run`, one at a time as the notebook does, or many in one call."""

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.batches import epoch_order, next_batch
from graph_mlp.data.dataset import Inputs, Split
from graph_mlp.data.nonzero_pixels import NonzeroPixels
from graph_mlp.data.pixels import network_inputs
from graph_mlp.graph.build import Graph
from graph_mlp.graph.compiled_loop import Loop
from graph_mlp.graph.evaluation import Figures
from graph_mlp.graph.images import HeldImages
from graph_mlp.runtime.process import return_freed_memory
from graph_mlp.store.history import StepFigures


class NotFinite(Exception):
    """The loss of a step, or of an evaluation (`step` None), is NaN or infinite."""

    def __init__(self, step: int | None):
        super().__init__(step)
        self.step = step


def exact_figures(figures: Figures, count: int) -> Figures:
    """Figures of `count` images as Python numbers: accuracies as the exact ratio, losses as the shortest decimal.

    A mean in float32 can miss the ratio of hits by its last bit, and which one it is depends on the compiler.
    Raises NotFinite where a loss is not a finite number.
    """
    if not all(math.isfinite(figure) for figure in figures):
        raise NotFinite(None)
    return Figures(*(
        round(float(value) * count) / count if name.startswith('accuracy') else float(str(np.float32(value)))
        for name, value in zip(Figures._fields, figures, strict=True)
    ))  # fmt: skip


def load_images(session: tf.Session, loop: Loop, inputs: Inputs) -> None:
    """Copies the images and labels into the variables that hold them in the graph."""
    _load(session, loop.validation, inputs.validation)
    _load(session, loop.test, inputs.test)
    if loop.train is not None:
        _load(session, loop.train, inputs.train)


def _load(session: tf.Session, variables: HeldImages, split: Split) -> None:
    images = network_inputs(split.images) if variables.images.dtype == tf.float32 else split.images
    session.run(variables.load, feed_dict={variables.images_value: images, variables.labels_value: split.labels})


class Trainer:
    """Drives one graph over one training split; `steps_per_run` 1 is the notebook's loop."""

    def __init__(
        self,
        session: tf.Session,
        graph: Graph,
        config: RunConfig,
        train: Split,
        clock: Callable[[], float] = time.monotonic,
    ):
        """`clock` tells the seconds by which the steps are timed."""
        if graph.loop is None:
            raise ValueError('wanted a graph built with data, got one without a loop')
        self._session = session
        self._graph = graph
        self.loop = graph.loop
        self._config = config
        self._train = train
        self._nonzero = NonzeroPixels(train.images) if graph.loop.choice else None
        self.clock = clock

    @property
    def steps_per_run(self) -> int:
        """How many steps one `session.run` takes."""
        return self.loop.rows.shape[0]

    def let_go_of_images(self) -> None:
        """Forgets the training images outside the graph, once the graph holds them."""
        self._train = self._train.without_images()

    def compile(self) -> None:
        """Compiles the loop of many steps, by running it for zero steps, and the evaluations.

        One after the other, because all at once would save a second and take 90 MiB more.
        """
        if self.loop.train_steps is not None:
            self._compiled_steps(np.zeros((0, self._config.batch_size), int))
            return_freed_memory()
            for figures in (self.loop.test_figures, self.loop.validation_figures):
                self._session.run(figures)
                return_freed_memory()

    def free_images(self) -> None:
        """Gives the memory of all images in the graph back; afterwards nothing can be trained or evaluated."""
        splits = (self.loop.train, self.loop.validation, self.loop.test)
        self._session.run([split.free for split in splits if split is not None])

    def epoch(self, epoch: int, steps: StepFigures, after_run: Callable[[int], None]) -> None:
        """Trains on what is left of an epoch, appending to `steps`; calls `after_run(steps)` after each run.

        Raises NotFinite at the first run in which a batch's loss is not a finite number.
        """
        config = self._config
        count = len(self._train.labels)
        position = 0
        for batches in epoch_order(count, config.batch_size, config.seed, epoch, config.keep_last_batch):
            for first in range(0, len(batches), self.steps_per_run):
                rows = batches[first : first + self.steps_per_run]
                if position >= len(steps.losses):
                    self._run(rows, steps)
                    after_run(len(rows))
                position += len(rows)

    def evaluate(self) -> tuple[Figures, Figures]:
        """The figures of the test and the validation images; raises NotFinite."""
        # One after the other: at the same time they would take half as much memory again.
        test, validation = map(self._session.run, (self.loop.test_figures, self.loop.validation_figures))
        return (
            exact_figures(test, self.loop.test.labels.shape[0]),
            exact_figures(validation, self.loop.validation.labels.shape[0]),
        )

    def _run(self, rows: np.ndarray, steps: StepFigures) -> None:
        before = self.clock()
        losses, accuracies = self._compiled_steps(rows) or self._single_steps(rows)
        seconds = self.clock() - before
        not_finite = np.flatnonzero(~np.isfinite(losses))
        if len(not_finite):
            raise NotFinite(len(steps.losses) + int(not_finite[0]))
        steps.losses.extend(map(float, losses))
        steps.accuracies.extend(map(float, accuracies))
        steps.seconds.append(seconds)

    def _single_steps(self, rows: np.ndarray) -> tuple[list[float], list[float]]:
        graph, losses, accuracies = self._graph, [], []
        for X_batch, y_batch in self._batches(rows):
            feed_dict = {graph.X: X_batch, graph.y: y_batch}
            _, loss, accuracy = self._session.run(graph.train_step, feed_dict=feed_dict)
            losses.append(loss)
            accuracies.append(accuracy)
        return losses, accuracies

    def _batches(self, rows: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        if self.loop.batch is None:
            yield from next_batch(*self._train, [rows])
        else:
            for batch_rows in rows:
                yield self._session.run(self.loop.batch, feed_dict={self.loop.batch_rows: batch_rows})

    def _compiled_steps(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """None where these rows are not for the compiled loop.

        There is none; or it is an incomplete last batch, or one of more pixels than the loop has room for.
        """
        steps = self.loop.train_steps
        if steps is None or rows.shape[1] != self._config.batch_size:
            return None
        feed_dict = self._feed_dict(rows)
        if feed_dict is None:
            return None
        losses, accuracies = self._session.run((steps.loss, steps.accuracy), feed_dict)
        return losses[: len(rows)], accuracies[: len(rows)]

    def _feed_dict(self, rows: np.ndarray) -> dict[tf.Tensor, Any] | None:
        """What the compiled loop is fed; None where a batch has more pixels than it has room for."""
        loop = self.loop
        of_each_step = {loop.rows: rows}
        if loop.choice is not None and self._nonzero is not None:
            choice = self._nonzero.choice(rows, loop.choice.pixels.shape[1])
            if choice is None:
                return None
            of_each_step |= dict(zip(loop.choice, choice, strict=True))
        if len(rows) < self.steps_per_run:
            # What fills up a shorter run is not trained on, so it need not be a batch.
            filling = ((0, self.steps_per_run - len(rows)), (0, 0))
            of_each_step = {tensor: np.pad(values, filling) for tensor, values in of_each_step.items()}
        return {loop.count: len(rows), **of_each_step}
