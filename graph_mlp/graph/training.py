"""One training step."""

from typing import NamedTuple

import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.graph.network import network
from graph_mlp.graph.objective import accuracy, mean_cross_entropy


class TrainStep(NamedTuple):
    """One step, or many; fetched together in one `session.run`, the step runs once."""

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
    logits, _, updates = network(X, config, batch_statistics=True, with_updates=True)
    with tf.name_scope('loss'):
        loss = mean_cross_entropy(logits, y)
    with tf.name_scope('evaluation'):
        batch_accuracy = accuracy(logits, y)
    with tf.name_scope('train'):
        gradients = optimizer.compute_gradients(loss, variables)
    # `minimize` in two parts: inside the scope, Adam's beta1_power would not have the name TensorFlow 1.x gives it.
    minimize = optimizer.apply_gradients(gradients, name='train/apply')
    return TrainStep(tf.group(minimize, *updates, name='train/step'), loss, batch_accuracy)
