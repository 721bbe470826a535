"""What `tf.layers` gave the notebook: dense, batch normalization, activations, on the same variables."""

from collections.abc import Callable

import tensorflow.compat.v1 as tf

BATCH_NORM_MOMENTUM = 0.9
BATCH_NORM_EPSILON = 1e-3

SELU_SCALE = 1.0507009873554805  # Klambauer et al. 2017, as TensorFlow's kernel has it
SELU_SCALE_ALPHA = 1.7580993408473766


def dense(inputs: tf.Tensor, units: int, name: str) -> tf.Tensor:
    """Affine map `inputs @ kernel + bias`, after `tf.layers.dense` of TensorFlow 1.x.

    Args: inputs float32 [batch, features]; variables `name/kernel` [features, units], Glorot uniform, and
    `name/bias` [units], zero. Returns float32 [batch, units]. Raises ValueError where the rank is not 2.
    """
    if inputs.shape.rank != 2:
        raise ValueError(f'{name}: wanted inputs of shape [batch, features], got {inputs.shape}')
    with tf.variable_scope(name):
        shape = (inputs.shape[1], units)
        kernel = tf.get_variable('kernel', shape, tf.float32, initializer=tf.glorot_uniform_initializer())
        bias = tf.get_variable('bias', (units,), tf.float32, initializer=tf.zeros_initializer())
        return tf.nn.bias_add(tf.matmul(inputs, kernel), bias)


def batch_norm(
    inputs: tf.Tensor, name: str, batch_statistics: bool, updates: list[tf.Operation] | None = None
) -> tf.Tensor:
    """Normalizes every unit: `gamma * (inputs - mean) / sqrt(variance + 1e-3) + beta` (Ioffe and Szegedy 2015).

    With `batch_statistics` mean and variance are those of this batch, and where `updates` is given, the ops
    `moving -= (moving - batch) * (1 - 0.9)` for both moving averages are appended to it; without, the moving
    averages normalize and nothing is updated.
    The arithmetic is `tf.layers.batch_normalization`'s of TensorFlow 1.x on rank 2, which is never fused.

    Args: inputs float32 [batch, units]. Returns the same shape. Raises ValueError where the rank is not 2.
    """
    if inputs.shape.rank != 2:
        raise ValueError(f'{name}: wanted inputs of shape [batch, units], got {inputs.shape}')
    with tf.variable_scope(name):
        units = (inputs.shape[1],)
        zeros, ones = tf.zeros_initializer(), tf.ones_initializer()
        gamma = tf.get_variable('gamma', units, tf.float32, ones)
        beta = tf.get_variable('beta', units, tf.float32, zeros)
        moving_mean = tf.get_variable('moving_mean', units, tf.float32, zeros, trainable=False)
        moving_variance = tf.get_variable('moving_variance', units, tf.float32, ones, trainable=False)
        if not batch_statistics:
            mean, variance = moving_mean.read_value(), moving_variance.read_value()
        else:
            mean, variance = tf.nn.moments(inputs, axes=[0])
            if updates is not None:
                updates += [_toward(moving_mean, mean), _toward(moving_variance, variance)]
        return tf.nn.batch_normalization(inputs, mean, variance, beta, gamma, BATCH_NORM_EPSILON)


def _toward(moving: tf.Variable, batch: tf.Tensor) -> tf.Operation:
    return moving.assign_sub((moving.read_value() - batch) * (1 - BATCH_NORM_MOMENTUM), read_value=False)


def elu(z: tf.Tensor) -> tf.Tensor:
    """`tf.nn.elu` (Clevert et al. 2015): z float32, any shape; returns the same."""
    return _exponential_unit(z, 1.0, 1.0) if tf.get_default_graph().building_function else tf.nn.elu(z)


def selu(z: tf.Tensor) -> tf.Tensor:
    """`tf.nn.selu` (Klambauer et al. 2017): z float32, any shape; returns the same."""
    inside = tf.get_default_graph().building_function
    return _exponential_unit(z, SELU_SCALE, SELU_SCALE_ALPHA) if inside else tf.nn.selu(z)


def _exponential_unit(z: tf.Tensor, scale: float, scale_alpha: float) -> tf.Tensor:
    """In functions for XLA, the arithmetic of TensorFlow's kernels, 1.15's and today's: `exp(z) - 1`.

    XLA's own lowering takes `expm1`, which differs in the last bits and takes twice as long.
    """

    @tf.custom_gradient
    def unit(z):
        # XLA would make `expm1` of a subtraction of 1.
        outputs = tf.where(z < 0, scale_alpha * (tf.exp(z) + -1.0), scale * z)
        return outputs, lambda above: tf.where(outputs < 0, above * (outputs + scale_alpha), above * scale)

    return unit(z)


ACTIVATIONS: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    'relu': tf.nn.relu,
    'elu': elu,
    'leaky_relu': lambda z: tf.maximum(0.01 * z, z, name='LeakyRelu'),
    'tanh': tf.nn.tanh,
    'selu': selu,
}
