"""What training lowers and what evaluation counts."""

import tensorflow.compat.v1 as tf


def mean_cross_entropy(logits: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Mean over the batch of `-log softmax(logits)[y]`.

    Args: logits float32 [batch, 10]; y int32 [batch]. Returns a float32 scalar, in nats.
    """
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))


def accuracy(logits: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Fraction of images whose true class has the largest logit, by the notebook's `in_top_k`.

    A tie for the largest counts as a hit. A row with a logit that is not finite is a miss, in compiled functions too,
    where XLA's own `in_top_k` looks at the true class alone.
    Args: logits float32 [batch, 10]; y int32 [batch]. Returns a float32 scalar.
    """
    hits = tf.nn.in_top_k(logits, y, 1)
    if tf.get_default_graph().building_function:
        hits &= tf.reduce_all(tf.math.is_finite(logits), axis=1)
    return tf.reduce_mean(tf.cast(hits, tf.float32))
