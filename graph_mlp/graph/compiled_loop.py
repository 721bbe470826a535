"""Many steps in one `session.run`: images held in the graph, and a `tf.while_loop` that XLA compiles."""

from typing import NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Inputs
from graph_mlp.graph.evaluation import Figures, figures
from graph_mlp.graph.images import HeldImages, held_images
from graph_mlp.graph.training import TrainStep, train_step
from graph_mlp.graph.used_pixels import UsedPixels, used_pixels
from graph_mlp.optimizers import OPTIMIZERS


class SplitSizes(NamedTuple):
    """Numbers of images."""

    train: int
    validation: int
    test: int


class DataShape(NamedTuple):
    """What the graph must know of the data before it holds them."""

    sizes: SplitSizes
    used_pixels: np.ndarray | None  # int [used]: those that the compiled loop trains on, at least one; None: PCA

    @classmethod
    def of(cls, inputs: Inputs, all_pixels: bool = False) -> 'DataShape':
        """The shape of three splits, of uint8 pixels or of float32 principal components.

        Args: all_pixels, whether to train on pixels, too, that are zero in every training image.
        """
        images = inputs.train.images
        pixels = None
        if images.dtype == np.uint8:
            # Where every image is black, the first: a kernel has at least one row.
            is_used = np.full(images.shape[1], True) if all_pixels else images.any(axis=0)
            pixels = np.flatnonzero(is_used) if is_used.any() else np.array([0])
        return cls(SplitSizes(*(len(split.labels) for split in inputs)), pixels)


class Loop(NamedTuple):
    """What the session's loop needs beyond the network: images in the graph, and operations over all of them."""

    rows: tf.Tensor  # int32 [steps_per_run, batch_size], fed
    count: tf.Tensor  # int32 scalar, fed: how many of these rows to train on
    train_steps: TrainStep | None  # None where steps_per_run is 1: then `Graph.train_step` is fed batch by batch
    train: HeldImages | None  # None where steps_per_run is 1
    train_columns: np.ndarray | None  # which columns of the training images `train` holds; None: all
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
    dtype = tf.float32 if data.used_pixels is None else tf.uint8
    pixels = None
    if is_compiled and data.used_pixels is not None and _leaves_out(data.used_pixels, config):
        pixels = used_pixels(data.used_pixels, kernel)
    with tf.variable_scope('data'):
        # float32, so that pixels are scaled once, when they are loaded, and not in every evaluation.
        test = held_images('test', data.sizes.test, features, tf.float32)
        validation = held_images('validation', data.sizes.validation, features, tf.float32)
        columns = pixels.number if pixels else features
        train = held_images('train', data.sizes.train, columns, dtype) if is_compiled else None
    with tf.name_scope('loop'):
        rows = tf.placeholder(tf.int32, (steps_per_run, config.batch_size), name='rows')
        count = tf.placeholder(tf.int32, (), name='count')
        steps = train_steps(rows, count, train, config, optimizer, pixels) if train else None
        test_figures, validation_figures = _evaluation(test, validation, config, is_compiled)
    return Loop(
        rows=rows, count=count, train_steps=steps, train=train,
        train_columns=pixels.rows if pixels else None, test=test, validation=validation,
        test_figures=test_figures, validation_figures=validation_figures,
    )  # fmt: skip


def _leaves_out(pixels: np.ndarray, config: RunConfig) -> bool:
    return len(pixels) < config.input_features and not OPTIMIZERS[config.optimizer].changes_without_gradient


def train_steps(
    rows: tf.Tensor,
    count: tf.Tensor,
    images: HeldImages,
    config: RunConfig,
    optimizer: tf.train.Optimizer,
    pixels: UsedPixels | None = None,
) -> TrainStep:
    """`train_step` for the first `count` rows of `rows` in turn, compiled by XLA into one call.

    The body is `train_step` itself on the same variables and slots, so build that one first.
    Args: rows int32 [K, batch], indices of training images; count int32 scalar, at most K, so that a shorter
    last run needs no compilation of its own; pixels, if `images` holds only these. Returns loss and accuracy of
    length K, zero from `count` on.
    """
    if pixels is None:
        losses, accuracies = _compiled_steps(rows, count, images, config, optimizer, None)
        return TrainStep(losses.op, losses, accuracies)
    pixels.create_slots(optimizer)
    with pixels.in_place_of_kernel(), tf.control_dependencies([pixels.copy_in(optimizer)]):
        batch_figures = _compiled_steps(rows, count, images, pixels.config(config), optimizer, pixels.trained())
    with tf.control_dependencies(batch_figures), tf.control_dependencies([pixels.copy_out(optimizer)]):
        losses, accuracies = map(tf.identity, batch_figures)
    return TrainStep(losses.op, losses, accuracies)


def _compiled_steps(
    rows: tf.Tensor,
    count: tf.Tensor,
    images: HeldImages,
    config: RunConfig,
    optimizer: tf.train.Optimizer,
    variables: list[tf.Variable] | None,
) -> tuple[tf.Tensor, tf.Tensor]:
    @tf.function(jit_compile=True, autograph=False)
    def run(rows: tf.Tensor, count: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        def body(index: tf.Tensor, losses: tf.Tensor, accuracies: tf.Tensor) -> tuple[tf.Tensor, ...]:
            step = train_step(*images.batch(rows[index]), config, optimizer, variables)
            with tf.control_dependencies([step.step]):
                position = tf.reshape(index, [1, 1])
                return (
                    index + 1,
                    tf.tensor_scatter_nd_update(losses, position, [step.loss]),
                    tf.tensor_scatter_nd_update(accuracies, position, [step.accuracy]),
                )

        zeros = tf.zeros(rows.shape[:1])
        _, losses, accuracies = tf.while_loop(lambda index, *_: index < count, body, [0, zeros, zeros])
        return losses, accuracies

    return run(rows, count)


def _evaluation(
    test: HeldImages, validation: HeldImages, config: RunConfig, is_compiled: bool
) -> tuple[Figures, Figures]:
    def evaluate() -> tuple[Figures, Figures]:
        return figures(*test.all(), config), figures(*validation.all(), config)

    # One call, so that XLA sees that both evaluations share the first layer's matrix product.
    return tf.function(evaluate, jit_compile=True, autograph=False)() if is_compiled else evaluate()
