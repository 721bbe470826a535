"""The two loops that train, behind one interface: `epoch(number)` trains and measures one epoch.

`NotebookLoop` is the notebook's: placeholders, `next_batch`, one `session.run` a batch. `CompiledLoop` takes many steps
in one `session.run` (graph/compiled.py). Nothing else knows which of the two runs.
"""

import math
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf
import tqdm

from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Dataset, Split, epoch_order, network_inputs, next_batch
from graph_mlp.data.nonzero_pixels import NonzeroPixels
from graph_mlp.graph import compiled
from graph_mlp.graph.build import Graph
from graph_mlp.graph.model import Evaluation
from graph_mlp.metrics import Metrics, Steps


class NotFinite(Exception):
    """The loss of a step, or of an evaluation (`step` None), is NaN or infinite."""

    def __init__(self, step: int | None):
        super().__init__(step)
        self.step = step


class NotebookLoop:
    """The notebook's loop: every batch is fed through the placeholders, and every image that is evaluated."""

    steps_per_run = 1

    def __init__(
        self,
        session: tf.Session,
        graph: Graph,
        dataset: Dataset,
        config: RunConfig,
        steps: Steps | None = None,
        check: Callable[[], None] = lambda: None,
    ):
        """Prepares to train.

        Args: session, in which the weights are; graph, from `build`; dataset, what the network takes: pixels, uint8, or
        principal components, float32; config of the run; steps, those done already of the epoch that comes first;
        check, called between two `session.run`; what it raises ends the epoch, and `steps` holds what is done.
        """
        self._session, self._graph, self._dataset, self._config = session, graph, dataset, config
        self._check = check
        self.steps = steps or Steps()

    def epoch(self, number: int) -> Metrics:
        """Trains on what is left of an epoch, and measures it; raises NotFinite where a loss is no finite number."""
        self.train(number)
        before = time.perf_counter()
        test, validation = self.evaluate('test'), self.evaluate('validation')
        metrics = Metrics(
            epoch=number,
            **{f'test_{name}': value for name, value in test._asdict().items()},
            **{f'validation_{name}': value for name, value in validation._asdict().items()},
            train_accuracy=float(np.mean(self.steps.accuracies)),
            train_loss=float(np.mean(self.steps.losses)),
            **{name: shortest(value) for name, value in self._session.run(self._graph.left).items()},
            train_seconds=self.steps.seconds,
            evaluation_seconds=time.perf_counter() - before,
        )
        self.steps = Steps()
        return metrics

    def train(self, number: int) -> None:
        """Trains on what is left of an epoch; `steps` holds the loss and the accuracy of every step."""
        config, steps = self._config, self.steps
        order = epoch_order(
            len(self._dataset.train.labels), config.batch_size, config.seed, number, config.keep_last_batch
        )
        done = len(steps.losses)
        # The bar shows on a terminal only (disable=None).
        with tqdm.tqdm(
            desc=f'epoch {number + 1}/{config.epochs}', total=sum(map(len, order)), initial=done, unit='step',
            leave=False, disable=None, file=sys.stderr,
        ) as bar:  # fmt: skip
            for rows in self._left(order, done):
                before = time.perf_counter()
                losses, accuracies = self._run(rows)
                seconds = time.perf_counter() - before
                not_finite = np.flatnonzero(~np.isfinite(losses))
                if len(not_finite):
                    raise NotFinite(len(steps.losses) + int(not_finite[0]))
                steps.losses.extend(map(float, losses))
                steps.accuracies.extend(map(float, accuracies))
                steps.seconds += seconds
                bar.update(len(rows))
                self._check()

    def evaluate(self, split: str) -> Evaluation:
        """Measures all images of a split in one batch, as the notebook does; raises NotFinite."""
        images, labels = getattr(self._dataset, split)
        feed_dict = {self._graph.X: network_inputs(images), self._graph.y: labels}
        return exact(self._session.run(self._graph.evaluation, feed_dict), len(labels))

    def _left(self, order: list[np.ndarray], done: int) -> Iterator[np.ndarray]:
        """The rows of each `session.run` that is left after so many steps, int [steps, batch]."""
        for batches in order:
            yield from (
                batches[first : first + self.steps_per_run] for first in range(done, len(batches), self.steps_per_run)
            )
            done = max(done - len(batches), 0)

    def _run(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        losses, accuracies = [], []
        for X_batch, y_batch in next_batch(*self._dataset.train, [rows]):
            feed_dict = {self._graph.X: X_batch, self._graph.y: y_batch}
            _, loss, accuracy = self._session.run(self._graph.train_step, feed_dict=feed_dict)
            losses.append(loss)
            accuracies.append(accuracy)
        return np.array(losses), np.array(accuracies)


class CompiledLoop(NotebookLoop):
    """Many steps in one `session.run`, which is fed the numbers of the images; the images lie in the graph."""

    def __init__(self, session: tf.Session, graph: Graph, dataset: Dataset, config: RunConfig, *others: Any):
        """As NotebookLoop; copies all images into the graph, and compiles."""
        super().__init__(session, graph, dataset, config, *others)
        assert graph.compiled
        self._compiled = graph.compiled
        self.steps_per_run = graph.compiled.rows.shape[0]
        self._pixels = 0 if graph.compiled.pixels is None else graph.compiled.pixels.shape[1]  # 0: all in every step
        self._nonzero = NonzeroPixels(dataset.train.images) if self._pixels else None
        compiled.load_images(session, graph.compiled, dataset)
        before = time.perf_counter()
        self._compile()
        for evaluation in self._compiled.evaluations.values():
            session.run(evaluation)
        seconds = time.perf_counter() - before
        print(f'{self.steps_per_run} steps per run, compiled in {seconds:.1f} s', file=sys.stderr)

    def _compile(self) -> None:
        if self._compiled.n_steps is not None:
            self._run(np.zeros((0, self._config.batch_size), np.int32))  # no step
            return
        variables = self._graph.state.values()
        values = self._session.run(list(variables))
        self._run(np.zeros((self.steps_per_run, self._config.batch_size), np.int32))
        feed_dict = {one.initializer.inputs[1]: value for one, value in zip(variables, values, strict=True)}
        self._session.run([one.initializer for one in variables], feed_dict)

    def evaluate(self, split: str) -> Evaluation:
        """As NotebookLoop does, without feeding an image."""
        return exact(self._session.run(self._compiled.evaluations[split]), len(getattr(self._dataset, split).labels))

    def _run(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What the compiled steps do not take is fed as the notebook does.

        That is an incomplete last batch, one of more pixels than there is room for, or on a GPU a shorter last run.
        """
        is_short = self._compiled.n_steps is None and len(rows) < self.steps_per_run
        if is_short or rows.shape[1] != self._config.batch_size:
            return super()._run(rows)
        choice = None
        if self._nonzero is not None:
            choice = self._nonzero.choice(rows, self._pixels)
            if choice is None:
                return super()._run(rows)
        steps = self._compiled.steps
        feed_dict = compiled.feed_dict(self._compiled, rows, choice)
        losses, accuracies = self._session.run((steps.loss, steps.accuracy), feed_dict)
        return losses[: len(rows)], accuracies[: len(rows)]


def make_loop(session: tf.Session, graph: Graph, *others: Any) -> NotebookLoop:
    """The loop that `graph` was built for; the arguments are those of NotebookLoop."""
    loop = CompiledLoop if graph.compiled else NotebookLoop
    return loop(session, graph, *others)


def exact(evaluation: Evaluation, count: int) -> Evaluation:
    """Metrics of `count` images as Python numbers: accuracies as the exact ratio, losses as the shortest decimal.

    A mean in float32 can miss the ratio of hits by its last bit, and which one it is depends on the compiler.
    Raises NotFinite where a loss is not a finite number.
    """
    if not all(map(math.isfinite, evaluation)):
        raise NotFinite(None)
    return Evaluation(*(
        round(float(value) * count) / count if name.startswith('accuracy') else shortest(value)
        for name, value in zip(Evaluation._fields, evaluation, strict=True)
    ))  # fmt: skip


def shortest(value: float) -> float:
    """The shortest decimal that float32 holds as `value`."""
    return float(str(np.float32(value)))


def probabilities(session: tf.Session, graph: Graph, split: Split, piece: int = 1_000) -> np.ndarray:
    """The classes' probabilities of a split's images by moving averages, float32 [n, classes], `piece` at a time."""
    pieces = [network_inputs(split.images[first : first + piece]) for first in range(0, len(split.labels), piece)]
    return np.concatenate([session.run(graph.probabilities, feed_dict={graph.X: images}) for images in pieces])
