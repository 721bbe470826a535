"""What `tf.layers` gave the notebook: dense layers and batch normalization, on the same variables."""

from typing import NamedTuple

import tensorflow.compat.v1 as tf

BATCH_NORM_MOMENTUM = 0.9
BATCH_NORM_EPSILON = 1e-3


class Normalized(NamedTuple):
    """What batch normalization returns."""

    outputs: tf.Tensor  # float32 [batch, units]
    updates: tuple[tf.Operation, ...]  # of the moving averages; empty unless asked for


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


def batch_norm(inputs: tf.Tensor, name: str, batch_statistics: bool, with_updates: bool = False) -> Normalized:
    """Normalizes every unit: `gamma * (inputs - mean) / sqrt(variance + 1e-3) + beta` (Ioffe and Szegedy 2015).

    With `batch_statistics` mean and variance are those of this batch, without they are the moving averages.
    `with_updates` also creates the operations `moving -= (moving - batch) * (1 - 0.9)` for both moving averages. Only
    training asks for them: a `tf.function` runs every update in its body, whether its result is used or not.
    The arithmetic is that of TensorFlow 1.x's `tf.layers.batch_normalization`, not fused.

    Args: inputs float32 [batch, units]. Raises ValueError where the rank is not 2.
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
        updates: tuple[tf.Operation, ...] = ()
        if batch_statistics:
            mean, variance = tf.nn.moments(inputs, axes=[0])
            if with_updates:
                updates = (_moving_average_update(moving_mean, mean), _moving_average_update(moving_variance, variance))
        else:
            mean, variance = moving_mean.read_value(), moving_variance.read_value()
        return Normalized(tf.nn.batch_normalization(inputs, mean, variance, beta, gamma, BATCH_NORM_EPSILON), updates)


def _moving_average_update(moving: tf.Variable, batch: tf.Tensor) -> tf.Operation:
    return moving.assign_sub((moving.read_value() - batch) * (1 - BATCH_NORM_MOMENTUM), read_value=False)
