"""What `tf.layers` gave the notebook, on the same variables: dense layers and batch normalization; and dropout."""

from typing import NamedTuple

import tensorflow.compat.v1 as tf

BATCH_NORM_MOMENTUM = 0.9
BATCH_NORM_EPSILON = 1e-3


class Normalized(NamedTuple):
    """What batch normalization returns."""

    outputs: tf.Tensor  # of the inputs' shape and dtype
    updates: tuple[tf.Operation, ...]  # of the moving averages; empty unless asked for


def dense(inputs: tf.Tensor, units: int, name: str) -> tf.Tensor:
    """`inputs @ kernel + bias`, after `tf.layers.dense` of TensorFlow 1.x.

    Args: inputs float [batch, features]; variables `name/kernel` [features, units], Glorot uniform, and `name/bias`
    [units], zero. Returns float [batch, units].
    Raises ValueError where the rank is not 2, TypeError where the inputs are no floats.
    """
    _check_inputs(name, inputs, 'features')
    with tf.variable_scope(name):
        kernel = tf.get_variable('kernel', (inputs.shape[1], units), inputs.dtype)
        bias = tf.get_variable('bias', (units,), inputs.dtype, tf.zeros_initializer())
        return tf.nn.bias_add(tf.matmul(inputs, kernel), bias)


def batch_norm(
    inputs: tf.Tensor, name: str, batch_statistics: bool | tf.Tensor, with_updates: bool = False
) -> Normalized:
    """Normalizes every unit: `gamma * (inputs - mean) / sqrt(variance + epsilon) + beta` (Ioffe and Szegedy 2015).

    With `batch_statistics` mean and variance are those of this batch, without they are the moving averages; a boolean
    scalar tensor decides when the graph runs. `with_updates` also creates the operations
    `moving -= (moving - mean) * (1 - momentum)`, and the same for the variance, which change nothing where the moving
    averages normalize. Only training asks for them: a `tf.function` runs every update in its body, whether its result
    is used or not. The arithmetic is that of TensorFlow 1.x's `tf.layers.batch_normalization`, not fused.

    Args: inputs float [batch, units].
    Raises ValueError where the rank is not 2, TypeError where the inputs are no floats.
    """
    _check_inputs(name, inputs, 'units')
    with tf.variable_scope(name):
        units, dtype = (inputs.shape[1],), inputs.dtype
        zeros, ones = tf.zeros_initializer(), tf.ones_initializer()
        gamma, beta = tf.get_variable('gamma', units, dtype, ones), tf.get_variable('beta', units, dtype, zeros)
        moving = (
            tf.get_variable('moving_mean', units, dtype, zeros, trainable=False),
            tf.get_variable('moving_variance', units, dtype, ones, trainable=False),
        )
        mean, variance = statistics = _statistics(inputs, moving, batch_statistics)
        updates: tuple[tf.Operation, ...] = ()
        if with_updates and batch_statistics is not False:
            updates = tuple(_moving_average_update(*pair) for pair in zip(moving, statistics, strict=True))
        outputs = tf.nn.batch_normalization(inputs, mean, variance, beta, gamma, BATCH_NORM_EPSILON)
        return Normalized(outputs, updates)


def _statistics(
    inputs: tf.Tensor, moving: tuple[tf.Variable, tf.Variable], of_batch: bool | tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and variance to normalize by, of the batch or the moving averages."""
    if of_batch is False:
        return moving[0].read_value(), moving[1].read_value()
    mean, variance = tf.nn.moments(inputs, axes=[0])
    if of_batch is True:
        return mean, variance
    return tf.where(of_batch, mean, moving[0].read_value()), tf.where(of_batch, variance, moving[1].read_value())


def _moving_average_update(moving: tf.Variable, value: tf.Tensor) -> tf.Operation:
    return moving.assign_sub((moving.read_value() - value) * (1 - BATCH_NORM_MOMENTUM), read_value=False)


def dropout(inputs: tf.Tensor, rate: float, key: tuple[int, int], step: tf.Tensor) -> tf.Tensor:
    """Sets a random share of the numbers to zero and scales the others by `1 / (1 - rate)`, as `tf.nn.dropout` does.

    Which ones is a function of key, step and place alone (Salmon et al. 2011, "Parallel random numbers: as easy as
    1, 2, 3"), so that both loops and a resumed run drop the same. TensorFlow's stateless functions give other numbers
    where XLA compiles them.

    Args:
        inputs: float32 [batch, units].
        rate: the share, from 0 and below 1.
        key: the seed and the number of the layer.
        step: int64 scalar, of which the lower 32 bits count.
    """
    seed, layer = (tf.constant(number, tf.uint32) for number in key)
    first = _mixed(_mixed(_mixed(seed) + layer) + tf.cast(step, tf.uint32))
    batch, units = tf.unstack(tf.shape(inputs))
    place = tf.cast(tf.reshape(tf.range(batch * units), (batch, units)), tf.uint32)
    bits = _mixed(_mixed(place + first) + _mixed(first))
    kept = tf.cast(bits >= tf.constant(min(round(rate * 2**32), 2**32 - 1), tf.uint32), inputs.dtype)
    return inputs * (1 / (1 - rate)) * kept


def _mixed(bits: tf.Tensor) -> tf.Tensor:
    """The finalizer of MurmurHash3 (Appleby 2011), uint32 of any shape: each bit decides about every other one."""
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        bits = tf.bitwise.bitwise_xor(bits, tf.bitwise.right_shift(bits, tf.constant(shift, tf.uint32)))
        bits *= tf.constant(factor, tf.uint32)
    return bits


def _check_inputs(layer: str, inputs: tf.Tensor, columns: str) -> None:
    if inputs.shape.rank != 2 or inputs.shape[1] is None:
        raise ValueError(f'{layer}: wanted inputs of shape [batch, {columns}], got {inputs.shape}')
    if not inputs.dtype.is_floating:
        raise TypeError(f'{layer}: wanted inputs of a float type, got {inputs.dtype.name}')
