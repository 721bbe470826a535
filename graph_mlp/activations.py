"""The activations: one table that the graph, the tags, `--help` and every message read.

TensorFlow is imported when an activation is applied, so that the table can be read without it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow.compat.v1 as tf

LEAKY_RELU_SLOPE = 0.01  # the 2017 book's, where `tf.nn.leaky_relu` takes 0.2
SELU_SCALE = 1.0507009873554805  # Klambauer et al. 2017, as TensorFlow's kernel has it
SELU_SCALE_ALPHA = 1.7580993408473766


def tensorflow_activation(name: str) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function that applies `tf.nn.<name>`: float32 of any shape to float32 of the same shape."""

    def activation(z: tf.Tensor) -> tf.Tensor:
        import tensorflow.compat.v1 as tf

        return getattr(tf.nn, name)(z)

    return activation


def leaky_relu(z: tf.Tensor) -> tf.Tensor:
    """`max(0.01 z, z)` (Maas et al. 2013): float32 of any shape to float32 of the same shape."""
    import tensorflow.compat.v1 as tf

    return tf.maximum(LEAKY_RELU_SLOPE * z, z, name='LeakyRelu')


def elu(z: tf.Tensor) -> tf.Tensor:
    """`tf.nn.elu` (Clevert et al. 2015): float32 of any shape to float32 of the same shape."""
    import tensorflow.compat.v1 as tf

    return _exponential_unit(z, 1.0, 1.0) if tf.get_default_graph().building_function else tf.nn.elu(z)


def selu(z: tf.Tensor) -> tf.Tensor:
    """`tf.nn.selu` (Klambauer et al. 2017): float32 of any shape to float32 of the same shape."""
    import tensorflow.compat.v1 as tf

    if tf.get_default_graph().building_function:
        return _exponential_unit(z, SELU_SCALE, SELU_SCALE_ALPHA)
    return tf.nn.selu(z)


def _exponential_unit(z: tf.Tensor, scale: float, scale_alpha: float) -> tf.Tensor:
    """`scale z` where z >= 0, else `scale_alpha (exp(z) - 1)`, for functions that XLA compiles.

    TensorFlow's kernels, 1.15's and today's, compute `exp(z) - 1`. XLA's own lowering takes `expm1`, which differs
    in the last bits and takes twice as long.
    """
    import tensorflow.compat.v1 as tf

    @tf.custom_gradient
    def unit(z: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        # `+ -1.0`, because XLA turns `exp(z) - 1.0` into `expm1(z)`.
        outputs = tf.where(z < 0, scale_alpha * (tf.exp(z) + -1.0), scale * z)
        return outputs, lambda upstream: tf.where(outputs < 0, upstream * (outputs + scale_alpha), upstream * scale)

    return unit(z)


ACTIVATIONS: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    'relu': tensorflow_activation('relu'),
    'elu': elu,
    'leaky_relu': leaky_relu,
    'tanh': tensorflow_activation('tanh'),
    'selu': selu,
}
