"""The optimizers, one training step, and many of them in one compiled call."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.graph.images import HeldImages
from graph_mlp.graph.network import network
from graph_mlp.graph.objective import accuracy, mean_cross_entropy

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


def train_step(X: tf.Tensor, y: tf.Tensor, config: RunConfig, optimizer: tf.train.Optimizer) -> TrainStep:
    """One step of the notebook's `optimizer.minimize(loss)`, with the moving averages' updates beside it.

    Args: X float32 [batch, features]; y int32 [batch].
    """
    updates: list[tf.Operation] = []
    logits = network(X, config, batch_statistics=True, updates=updates)
    with tf.name_scope('loss'):
        loss = mean_cross_entropy(logits, y)
    with tf.name_scope('evaluation'):
        batch_accuracy = accuracy(logits, y)
    with tf.name_scope('train'):
        gradients = optimizer.compute_gradients(loss)
    # `minimize` in two parts: inside the scope, Adam's beta1_power would not have the name TensorFlow 1.x gives it.
    minimize = optimizer.apply_gradients(gradients, name='train/apply')
    return TrainStep(tf.group(minimize, *updates, name='train/step'), loss, batch_accuracy)


def train_steps(
    rows: tf.Tensor, count: tf.Tensor, images: HeldImages, config: RunConfig, optimizer: tf.train.Optimizer
) -> TrainStep:
    """`train_step` for the first `count` rows of `rows` in turn, compiled by XLA into one call.

    The body is `train_step` itself on the same variables and slots, so build that one first.
    Args: rows int32 [K, batch], indices of training images; count int32 scalar, at most K, so that a shorter
    last run needs no compilation of its own. Returns loss and accuracy of length K, zero from `count` on.
    """

    @tf.function(jit_compile=True)
    def run(rows, count):
        def body(index, losses, accuracies):
            one = train_step(*images.batch(rows[index]), config, optimizer)
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

    losses, accuracies = run(rows, count)
    return TrainStep(losses.op, losses, accuracies)
