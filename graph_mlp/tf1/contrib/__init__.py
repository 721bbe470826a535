"""What dense programs used of `tf.contrib`, and what shares its names: cells, `sequence_loss`, the tutorial's data."""

import tensorflow.compat.v1 as tf

from graph_mlp.tf1 import rnn_cell
from graph_mlp.tf1.contrib import layers as layers
from graph_mlp.tf1.contrib.scopes import add_arg_scope, arg_scope
from graph_mlp.tf1.examples.tutorials.mnist import input_data
from graph_mlp.tf1.offered import module, only_these_names

__getattr__ = only_these_names('tf.contrib', ('layers', 'framework', 'learn', 'rnn', 'seq2seq', 'data'))


def sequence_loss(
    logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor, average_across_timesteps: bool = True,
    average_across_batch: bool = True, name: str | None = None,
) -> tf.Tensor:  # fmt: skip
    """The weighted cross-entropy of sequences, averaged over time and batch unless told otherwise.

    Args: logits float [batch, time, classes]; targets int [batch, time]; weights float [batch, time].
    """
    with tf.name_scope(name, 'sequence_loss', [logits, targets, weights]):
        loss = weights * tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits)
        averaged = (average_across_batch, average_across_timesteps)
        axes = [axis for axis, is_averaged in enumerate(averaged) if is_averaged]
        return tf.reduce_sum(loss, axes) / (tf.reduce_sum(weights, axes) + 1e-12) if axes else loss


_cells = {name: getattr(rnn_cell, name) for name in rnn_cell.NAMES}
framework = module(
    'tf.contrib.framework', 'Scopes of default arguments, and the global step.', arg_scope=arg_scope,
    add_arg_scope=add_arg_scope, get_or_create_global_step=tf.train.get_or_create_global_step,
    get_global_step=tf.train.get_global_step, get_variables=tf.global_variables, nest=tf.nest,
)  # fmt: skip
rnn = module(
    'tf.contrib.rnn', 'Cells, and what unrolls them.', **_cells, static_rnn=tf.nn.static_rnn,
    static_bidirectional_rnn=tf.nn.static_bidirectional_rnn,
)  # fmt: skip
learn = module(
    'tf.contrib.learn', 'The tutorial data.',
    datasets=module(
        'tf.contrib.learn.datasets', 'MNIST.', mnist=input_data, load_dataset=input_data.load_dataset,
    ),
)  # fmt: skip
seq2seq = module('tf.contrib.seq2seq', 'The loss of sequences.', sequence_loss=sequence_loss)
data = tf.data
