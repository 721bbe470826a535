"""What `tf.layers` gave the notebook: dense layers and batch normalization, on the same variables."""

import contextlib
from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow.compat.v1 as tf

BATCH_NORM_MOMENTUM = 0.9
BATCH_NORM_EPSILON = 1e-3


class Normalized(NamedTuple):
    """What batch normalization returns."""

    outputs: tf.Tensor  # of the inputs' shape and dtype
    updates: tuple[tf.Operation, ...]  # of the moving averages; empty unless asked for


def layer_scope(
    name: str | None, default_name: str, reuse: Any = None
) -> contextlib.AbstractContextManager[tf.VariableScope]:
    """The variable scope of one layer, as `tf.layers` opened it.

    Without a name it is `default_name`, which TensorFlow numbers: `dense`, `dense_1`; with `reuse` it is not numbered.
    """
    return tf.variable_scope(default_name if reuse and name is None else name, default_name, reuse=reuse)


def dense(
    inputs: tf.Tensor,
    units: int,
    name: str | None = None,
    *,
    activation: Callable[[tf.Tensor], tf.Tensor] | None = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = None,
    kernel_regularizer: Callable[[tf.Tensor], tf.Tensor] | None = None,
    reuse: Any = None,
    trainable: bool = True,
) -> tf.Tensor:
    """`activation(inputs @ kernel + bias)`, after `tf.layers.dense` of TensorFlow 1.x.

    Args: inputs float [batch, features]; variables `name/kernel` [features, units] and `name/bias` [units]. Where no
    initializer is given the kernel begins as the variable scope says, else Glorot uniform, and the bias as zero. What
    `kernel_regularizer` makes of a new kernel goes into the collection REGULARIZATION_LOSSES.
    Returns float [batch, units]. Raises ValueError where the rank is not 2, TypeError where the inputs are no floats.
    """
    _check_inputs(name or 'dense', inputs, 'features')
    with layer_scope(name, 'dense', reuse):
        shape, dtype = (inputs.shape[1], units), inputs.dtype
        kernel = tf.get_variable(
            'kernel', shape, dtype, kernel_initializer, regularizer=kernel_regularizer, trainable=trainable
        )
        initializer = bias_initializer or tf.zeros_initializer()
        bias = tf.get_variable('bias', (units,), dtype, initializer, trainable=trainable) if use_bias else None
        outputs = tf.matmul(inputs, kernel)
        outputs = outputs if bias is None else tf.nn.bias_add(outputs, bias)
        return activation(outputs) if activation else outputs


def batch_norm(
    inputs: tf.Tensor,
    name: str | None,
    batch_statistics: bool | tf.Tensor,
    with_updates: bool = False,
    *,
    momentum: float = BATCH_NORM_MOMENTUM,
    epsilon: float = BATCH_NORM_EPSILON,
    center: bool = True,
    scale: bool = True,
    reuse: Any = None,
) -> Normalized:
    """Normalizes every unit: `gamma * (inputs - mean) / sqrt(variance + epsilon) + beta` (Ioffe and Szegedy 2015).

    With `batch_statistics` mean and variance are those of this batch, without they are the moving averages; a boolean
    scalar tensor decides when the graph runs. `with_updates` also creates the operations
    `moving -= (moving - mean) * (1 - momentum)`, and the same for the variance, which change nothing where the moving
    averages normalize. Only training asks for them: a `tf.function` runs every update in its body, whether its result
    is used or not. The arithmetic is that of TensorFlow 1.x's `tf.layers.batch_normalization`, not fused.

    Args: inputs float [batch, units]; `center` is whether there is a beta, `scale` whether there is a gamma.
    Raises ValueError where the rank is not 2, TypeError where the inputs are no floats.
    """
    _check_inputs(name or 'batch_normalization', inputs, 'units')
    with layer_scope(name, 'batch_normalization', reuse):
        units, dtype = (inputs.shape[1],), inputs.dtype
        zeros, ones = tf.zeros_initializer(), tf.ones_initializer()
        gamma = tf.get_variable('gamma', units, dtype, ones) if scale else None
        beta = tf.get_variable('beta', units, dtype, zeros) if center else None
        moving = (
            tf.get_variable('moving_mean', units, dtype, zeros, trainable=False),
            tf.get_variable('moving_variance', units, dtype, ones, trainable=False),
        )
        mean, variance = statistics = _statistics(inputs, moving, batch_statistics)
        updates: tuple[tf.Operation, ...] = ()
        if with_updates and batch_statistics is not False:
            updates = tuple(
                average.assign_sub((average.read_value() - value) * (1 - momentum), read_value=False)
                for average, value in zip(moving, statistics, strict=True)
            )
        return Normalized(tf.nn.batch_normalization(inputs, mean, variance, beta, gamma, epsilon), updates)


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


def _check_inputs(layer: str, inputs: tf.Tensor, columns: str) -> None:
    if inputs.shape.rank != 2 or inputs.shape[1] is None:
        raise ValueError(f'{layer}: wanted inputs of shape [batch, {columns}], got {inputs.shape}')
    if not inputs.dtype.is_floating:
        raise TypeError(f'{layer}: wanted inputs of a float type, got {inputs.dtype.name}')
