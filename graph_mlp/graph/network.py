"""The whole network on one page."""

from typing import NamedTuple

import tensorflow.compat.v1 as tf

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.config import CLASSES, RunConfig
from graph_mlp.graph.layers import batch_norm, dense


class Network(NamedTuple):
    """The network on one batch."""

    logits: tf.Tensor  # float32 [batch, 10]
    hidden: tuple[tf.Tensor, ...]  # float32 [batch, units]: the outputs of every hidden layer
    updates: tuple[tf.Operation, ...]  # of batch norm's moving averages; empty unless asked for


def network(
    X: tf.Tensor, config: RunConfig, batch_statistics: bool, with_updates: bool = False, use_resource: bool = True
) -> Network:
    """Builds input -> [dense -> batch norm -> activation] per hidden layer -> dense, as the notebook's cells do.

    Args: X float32 [batch, input_features]; batch_statistics normalizes by this batch (training, and the
    notebook's Accuracy), else by the moving averages; without batch norm the two are the same; with_updates also
    creates the operations that update the moving averages, for training alone; use_resource False creates TensorFlow
    1.x's reference variables, which a compiled function can neither read nor write.
    Variables are created on the first call and shared after it. Raises ValueError where X has other features.
    """
    if X.shape[-1] != config.input_features:
        raise ValueError(f'X: wanted [batch, {config.input_features}], got {X.shape}')
    activation = ACTIVATIONS[config.activation]
    hidden: list[tf.Tensor] = []
    updates: list[tf.Operation] = []
    with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE, use_resource=use_resource):
        outputs = X
        for names, units in zip(config.hidden_layer_names, config.hidden_sizes, strict=True):
            outputs = dense(outputs, units, name=names.dense)
            if config.batch_norm:
                normalized = batch_norm(outputs, names.batch_norm, batch_statistics, with_updates)
                outputs = normalized.outputs
                updates += normalized.updates
            outputs = activation(outputs)
            hidden.append(outputs)
        logits = dense(outputs, CLASSES, name='output')
    return Network(logits, tuple(hidden), tuple(updates))
