"""The whole network on one page."""

import tensorflow.compat.v1 as tf

from graph_mlp.config import CLASSES, RunConfig
from graph_mlp.graph.layers import ACTIVATIONS, batch_norm, dense


def network(
    X: tf.Tensor,
    config: RunConfig,
    batch_statistics: bool,
    updates: list[tf.Operation] | None = None,
    activations: list[tf.Tensor] | None = None,
) -> tf.Tensor:
    """Builds input -> [dense -> batch norm -> activation] per hidden layer -> dense, as the notebook's cells do.

    Args: X float32 [batch, input_features]; batch_statistics normalizes by this batch (training, and the
    notebook's Accuracy), else by the moving averages; without batch norm the two are the same. The updates
    of the moving averages are appended to `updates`, if given, and what each hidden layer passes on, float32
    [batch, units], to `activations`.
    Returns the logits, float32 [batch, 10]. Variables are created on the first call and shared after it.
    """
    if X.shape[-1] != config.input_features:
        raise ValueError(f'X: wanted [batch, {config.input_features}], got {X.shape}')
    activation = ACTIVATIONS[config.activation]
    # Resource variables alone can be read and written inside a compiled function; the names are unchanged.
    with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE, use_resource=True):
        hidden = X
        for index, size in enumerate(config.hidden_sizes):
            hidden = dense(hidden, size, name=f'hidden{index + 1}')
            if config.batch_norm:
                name = f'batch_normalization_{index}' if index else 'batch_normalization'
                hidden = batch_norm(hidden, name, batch_statistics, updates)
            hidden = activation(hidden)
            if activations is not None:
                activations.append(hidden)
        return dense(hidden, CLASSES, name='output')
