"""`tf.contrib.layers` of TensorFlow 1.15 for dense networks: layers, initial values and regularizers."""

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import tensorflow.compat.v1 as tf

from graph_mlp.tf1 import layers
from graph_mlp.tf1.contrib.scopes import add_arg_scope
from graph_mlp.tf1.offered import only_these_names

Function = Callable[..., Any]


def variance_scaling_initializer(
    factor: float = 2.0, mode: str = 'FAN_IN', uniform: bool = False, seed: int | None = None, dtype: Any = tf.float32
) -> Function:
    """Random numbers of the variance `factor / n` (He et al. 2015), n the inputs, the outputs or their mean.

    Args:
        factor: what is divided.
        mode: 'FAN_IN', 'FAN_OUT' or 'FAN_AVG'.
        uniform: whether they are uniform; else normal, truncated at two standard deviations.
        seed: of the operation.
        dtype: a float type.

    Raises:
        TypeError: another mode, or no float type.
    """
    if mode not in ('FAN_IN', 'FAN_OUT', 'FAN_AVG') or not tf.as_dtype(dtype).is_floating:
        raise TypeError(f'variance_scaling_initializer: mode is {mode!r}, dtype {dtype}; expected FAN_IN and a float')

    def initial(shape: Sequence[int], dtype: Any = dtype, partition_info: Any = None) -> tf.Tensor:
        sizes = [float(each) for each in shape] or [1.0]
        field = math.prod(sizes[:-2])
        inputs, outputs = field * (sizes[-2] if len(sizes) > 1 else sizes[-1]), field * sizes[-1]
        n = {'FAN_IN': inputs, 'FAN_OUT': outputs, 'FAN_AVG': (inputs + outputs) / 2.0}[mode]
        if uniform:
            limit = math.sqrt(3.0 * factor / n)
            return tf.random_uniform(shape, -limit, limit, dtype, seed=seed)
        return tf.truncated_normal(shape, 0.0, math.sqrt(1.3 * factor / n), dtype, seed=seed)

    return initial


def xavier_initializer(uniform: bool = True, seed: int | None = None, dtype: Any = tf.float32) -> Function:
    """Random numbers of the variance `1 / mean of inputs and outputs` (Glorot and Bengio 2010)."""
    return variance_scaling_initializer(1.0, 'FAN_AVG', uniform, seed, dtype)


def l1_regularizer(scale: float, scope: str | None = None) -> Function:
    """`scale * sum(abs(weights))`; with a scale of 0 nothing."""
    return _regularizer('l1_regularizer', scale, scope, lambda weights: tf.reduce_sum(tf.abs(weights)))


def l2_regularizer(scale: float, scope: str | None = None) -> Function:
    """`scale * sum(weights ** 2) / 2`; with a scale of 0 nothing."""
    return _regularizer('l2_regularizer', scale, scope, tf.nn.l2_loss)


def _regularizer(name: str, scale: float, scope: str | None, penalty: Function) -> Function:
    if isinstance(scale, int) or scale < 0:
        raise ValueError(f'{name}: scale is {scale}, expected a float of at least 0')

    def regularizer(weights: Any) -> tf.Tensor | None:
        if scale == 0.0:
            return None
        with tf.name_scope(scope, name, [weights]) as full_name:
            factor = tf.convert_to_tensor(scale, weights.dtype.base_dtype, name='scale')
            return tf.multiply(factor, penalty(weights), name=full_name)

    return regularizer


def apply_regularization(regularizer: Function, weights_list: Iterable[Any] | None = None) -> tf.Tensor:
    """The sum of the regularizer of these weights, which goes into REGULARIZATION_LOSSES; raises ValueError of none."""
    weights_list = list(weights_list or tf.get_collection(tf.GraphKeys.WEIGHTS))
    if not weights_list:
        raise ValueError('No weights to regularize.')
    with tf.name_scope('get_regularization_penalty', values=weights_list) as scope:
        penalties = [regularizer(weights) for weights in weights_list]
        total = tf.add_n([tf.constant(0.0) if each is None else each for each in penalties], name=scope)
        tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, total)
        return total


def _variable(name: str, shape: Any, like: Any, initial: Any, penalty: Any, trainable: bool, more: Any) -> Any:
    """A model variable; `more` names collections, or gives them by the variable's name."""
    more = more.get(name) if isinstance(more, dict) else more
    more = [more] if isinstance(more, str) else list(more or ())
    collections = [tf.GraphKeys.GLOBAL_VARIABLES, tf.GraphKeys.MODEL_VARIABLES, *more]
    return layers.variable(name, shape, like, initial, penalty, None, trainable, collections=collections)


def _finished(outputs: Any, activation_fn: Any, collections: Any, normalizer_fn: Any = None, params: Any = None) -> Any:
    outputs = normalizer_fn(outputs, **(params or {})) if normalizer_fn else outputs
    outputs = activation_fn(outputs) if activation_fn else outputs
    if collections:
        tf.add_to_collections(collections, outputs)
    return outputs


@add_arg_scope
def fully_connected(
    inputs: Any, num_outputs: int, activation_fn: Function | None = tf.nn.relu, normalizer_fn: Function | None = None,
    normalizer_params: dict[str, Any] | None = None, weights_initializer: Any = xavier_initializer(),  # noqa: B008
    weights_regularizer: Function | None = None, biases_initializer: Any = layers.ZEROS,
    biases_regularizer: Function | None = None, reuse: Any = None, variables_collections: Any = None,
    outputs_collections: Any = None, trainable: bool = True, scope: Any = None,
) -> tf.Tensor:  # fmt: skip
    """`activation_fn(inputs @ weights + biases)`, or of `normalizer_fn` instead of biases; float [..., num_outputs]."""
    with tf.variable_scope(scope, 'fully_connected', [inputs], reuse=reuse):
        inputs = tf.convert_to_tensor(inputs)
        how, shape = (trainable, variables_collections), (inputs.shape[-1], num_outputs)
        weights = _variable('weights', shape, inputs, weights_initializer, weights_regularizer, *how)
        has_biases = normalizer_fn is None and biases_initializer is not None
        if has_biases:
            biases = _variable('biases', (num_outputs,), inputs, biases_initializer, biases_regularizer, *how)
        outputs = layers.product(inputs, weights)
        outputs = tf.nn.bias_add(outputs, biases) if has_biases else outputs
        return _finished(outputs, activation_fn, outputs_collections, normalizer_fn, normalizer_params)


@add_arg_scope
def batch_norm(
    inputs: Any, decay: float = 0.999, center: bool = True, scale: bool = False, epsilon: float = 0.001,
    activation_fn: Function | None = None, param_initializers: dict[str, Any] | None = None,
    param_regularizers: dict[str, Any] | None = None, updates_collections: Any = tf.GraphKeys.UPDATE_OPS,
    is_training: Any = True, reuse: Any = None, variables_collections: Any = None, outputs_collections: Any = None,
    trainable: bool = True, *, scope: Any = None,
) -> tf.Tensor:  # fmt: skip
    """`gamma * (inputs - mean) / sqrt(variance + epsilon) + beta` by the fused operation; of the inputs' shape.

    The moving variance is the unbiased one. With `updates_collections=None` the outputs wait for the updates.
    Raises ValueError for inputs of another rank than 2 and 4.
    """
    inputs, training = layers.floats('batch_norm', inputs), layers.known_if_constant('batch_norm', is_training)
    shape, rank, units = inputs.shape, inputs.shape.rank, (inputs.shape[-1],)
    if rank not in (2, 4):
        raise ValueError(f'batch_norm: wanted inputs of 2 or 4 axes, got {shape}')
    first = {'beta': layers.ZEROS, 'gamma': layers.ONES, 'moving_mean': layers.ZEROS, 'moving_variance': layers.ONES}
    first |= param_initializers or {}
    with tf.variable_scope(scope, 'BatchNorm', [inputs], reuse=reuse):
        dtype = tf.float32 if inputs.dtype.size < 4 else inputs.dtype
        images = inputs if rank == 4 else tf.reshape(inputs, (-1, 1, 1, shape[-1]))

        def made(name: str, trainable: bool) -> Any:
            penalty = (param_regularizers or {}).get(name)
            return _variable(name, units, dtype, first[name], penalty, trainable, variables_collections)

        used = {'beta': center, 'gamma': scale}
        order = ('beta', 'gamma') if rank == 2 else ('gamma', 'beta')
        values = {
            name: made(name, trainable) if used[name] else tf.constant(float(name == 'gamma'), dtype, units)
            for name in order
        }
        moving = [made(name, False) for name in ('moving_mean', 'moving_variance')]
        outputs, *of_batch = layers.fused_batch_norm(images, values['gamma'], values['beta'], moving, training, epsilon)

        def updated() -> list[tf.Tensor]:
            return [layers.moved(*pair, decay) for pair in zip(moving, of_batch, strict=True)]

        def after_updates() -> tf.Tensor:
            with tf.control_dependencies(updated()):
                return tf.identity(outputs)

        if updates_collections is None:
            outputs = layers.either(training, after_updates, lambda: outputs)
        elif training is not False:
            for update in layers.either(training, updated, lambda: list(map(tf.convert_to_tensor, moving))):
                tf.add_to_collections(updates_collections, update)
        outputs = outputs if rank == 4 else tf.reshape(outputs, tf.shape(inputs))
        outputs.set_shape(shape)
        return _finished(outputs, activation_fn, outputs_collections)


@add_arg_scope
def dropout(
    inputs: Any, keep_prob: Any = 0.5, noise_shape: Any = None, is_training: Any = True,
    outputs_collections: Any = None, scope: Any = None, seed: int | None = None,
) -> tf.Tensor:  # fmt: skip
    """`tf.layers.dropout` by the fraction that is kept, in training unless told otherwise."""
    with tf.variable_scope(scope, 'Dropout', [inputs]):
        outputs = layers.dropped_in_training(inputs, 1 - keep_prob, noise_shape, seed, is_training)
        return _finished(outputs, None, outputs_collections)


@add_arg_scope
def flatten(inputs: Any, outputs_collections: Any = None, scope: Any = None) -> tf.Tensor:
    """All axes but the first as one: [batch, ...] to [batch, product of the others]."""
    with tf.name_scope(scope, 'Flatten', [inputs]):
        return _finished(layers.flatten(inputs), None, outputs_collections)


linear = functools.partial(fully_connected, activation_fn=None)
relu = functools.partial(fully_connected, activation_fn=tf.nn.relu)
xavier_initializer_conv2d = xavier_initializer
_NAMES = (
    'fully_connected', 'linear', 'relu', 'batch_norm', 'dropout', 'flatten', 'xavier_initializer',
    'xavier_initializer_conv2d', 'variance_scaling_initializer', 'l1_regularizer', 'l2_regularizer',
    'apply_regularization',
)  # fmt: skip
__getattr__ = only_these_names('tf.contrib.layers', _NAMES)
