"""Many steps in one `session.run`: images held in the graph, and a `tf.while_loop` that XLA compiles."""

import dataclasses
from typing import NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Inputs
from graph_mlp.data.nonzero_pixels import number_of_pixels
from graph_mlp.graph.evaluation import Figures, figures
from graph_mlp.graph.images import HeldImages, held_images
from graph_mlp.graph.kernel_rows import in_place_of, kernel_rows
from graph_mlp.graph.training import TrainStep, train_step


class SplitSizes(NamedTuple):
    """Numbers of images."""

    train: int
    validation: int
    test: int


class DataShape(NamedTuple):
    """What the graph must know of the data before it holds them."""

    sizes: SplitSizes
    dtype: tf.DType  # uint8, pixels, or float32, principal components
    pixels: int | None  # how many the compiled loop trains on in each step; None: all inputs

    @classmethod
    def of(cls, inputs: Inputs, batch_size: int) -> 'DataShape':
        """The shape of three splits, of uint8 pixels or of float32 principal components."""
        images = inputs.train.images
        pixels = number_of_pixels(images, batch_size) if images.dtype == np.uint8 else None
        return cls(SplitSizes(*(len(split.labels) for split in inputs)), tf.as_dtype(images.dtype), pixels)


class FedChoice(NamedTuple):
    """The pixels that each step is trained on (data/nonzero_pixels.py), fed."""

    pixels: tf.Tensor  # int32 [steps_per_run, number]
    positions: tf.Tensor  # int32 [steps_per_run, 784]


class Loop(NamedTuple):
    """What the session's loop needs beyond the network: images in the graph, and operations over all of them."""

    rows: tf.Tensor  # int32 [steps_per_run, batch_size], fed
    count: tf.Tensor  # int32 scalar, fed: how many of these rows to train on
    choice: FedChoice | None  # None: every step is trained on all inputs
    train_steps: TrainStep | None  # None where steps_per_run is 1: then `Graph.train_step` is fed batch by batch
    train: HeldImages | None  # None where steps_per_run is 1
    batch_rows: tf.Tensor | None  # int32 [batch], fed; None where `train` is
    batch: tuple[tf.Tensor, tf.Tensor] | None  # what the network takes of these training images
    test: HeldImages
    validation: HeldImages
    test_figures: Figures
    validation_figures: Figures


def build_loop(
    config: RunConfig, optimizer: tf.train.Optimizer, data: DataShape, steps_per_run: int, kernel: tf.Variable
) -> Loop:
    """Adds the loop over data of that shape to the default graph, which has the training step already.

    Args: kernel, the variable `hidden1/kernel`. With steps_per_run 1 nothing is compiled.
    """
    is_compiled = steps_per_run > 1
    features = config.input_features
    with tf.variable_scope('data'):
        # float32, so that pixels are scaled once, when they are loaded, and not in every evaluation.
        test = held_images('test', data.sizes.test, features, tf.float32)
        validation = held_images('validation', data.sizes.validation, features, tf.float32)
        train = held_images('train', data.sizes.train, features, data.dtype) if is_compiled else None
    with tf.name_scope('loop'):
        rows = tf.placeholder(tf.int32, (steps_per_run, config.batch_size), name='rows')
        count = tf.placeholder(tf.int32, (), name='count')
        choice = None
        if train and data.pixels is not None:
            choice = FedChoice(
                tf.placeholder(tf.int32, (steps_per_run, data.pixels), name='pixels'),
                tf.placeholder(tf.int32, (steps_per_run, features), name='positions'),
            )
        steps = train_steps(rows, count, choice, train, config, optimizer, kernel) if train else None
        batch_rows = tf.placeholder(tf.int32, (None,), name='batch_rows') if train else None
        batch = train.batch(batch_rows) if train else None
        # One after the other, in two functions: what an evaluation takes for a while depends on the number of images.
        test_figures, validation_figures = (_evaluation(split, config, is_compiled) for split in (test, validation))
    return Loop(
        rows=rows, count=count, choice=choice, train_steps=steps, train=train, batch_rows=batch_rows, batch=batch,
        test=test, validation=validation, test_figures=test_figures, validation_figures=validation_figures,
    )  # fmt: skip


def train_steps(
    rows: tf.Tensor,
    count: tf.Tensor,
    choice: FedChoice | None,
    images: HeldImages,
    config: RunConfig,
    optimizer: tf.train.Optimizer,
    kernel: tf.Variable,
) -> TrainStep:
    """`train_step` for the first `count` rows of `rows` in turn, compiled by XLA into one call.

    The body is `train_step` itself on the same variables and slots, so build that one first.
    Args: rows int32 [K, batch], indices of training images; count int32 scalar, at most K, so that a shorter
    last run needs no compilation of its own; choice, the pixels of each step (None: all inputs); kernel, the variable
    `hidden1/kernel`, of whose rows the choice takes some. Returns loss and accuracy of length K, zero from `count` on.
    """

    def step(index: tf.Tensor, rows: tf.Tensor, choice: FedChoice | None) -> TrainStep:
        if choice is None:
            return train_step(*images.batch(rows[index]), config, optimizer)
        pixels, positions = choice.pixels[index], choice.positions[index]
        narrower = dataclasses.replace(config, input_features=pixels.shape[0])
        with in_place_of(kernel, kernel_rows(kernel, pixels, positions)):
            return train_step(*images.batch(rows[index], pixels), narrower, optimizer)

    @tf.function(jit_compile=True, autograph=False)
    def run(rows: tf.Tensor, count: tf.Tensor, choice: FedChoice | None) -> tuple[tf.Tensor, tf.Tensor]:
        def body(index: tf.Tensor, losses: tf.Tensor, accuracies: tf.Tensor) -> tuple[tf.Tensor, ...]:
            figures = step(index, rows, choice)
            with tf.control_dependencies([figures.step]):
                position = tf.reshape(index, [1, 1])
                return (
                    index + 1,
                    tf.tensor_scatter_nd_update(losses, position, [figures.loss]),
                    tf.tensor_scatter_nd_update(accuracies, position, [figures.accuracy]),
                )

        zeros = tf.zeros(rows.shape[:1])
        _, losses, accuracies = tf.while_loop(lambda index, *_: index < count, body, [0, zeros, zeros])
        return losses, accuracies

    losses, accuracies = run(rows, count, choice)
    return TrainStep(losses.op, losses, accuracies)


def _evaluation(split: HeldImages, config: RunConfig, is_compiled: bool) -> Figures:
    def evaluate() -> Figures:
        return figures(*split.all(), config)

    return tf.function(evaluate, jit_compile=True, autograph=False)() if is_compiled else evaluate()
