"""Many steps in one `session.run`: images held in the graph, and a `tf.while_loop` that XLA compiles.

An epoch of BN_elu-300-100 takes a third of the time of the notebook's loop. The body of the loop is the model's own
training step (graph/model.py) on the same variables and slots.

What else is done for speed, with what it gains on BN_elu-300-100: a step trains on the pixels alone that are not zero
in its whole batch (data/nonzero_pixels.py), 12 to 14 % on one thread and 0 to 7 % on two.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import PIXEL_SCALE, Dataset, Split
from graph_mlp.data.nonzero_pixels import number_of_pixels
from graph_mlp.graph.model import Evaluation, TrainStep, evaluate, train_step


class HeldImages(NamedTuple):
    """One split in local variables; not saved, because the data files hold it already."""

    images: tf.Variable  # [n, features]: pixels, uint8, or principal components, float32
    labels: tf.Variable  # int64 [n]
    values: tuple[tf.Tensor, tf.Tensor]  # fed while `load` runs: the content of both
    load: tf.Operation


class CompiledSteps(NamedTuple):
    """What the compiled loop is fed and what it returns."""

    rows: tf.Tensor  # int32 [steps_per_run, batch_size], fed: indices of training images
    n_steps: tf.Tensor | None  # int32 scalar, fed: how many of these batches to train on; None: all of them
    pixels: tf.Tensor | None  # int32 [steps_per_run, number], fed: those of each step; None: it takes all inputs
    positions: tf.Tensor | None  # int32 [steps_per_run, 784], fed: where each pixel stands among them, or -1
    steps: TrainStep  # loss and accuracy float32 [steps_per_run], zero from `count` on
    splits: dict[str, HeldImages]
    evaluations: dict[str, Evaluation]  # of the validation and the test images


def compiled_steps(
    config: RunConfig,
    dataset: Dataset,
    optimizer: tf.train.Optimizer,
    kernel: tf.Variable,
    counter: tf.Variable | None = None,
    on_gpu: bool = False,
) -> CompiledSteps:
    """Adds the loop over data like `dataset` to the default graph, which has the training step already.

    Args:
        config: of the run; `steps_per_run` batches are fed at once.
        dataset: images uint8 [n, pixels] or principal components float32 [n, input_features].
        optimizer: of the training step.
        kernel: the variable `hidden1/kernel`, float32 [input_features, units].
        counter: of the steps done, int64; None where no step depends on its number.
        on_gpu: whether a GPU trains: an H100 takes 0.071 s instead of 0.081 for an epoch of BN_elu-300-100 with all
            pixels in every step, and 0.060 with a number of steps that the compiler knows as well.
    """
    number = None
    if not on_gpu and not config.input_dropout:  # which drops other inputs where some are left out
        number = number_of_pixels(dataset.train.images, config.batch_size)
    with tf.variable_scope('data'):
        splits = {name: _held_images(name, getattr(dataset, name)) for name in ('train', 'validation', 'test')}
    with tf.name_scope('loop'):
        rows = tf.placeholder(tf.int32, (config.steps_per_run, config.batch_size), name='rows')
        count = None if on_gpu else tf.placeholder(tf.int32, (), name='count')
        pixels = positions = None
        if number is not None:
            pixels = tf.placeholder(tf.int32, (config.steps_per_run, number), name='pixels')
            positions = tf.placeholder(tf.int32, (config.steps_per_run, config.input_features), name='positions')

        def step(index: tf.Tensor) -> TrainStep:
            if pixels is None or positions is None:
                return train_step(*_batch(splits['train'], rows[index]), config, optimizer, counter)
            narrower = msgspec.structs.replace(config, input_features=number)
            with _in_place_of(kernel, _kernel_rows(kernel, pixels[index], positions[index])):
                X, y = _batch(splits['train'], rows[index], pixels[index])
                return train_step(X, y, narrower, optimizer, counter)

        steps = _steps_in_one_call(step, count, rows.shape[0])
        evaluations = {name: _compiled_evaluation(splits[name], config) for name in ('validation', 'test')}
    return CompiledSteps(rows, count, pixels, positions, steps, splits, evaluations)


def load_images(session: tf.Session, loop: CompiledSteps, dataset: Dataset) -> None:
    """Copies the images and labels of every split into the variables that hold them in the graph."""
    for name, held in loop.splits.items():
        session.run(held.load, feed_dict=dict(zip(held.values, getattr(dataset, name), strict=True)))


def _held_images(name: str, split: Split) -> HeldImages:
    local = {'trainable': False, 'collections': [tf.GraphKeys.LOCAL_VARIABLES], 'use_resource': True}
    with tf.variable_scope(name):
        images_value = tf.placeholder(split.images.dtype, split.images.shape, name='images_value')
        # TensorFlow has no int32 variables on a GPU.
        labels_value = tf.placeholder(tf.int64, split.labels.shape, name='labels_value')
        images = tf.get_variable('images', initializer=images_value, **local)
        labels = tf.get_variable('labels', initializer=labels_value, **local)
        load = tf.group(images.initializer, labels.initializer, name='load')
    return HeldImages(images, labels, (images_value, labels_value), load)


def _batch(held: HeldImages, rows: tf.Tensor, features: tf.Tensor | None = None) -> tuple[tf.Tensor, tf.Tensor]:
    """X float32 [batch, features] and y int32 [batch] of `rows`; `features` are the columns of X, None: all."""
    images = tf.gather(held.images, rows)
    images = images if features is None else tf.gather(images, features, axis=1)
    return _network_inputs(images), tf.cast(tf.gather(held.labels, rows), tf.int32)


def _network_inputs(images: tf.Tensor) -> tf.Tensor:
    """`graph_mlp.data.dataset.network_inputs` on tensors: the same two float32 operations, so the same bits."""
    return tf.cast(images, tf.float32) * PIXEL_SCALE if images.dtype == tf.uint8 else images


def _steps_in_one_call(step: Callable[[tf.Tensor], TrainStep], count: tf.Tensor | None, most: int) -> TrainStep:
    """`step(0)`, `step(1)`, ..., `step(count - 1)` in one call; loss and accuracy are of length `most`.

    A shorter run needs no compilation of its own, since `count` is fed; without it every run has `most` steps.
    """

    @tf.function(jit_compile=True, autograph=False)
    def run() -> tuple[tf.Tensor, tf.Tensor]:
        def body(index: tf.Tensor, losses: tf.Tensor, accuracies: tf.Tensor) -> tuple[tf.Tensor, ...]:
            metrics = step(index)
            with tf.control_dependencies([metrics.step]):
                position = tf.reshape(index, [1, 1])
                return (
                    index + 1,
                    tf.tensor_scatter_nd_update(losses, position, [metrics.loss]),
                    tf.tensor_scatter_nd_update(accuracies, position, [metrics.accuracy]),
                )

        zeros, end = tf.zeros([most]), most if count is None else count
        _, losses, accuracies = tf.while_loop(lambda index, *_: index < end, body, [0, zeros, zeros])
        return losses, accuracies

    losses, accuracies = run()
    return TrainStep(losses.op, losses, accuracies)


def _compiled_evaluation(held: HeldImages, config: RunConfig) -> Evaluation:
    @tf.function(jit_compile=True, autograph=False)
    def run() -> Evaluation:
        labels = tf.cast(held.labels.read_value(), tf.int32)
        return evaluate(_network_inputs(held.images.read_value()), labels, config)

    return run()


def _kernel_rows(kernel: tf.Variable, pixels: tf.Tensor, positions: tf.Tensor) -> tf.Tensor:
    """`tf.gather(kernel, pixels)`, whose gradient is a gather too: XLA makes a loop of the scatter it would be.

    The rows that are left out add nothing to any product, and their gradient is zero: every optimizer sees the whole
    gradient. Args: kernel float32 [784, units]; pixels int32 [number]; positions int32 [784]. Returns float32
    [number, units].
    """

    @tf.custom_gradient
    def gather(kernel: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            rows = tf.gather(upstream, tf.maximum(positions, 0))
            return tf.where(positions >= 0, rows, tf.zeros_like(rows))

        return tf.gather(kernel, pixels), gradient

    return gather(kernel.read_value())


@contextlib.contextmanager
def _in_place_of(kernel: tf.Variable, rows: tf.Tensor) -> Iterator[None]:
    """Within this scope `get_variable` returns `rows` when asked for `kernel`."""

    def substitute(getter: Callable[..., tf.Variable], name: str, *args: Any, **kwargs: Any) -> tf.Variable | tf.Tensor:
        return rows if name == kernel.op.name else getter(name, *args, **kwargs)

    with tf.variable_scope(tf.get_variable_scope(), custom_getter=substitute):
        yield


def feed_dict(
    loop: CompiledSteps, rows: np.ndarray, choice: tuple[np.ndarray, np.ndarray] | None
) -> dict[tf.Tensor, Any]:
    """What one `session.run` of the loop is fed.

    Args: rows int32 [steps, batch_size], at most `steps_per_run` batches; choice, the pixels of each step and their
    positions, where the loop takes them.
    """
    values = {loop.rows: rows}
    if choice is not None:
        values |= dict(zip((loop.pixels, loop.positions), choice, strict=True))
    missing = loop.rows.shape[0] - len(rows)  # a shorter last run is filled up with zeros, which are not trained on
    counted = {} if loop.n_steps is None else {loop.n_steps: len(rows)}
    return counted | {
        tensor: np.pad(array, ((0, missing), (0, 0))) if missing else array for tensor, array in values.items()
    }
