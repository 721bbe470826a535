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

    from graph_mlp.graph import xla_ops

    return xla_ops.exponential_unit(z, 1.0, 1.0) if xla_ops.is_compiling() else tf.nn.elu(z)


def selu(z: tf.Tensor) -> tf.Tensor:
    """`tf.nn.selu` (Klambauer et al. 2017): float32 of any shape to float32 of the same shape."""
    import tensorflow.compat.v1 as tf

    from graph_mlp.graph import xla_ops

    return xla_ops.exponential_unit(z, SELU_SCALE, SELU_SCALE_ALPHA) if xla_ops.is_compiling() else tf.nn.selu(z)


ACTIVATIONS: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    'relu': tensorflow_activation('relu'),
    'elu': elu,
    'leaky_relu': leaky_relu,
    'tanh': tensorflow_activation('tanh'),
    'selu': selu,
}
