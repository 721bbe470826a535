"""`tf.layers` of TensorFlow 1.15: its defaults, variable names, numbering, collections and operations.

Every layer opens a variable scope: named by `name`, else by its function and numbered, and under `reuse=True` shared
with the earlier layer of that name. Any other function or argument is an error that names what there is.
"""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.tf1.offered import only_these_arguments, only_these_names
from graph_mlp.tf1.version1 import dropout as dropped

Function = Callable[[tf.Tensor], tf.Tensor] | None
ZEROS, ONES = tf.zeros_initializer(), tf.ones_initializer()
_NAMES = 'dense batch_normalization dropout flatten conv2d max_pooling2d average_pooling2d'
__getattr__ = only_these_names('tf.layers', tuple(_NAMES.split()))


@only_these_arguments
def dense(
    inputs: Any, units: int, activation: Function = None, use_bias: bool = True, kernel_initializer: Any = None,
    bias_initializer: Any = ZEROS, kernel_regularizer: Function = None, bias_regularizer: Function = None,
    activity_regularizer: Function = None, kernel_constraint: Function = None, bias_constraint: Function = None,
    trainable: bool = True, name: str | None = None, reuse: Any = None,
) -> tf.Tensor:  # fmt: skip
    """`activation(inputs @ kernel + bias)`; inputs float [..., features], returns float [..., units].

    Without an initializer the kernel begins as the variable scope says, else Glorot uniform. What a regularizer makes
    of a new variable, or of the outputs, goes into the collection REGULARIZATION_LOSSES.
    Raises ValueError for inputs without axes or features, TypeError for other arguments or inputs that are no floats.
    """
    inputs, units = floats('dense', inputs), int(units)
    _check_functions('dense', activation=activation, kernel_regularizer=kernel_regularizer)
    of_kernel = kernel_initializer, kernel_regularizer, kernel_constraint
    of_bias = bias_initializer, bias_regularizer, bias_constraint
    with layer_scope(name, 'dense', reuse):
        kernel, bias = _weights(inputs, (inputs.shape[-1], units), of_kernel, of_bias, use_bias, trainable)
        return _finished(product(inputs, kernel), bias, activation, activity_regularizer)


@only_these_arguments
def conv2d(
    inputs: Any, filters: int, kernel_size: Any, strides: Any = (1, 1), padding: str = 'valid',
    data_format: str = 'channels_last', dilation_rate: Any = (1, 1), activation: Function = None,
    use_bias: bool = True, kernel_initializer: Any = None, bias_initializer: Any = ZEROS,
    kernel_regularizer: Function = None, bias_regularizer: Function = None, activity_regularizer: Function = None,
    kernel_constraint: Function = None, bias_constraint: Function = None, trainable: bool = True,
    name: str | None = None, reuse: Any = None,
) -> tf.Tensor:  # fmt: skip
    """`activation(convolution + bias)`; inputs float [batch, height, width, channels], or channels first."""
    inputs, filters, form = floats('conv2d', inputs, 4), int(filters), _form(data_format)
    _check_functions('conv2d', activation=activation, kernel_regularizer=kernel_regularizer)
    of_kernel = kernel_initializer, kernel_regularizer, kernel_constraint
    of_bias = bias_initializer, bias_regularizer, bias_constraint
    with layer_scope(name, 'conv2d', reuse):
        shape = (*_pair(kernel_size), inputs.shape[form.index('C')], filters)
        kernel, bias = _weights(inputs, shape, of_kernel, of_bias, use_bias, trainable)
        rates = _window(dilation_rate, form)
        tf.constant(_pair(dilation_rate), name='dilation_rate')  # not used: 1.15 has it, and op seeds count operations
        outputs = tf.nn.conv2d(
            inputs, kernel, _window(strides, form), padding.upper(), data_format=form, dilations=rates, name='Conv2D'
        )
        return _finished(outputs, bias, activation, activity_regularizer, form)


@only_these_arguments
def max_pooling2d(
    inputs: Any, pool_size: Any, strides: Any, padding: str = 'valid', data_format: str = 'channels_last',
    name: str | None = None,
) -> tf.Tensor:  # fmt: skip
    """The largest value of every window; float [batch, height, width, channels], or channels first."""
    return _pooled(tf.nn.max_pool, name or 'max_pooling2d', inputs, pool_size, strides, padding, data_format)


@only_these_arguments
def average_pooling2d(
    inputs: Any, pool_size: Any, strides: Any, padding: str = 'valid', data_format: str = 'channels_last',
    name: str | None = None,
) -> tf.Tensor:  # fmt: skip
    """The mean of every window; float [batch, height, width, channels], or channels first."""
    return _pooled(tf.nn.avg_pool, name or 'average_pooling2d', inputs, pool_size, strides, padding, data_format)


def _pooled(pool: Any, name: str, inputs: Any, size: Any, strides: Any, padding: str, data_format: str) -> tf.Tensor:
    with layer_scope(None, name):
        form = _form(data_format)
        images, window, steps = floats(name, inputs, 4), _window(size, form), _window(strides, form)
        return pool(images, window, steps, padding.upper(), form)


@only_these_arguments
def batch_normalization(
    inputs: Any, axis: Any = -1, momentum: float = 0.99, epsilon: float = 1e-3, center: bool = True,
    scale: bool = True, beta_initializer: Any = ZEROS, gamma_initializer: Any = ONES,
    moving_mean_initializer: Any = ZEROS, moving_variance_initializer: Any = ONES, beta_regularizer: Function = None,
    gamma_regularizer: Function = None, beta_constraint: Function = None, gamma_constraint: Function = None,
    training: Any = False, trainable: bool = True, name: str | None = None, reuse: Any = None,
    *, fused: bool | None = None,
) -> tf.Tensor:  # fmt: skip
    """`gamma * (inputs - mean) / sqrt(variance + epsilon) + beta` (Ioffe and Szegedy 2015); of the inputs' shape.

    `training`, a bool or a boolean scalar tensor such as a placeholder, is whether mean and variance are the batch's;
    else they are the moving averages. The operations that update these are in the collection UPDATE_OPS, and the
    training step has to run them. They change nothing where `training` is false. Images go through the fused
    operation, whose moving variance is the unbiased one.
    Raises ValueError for another axis than the last or, of images, the second; TypeError for other arguments.
    """
    training, inputs = known_if_constant('batch_normalization', training), floats('batch_normalization', inputs)
    rank = inputs.shape.rank
    axes = [each + rank if each < 0 else each for each in np.atleast_1d(axis).tolist()]
    if axes not in ([rank - 1], [1]):
        raise ValueError(f'batch_normalization: axis is {axis!r:.60}, expected 1 or -1, that of the channels')
    units, is_fused = (inputs.shape[axes[0]],), rank == 4 and fused is not False
    dtype = tf.float32 if inputs.dtype.size < 4 else inputs.dtype
    with layer_scope(name, 'batch_normalization', reuse):
        gamma = beta = None
        if scale:
            how = gamma_initializer, gamma_regularizer, gamma_constraint
            gamma = variable('gamma', units, dtype, *how, trainable)
        elif is_fused:
            gamma = tf.constant(1.0, dtype, units)
        if center:
            beta = variable('beta', units, dtype, beta_initializer, beta_regularizer, beta_constraint, trainable)
        elif is_fused:
            beta = tf.constant(0.0, dtype, units)
        first = {'moving_mean': moving_mean_initializer, 'moving_variance': moving_variance_initializer}
        moving = [variable(each, units, dtype, start, None, None, False) for each, start in first.items()]
        if is_fused:
            form = 'NHWC' if axes == [3] else 'NCHW'
            outputs, *of_batch = fused_batch_norm(inputs, gamma, beta, moving, training, epsilon, form)
            decay, updates = either(training, lambda: tf.convert_to_tensor(momentum), lambda: 1.0), []
            if training is not False:
                updates = [moved(*pair, decay) for pair in zip(moving, of_batch, strict=True)]
        else:
            statistics, updates = _statistics(tf.cast(inputs, dtype), axes[0], moving, training, momentum)
            mean, variance, beta, gamma = (
                each if each is None else _aligned(tf.cast(each, inputs.dtype), rank, axes[0])
                for each in (*statistics, beta, gamma)
            )
            outputs = tf.nn.batch_normalization(inputs, mean, variance, beta, gamma, epsilon)
        for update in updates:
            tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update)
        outputs.set_shape(inputs.shape)
        return outputs


def _aligned(values: tf.Tensor, rank: int, axis: int) -> tf.Tensor:
    """One value per channel, in a shape that is broadcast along the other axes."""
    return values if axis == rank - 1 else tf.reshape(values, [-1 if each == axis else 1 for each in range(rank)])


def _statistics(inputs: tf.Tensor, axis: int, moving: Any, training: Any, momentum: float) -> tuple[Any, list[Any]]:
    """Mean and variance to normalize by, and the updates of the moving averages."""
    if training is False:
        return moving, []
    # In TensorFlow 2's `cond` no reference variable can be assigned to; the other branch would change nothing.
    updated = True if tf.control_flow_v2_enabled() else training

    def chosen(average: Any, of_batch: tf.Tensor) -> Any:
        return either(training, lambda: of_batch, lambda: tf.convert_to_tensor(average))

    def update(average: Any, value: tf.Tensor) -> Any:
        return either(updated, lambda: moved(average, value, momentum), lambda: tf.convert_to_tensor(average))

    of_batch = tf.nn.moments(inputs, [each for each in range(inputs.shape.rank) if each != axis])
    statistics = list(map(chosen, moving, of_batch))
    return statistics, list(map(update, moving, statistics))


def fused_batch_norm(
    inputs: tf.Tensor, gamma: Any, beta: Any, moving: Any, training: Any, epsilon: float, form: str = 'NHWC'
) -> Any:
    """Images of this data format normalized, and the mean and the unbiased variance by which they were."""

    def normalized(**given: Any) -> Any:
        return tf.nn.fused_batch_norm(inputs, gamma, beta, epsilon=epsilon, data_format=form, **given)

    return either(training, normalized, lambda: normalized(mean=moving[0], variance=moving[1], is_training=False))


def moved(average: tf.Variable, value: tf.Tensor, momentum: Any) -> tf.Tensor:
    """`average -= (average - value) * (1 - momentum)`."""
    with tf.name_scope('AssignMovingAvg') as scope, tf.colocate_with(average):
        dtype = average.dtype.base_dtype
        decay = tf.cast(tf.convert_to_tensor(1.0 - momentum, name='decay'), dtype)
        return tf.assign_sub(average, (average - tf.cast(value, dtype)) * decay, name=scope)


@only_these_arguments
def dropout(
    inputs: Any, rate: Any = 0.5, noise_shape: Sequence[int | None] | None = None, seed: int | None = None,
    training: Any = False, name: str | None = None,
) -> tf.Tensor:  # fmt: skip
    """`tf.nn.dropout` of a fraction `rate` of the inputs in training, else the inputs; of the same shape and dtype.

    `training` is a bool or a boolean scalar tensor.
    """
    with layer_scope(None, name or 'dropout'):
        return dropped_in_training(inputs, rate, noise_shape, seed, training)


def dropped_in_training(inputs: Any, rate: Any, noise_shape: Any, seed: int | None, training: Any) -> tf.Tensor:
    """`dropout` in the scope that there is."""
    inputs, training = tf.convert_to_tensor(inputs), known_if_constant('dropout', training)
    if seed is None and tf.get_default_graph().seed is not None and tf.control_flow_v2_enabled():
        # The branches of `tf.cond` are graphs of their own, in which every layer would get the same seed.
        _, seed = tf.get_seed(None)
    return either(training, lambda: dropped(inputs, None, noise_shape, seed, rate=rate), lambda: tf.identity(inputs))


@only_these_arguments
def flatten(inputs: Any, name: str | None = None, data_format: str = 'channels_last') -> tf.Tensor:
    """All axes but the first as one: [batch, ...] to [batch, product of the others]."""
    inputs = tf.convert_to_tensor(inputs)
    if inputs.shape.rank is None or None in inputs.shape.as_list()[1:]:
        raise ValueError(f'flatten: wanted inputs whose axes after the first are known, got {inputs.shape}')
    with layer_scope(None, name or 'flatten'):
        if _form(data_format) == 'NCHW' and inputs.shape.rank > 1:
            inputs = tf.transpose(inputs, [0, *range(2, inputs.shape.rank), 1])
        batch = inputs.shape.as_list()[0]
        outputs = tf.reshape(inputs, (tf.shape(inputs)[0] if batch is None else batch, -1))
        outputs.set_shape((batch, inputs.shape[1:].num_elements()))
        return outputs


def layer_scope(name: str | None, default: str, reuse: Any = None) -> contextlib.AbstractContextManager[Any]:
    """The variable scope of one layer.

    Without a name it is `default`, which TensorFlow numbers: `dense`, `dense_1`; with `reuse` it is not numbered.
    """
    return tf.variable_scope(default if reuse and name is None else name, default, reuse=reuse)


def floats(layer: str, inputs: Any, rank: int | None = None) -> tf.Tensor:
    """The inputs as a tensor of this rank, or of at least two axes, whose last is known; an error names the layer."""
    inputs = tf.convert_to_tensor(inputs)
    known = inputs.shape.rank
    if known is None or known < 2 or rank not in (None, known) or inputs.shape.as_list()[-1] is None:
        wanted = '[batch, ..., features]' if rank is None else f'{rank} axes, with the last known'
        raise ValueError(f'{layer}: wanted inputs of {wanted}, got {inputs.shape}')
    if not inputs.dtype.is_floating:
        raise TypeError(f'{layer}: wanted inputs of a float type, got {inputs.dtype.name}')
    return inputs


def _check_functions(layer: str, **functions: Any) -> None:
    for argument, value in functions.items():
        if not (value is None or callable(value)):
            raise TypeError(f'{layer}: {argument} is {value!r:.60}, expected a function such as tf.nn.relu, or None')


def variable(
    name: str, shape: Any, like: Any, initializer: Any, regularizer: Any, constraint: Any, trainable: bool, **more: Any
) -> Any:
    """A variable of the scope; a new one's regularization goes into the collection, beside that of the scope."""
    if not (initializer is None or callable(initializer) or tf.is_tensor(initializer)):
        raise TypeError(f'{name}_initializer is {initializer!r:.60}, expected a function or a tensor')
    shape, existing = None if tf.is_tensor(initializer) else shape, len(tf.global_variables())
    dtype = like if isinstance(like, tf.DType) else like.dtype
    made = tf.get_variable(name, shape, dtype, initializer, trainable=trainable, constraint=constraint, **more)
    if regularizer is not None and len(tf.global_variables()) > existing:
        with tf.name_scope(f'{name}/Regularizer'):
            loss = regularizer(made)
        if loss is not None:
            tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, loss)
    return made


def _weights(
    inputs: Any, shape: Any, of_kernel: tuple[Any, Any, Any], of_bias: tuple[Any, Any, Any], use_bias: bool,
    trainable: bool,
) -> tuple[Any, Any]:  # fmt: skip
    """Kernel and bias, False without; each by its initializer, regularizer and constraint."""
    kernel, (initializer, regularizer, constraint) = variable('kernel', shape, inputs, *of_kernel, trainable), of_bias
    how = initializer or ZEROS, regularizer, constraint
    return kernel, use_bias and variable('bias', shape[-1:], inputs, *how, trainable)


def product(inputs: tf.Tensor, kernel: Any) -> tf.Tensor:
    """`inputs @ kernel` along the last axis, in 1.15's operations."""
    rank = inputs.shape.rank
    return tf.matmul(inputs, kernel) if rank == 2 else tf.tensordot(inputs, kernel, [[rank - 1], [0]])


def _finished(outputs: tf.Tensor, bias: Any, activation: Any, regularizer: Any, form: str = 'NHWC') -> tf.Tensor:
    outputs = outputs if bias is False else tf.nn.bias_add(outputs, bias, data_format=form)
    outputs = activation(outputs) if activation else outputs
    if regularizer is not None:
        tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, regularizer(outputs))
    return outputs


def _pair(value: Any) -> tuple[int, int]:
    first, second = value if np.ndim(value) else (value, value)
    return int(first), int(second)


def _form(data_format: str) -> str:
    forms = {'channels_last': 'NHWC', 'channels_first': 'NCHW'}
    if data_format not in forms:
        raise ValueError(f'data_format is {data_format!r:.60}, expected channels_last or channels_first')
    return forms[data_format]


def _window(value: Any, form: str) -> list[int]:
    rows, columns = _pair(value)
    return [1, rows, columns, 1] if form == 'NHWC' else [1, 1, rows, columns]


def either(choice: Any, true: Callable[[], Any], false: Callable[[], Any]) -> Any:
    """`tf.cond`, or one of the two where the choice is known while building."""
    return (true() if choice else false()) if isinstance(choice, bool) else tf.cond(choice, true, false)


def known_if_constant(layer: str, training: Any) -> Any:
    """`training` as True or False where that is known while building, else the tensor; an error names the layer."""
    constant = tf.get_static_value(training)
    if constant is None and tf.is_tensor(training) and training.dtype.base_dtype == tf.bool:
        return training
    if np.ndim(constant) or np.asarray(constant).dtype.kind not in 'bi':
        raise TypeError(f'{layer}: training is {training!r:.60}, expected True, False or a boolean scalar tensor')
    return bool(constant)
