"""What training lowers and what evaluation counts."""

from collections.abc import Callable

import tensorflow.compat.v1 as tf


def mean_cross_entropy(logits: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Mean over the batch of `-log softmax(logits)[y]`.

    Args: logits float32 [batch, 10]; y int32 [batch]. Returns a float32 scalar, in nats.
    """
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits
    if tf.get_default_graph().building_function:
        cross_entropy = _compiled_cross_entropy
    return tf.reduce_mean(cross_entropy(labels=y, logits=logits))


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


def _compiled_cross_entropy(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """`sparse_softmax_cross_entropy_with_logits`, whose gradient has the rounding of TensorFlow 1.15's.

    The gradient of a true class of probability p is p - 1, of which little more than the rounding of p is left where p
    is nearly 1; and Adam divides a gradient by its own size. So `p = exp / sum` has to round as it did in 2017.
    Args: labels int32 [batch]; logits float32 [batch, 10]. Returns float32 [batch], in nats.
    """

    @tf.custom_gradient
    def cross_entropy(logits: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            exponentials = tf.exp(logits - tf.reduce_max(logits, axis=1, keepdims=True))
            probabilities = exponentials / _sum_of_ten(exponentials)
            return (probabilities - tf.one_hot(labels, logits.shape[1])) * upstream[:, tf.newaxis]

        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits), gradient

    return cross_entropy(logits)


def _sum_of_ten(terms: tf.Tensor) -> tf.Tensor:
    """Adds ten columns in the order in which Eigen, which TensorFlow 1.15 runs on, adds them with AVX.

    XLA adds from left to right. Eigen adds the first eight in one register, half upon half, and then the other two.
    Args: terms float32 [batch, 10]. Returns float32 [batch, 1].
    """
    register, others = terms[:, :8], terms[:, 8:]
    for half in (4, 2, 1):
        register = register[:, :half] + register[:, half:]
    return register + (others[:, :1] + others[:, 1:])
