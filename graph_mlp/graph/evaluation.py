"""The figures of a split, by batch statistics and by moving averages."""

from typing import NamedTuple

import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.graph.network import network
from graph_mlp.graph.objective import accuracy, mean_cross_entropy


class Figures(NamedTuple):
    """What one evaluation measures; every field a float32 scalar, the losses in nats."""

    accuracy: tf.Tensor  # the notebook's: normalized by the statistics of the images evaluated together
    loss: tf.Tensor
    accuracy_moving: tf.Tensor  # normalized by the moving averages: one image at a time gives the same
    loss_moving: tf.Tensor


def figures(X: tf.Tensor, y: tf.Tensor, config: RunConfig) -> Figures:
    """Accuracy and mean cross-entropy of X, float32 [n, input_features], with labels y, int32 [n].

    The network is built twice on the same variables. Without batch norm it is built once, and both pairs are equal.
    """
    logits = network(X, config, batch_statistics=True).logits
    moving = network(X, config, batch_statistics=False).logits if config.batch_norm else logits
    return Figures(
        accuracy(logits, y), mean_cross_entropy(logits, y), accuracy(moving, y), mean_cross_entropy(moving, y)
    )
