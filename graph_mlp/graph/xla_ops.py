"""Operations as TensorFlow 1.15's kernels compute them, for functions that XLA compiles.

XLA lowers some operations otherwise than TensorFlow's kernels do: with other rounding, or other answers for numbers
that are not finite. The model (graph/model.py) and the activations take these in a compiled function.
"""

from collections.abc import Callable

import tensorflow.compat.v1 as tf


def is_compiling() -> bool:
    """Whether the operations that are being built belong to a function that XLA compiles."""
    return bool(tf.get_default_graph().building_function)


def exponential_unit(z: tf.Tensor, scale: float, scale_alpha: float) -> tf.Tensor:
    """`scale z` where z >= 0, else `scale_alpha (exp(z) - 1)`: ELU and SELU.

    TensorFlow's kernels, 1.15's and today's, compute `exp(z) - 1`. XLA's own lowering takes `expm1`, which differs
    in the last bits and takes twice as long.
    """

    @tf.custom_gradient
    def unit(z: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        # `+ -1.0`, because XLA turns `exp(z) - 1.0` into `expm1(z)`.
        outputs = tf.where(z < 0, scale_alpha * (tf.exp(z) + -1.0), scale * z)
        return outputs, lambda upstream: tf.where(outputs < 0, upstream * (outputs + scale_alpha), upstream * scale)

    return unit(z)


def in_top_k(logits: tf.Tensor, y: tf.Tensor, k: int) -> tf.Tensor:
    """`tf.nn.in_top_k`, bool [batch]; a row with a logit that is not finite is a miss.

    XLA's own looks at the true class alone. Args: logits float32 [batch, classes]; y int32 [batch]; k.
    """
    return tf.nn.in_top_k(logits, y, k) & tf.reduce_all(tf.math.is_finite(logits), axis=1)


def sparse_softmax_cross_entropy_with_logits(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """`tf.nn.sparse_softmax_cross_entropy_with_logits`, whose gradient has the rounding of TensorFlow 1.15's.

    The gradient of a true class of probability p is p - 1, of which little more than the rounding of p is left where p
    is nearly 1; and Adam divides a gradient by its own size. So `p = exp / sum` has to round as it did in 2017.
    Args: labels int32 [batch]; logits float32 [batch, classes]. Returns float32 [batch], in nats.
    """

    @tf.custom_gradient
    def cross_entropy(logits: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            exponentials = tf.exp(logits - tf.reduce_max(logits, axis=1, keepdims=True))
            probabilities = exponentials / _sum(exponentials)
            return (probabilities - tf.one_hot(labels, logits.shape[1])) * upstream[:, tf.newaxis]

        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits), gradient

    return cross_entropy(logits)


def _sum(terms: tf.Tensor) -> tf.Tensor:
    """Adds the columns; ten of them in the order in which Eigen, which TensorFlow 1.15 runs on, does so with AVX.

    XLA adds from left to right. Eigen adds the first eight in one register, half upon half, and then the other two.
    Args: terms float32 [batch, classes]. Returns float32 [batch, 1].
    """
    if terms.shape[1] != 10:
        return tf.reduce_sum(terms, axis=1, keepdims=True)
    register, others = terms[:, :8], terms[:, 8:]
    for half in (4, 2, 1):
        register = register[:, :half] + register[:, half:]
    return register + (others[:, :1] + others[:, 1:])
