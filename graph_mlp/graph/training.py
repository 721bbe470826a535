"""The optimizers, one training step, and many of them in one compiled call."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.graph.images import HeldImages
from graph_mlp.graph.network import network
from graph_mlp.graph.objective import accuracy, mean_cross_entropy
from graph_mlp.graph.pixels import UsedPixels

# TensorFlow's own classes: their slots have the names that TensorFlow 1.x gives them.
OPTIMIZERS: dict[str, Callable[[float], tf.train.Optimizer]] = {
    'sgd': tf.train.GradientDescentOptimizer,
    'momentum': lambda rate: tf.train.MomentumOptimizer(rate, 0.9),
    'nesterov': lambda rate: tf.train.MomentumOptimizer(rate, 0.9, use_nesterov=True),
    'adagrad': tf.train.AdagradOptimizer,
    'rmsprop': tf.train.RMSPropOptimizer,
    'adam': tf.train.AdamOptimizer,
}


class TrainStep(NamedTuple):
    """One step, or many; fetching `loss` or `accuracy` together with `step` runs it once."""

    step: tf.Operation
    loss: tf.Tensor  # float32, [] or [steps]: mean cross-entropy of each batch, before its update
    accuracy: tf.Tensor  # float32, [] or [steps]: of each batch, before its update


def train_step(
    X: tf.Tensor,
    y: tf.Tensor,
    config: RunConfig,
    optimizer: tf.train.Optimizer,
    variables: list[tf.Variable] | None = None,
) -> TrainStep:
    """One step of the notebook's `optimizer.minimize(loss)`, with the moving averages' updates beside it.

    Args: X float32 [batch, features]; y int32 [batch]; variables to train (None: all that can be).
    """
    updates: list[tf.Operation] = []
    logits = network(X, config, batch_statistics=True, updates=updates)
    with tf.name_scope('loss'):
        loss = mean_cross_entropy(logits, y)
    with tf.name_scope('evaluation'):
        batch_accuracy = accuracy(logits, y)
    with tf.name_scope('train'):
        gradients = optimizer.compute_gradients(loss, variables)
    # `minimize` in two parts: inside the scope, Adam's beta1_power would not have the name TensorFlow 1.x gives it.
    minimize = optimizer.apply_gradients(gradients, name='train/apply')
    return TrainStep(tf.group(minimize, *updates, name='train/step'), loss, batch_accuracy)


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
        losses, accuracies = _compiled(rows, count, images, config, optimizer, None)
        return TrainStep(losses.op, losses, accuracies)
    optimizer._create_slots([pixels.used])  # where variables can still be made, which is not within a function
    with pixels.in_place_of_kernel(), tf.control_dependencies([pixels.enter(optimizer)]):
        figures = _compiled(rows, count, images, pixels.config(config), optimizer, pixels.trained())
    with tf.control_dependencies(figures), tf.control_dependencies([pixels.leave(optimizer)]):
        losses, accuracies = map(tf.identity, figures)
    return TrainStep(losses.op, losses, accuracies)


def _compiled(rows, count, images, config, optimizer, variables) -> tuple[tf.Tensor, tf.Tensor]:
    @tf.function(jit_compile=True, autograph=False)
    def run(rows, count):
        def body(index, losses, accuracies):
            one = train_step(*images.batch(rows[index]), config, optimizer, variables)
            with tf.control_dependencies([one.step]):
                at = tf.reshape(index, [1, 1])
                return (
                    index + 1,
                    tf.tensor_scatter_nd_update(losses, at, [one.loss]),
                    tf.tensor_scatter_nd_update(accuracies, at, [one.accuracy]),
                )

        zeros = tf.zeros(rows.shape[:1])
        _, losses, accuracies = tf.while_loop(lambda index, *_: index < count, body, [0, zeros, zeros])
        return losses, accuracies

    return run(rows, count)
