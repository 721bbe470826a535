"""`tf.layers` of TensorFlow 1.x for networks of dense layers: its defaults, variable names, numbering and collections.

Inputs are tensors or arrays of rank 2 (`flatten` makes them so). Any other function or argument is an error that names
what there is. Every layer opens a variable scope: named by `name`, else by its function and numbered, and under
`reuse=True` shared with the earlier layer of that name.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.graph import layers
from graph_mlp.graph.layers import layer_scope
from graph_mlp.tf1.offered import only_these_arguments, only_these_names

__getattr__ = only_these_names('tf.layers', ('dense', 'batch_normalization', 'dropout', 'flatten'))


@only_these_arguments
def dense(
    inputs: Any,
    units: int,
    activation: Callable[[tf.Tensor], tf.Tensor] | None = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = None,
    kernel_regularizer: Callable[[tf.Tensor], tf.Tensor] | None = None,
    *,
    name: str | None = None,
    reuse: Any = None,
    trainable: bool = True,
) -> tf.Tensor:
    """`activation(inputs @ kernel + bias)`; inputs float [batch, features], returns float [batch, units].

    Without an initializer the kernel begins as the variable scope says, else Glorot uniform, and the bias as zero.
    `kernel_regularizer` takes the place of the variable scope's (TensorFlow 1.15 adds both) and is given each new
    kernel; what it returns goes into the collection REGULARIZATION_LOSSES.
    Raises ValueError for inputs of another rank, TypeError for other arguments or inputs that are no floats.
    """
    functions = {
        'activation': activation,
        'kernel_initializer': kernel_initializer,
        'bias_initializer': bias_initializer,
        'kernel_regularizer': kernel_regularizer,
    }
    for argument, value in functions.items():
        if not (value is None or callable(value)):
            raise TypeError(f'dense: {argument} is {value!r:.60}, expected a function such as tf.nn.relu, or None')
    return layers.dense(
        tf.convert_to_tensor(inputs), units, name, **functions, use_bias=use_bias, reuse=reuse, trainable=trainable
    )


@only_these_arguments
def batch_normalization(
    inputs: Any,
    axis: int = -1,
    momentum: float = 0.99,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    *,
    training: Any = False,
    name: str | None = None,
    reuse: Any = None,
) -> tf.Tensor:
    """`gamma * (inputs - mean) / sqrt(variance + epsilon) + beta` (Ioffe and Szegedy 2015); float [batch, units].

    `training`, a bool or a boolean scalar tensor such as a placeholder, is whether mean and variance are the batch's;
    else they are the moving averages. The operations that update these are in the collection UPDATE_OPS, and the
    training step has to run them. They change nothing where `training` is false.
    Raises ValueError for inputs of another rank or another axis than the last, TypeError for other arguments.
    """
    if axis not in (-1, 1):
        raise ValueError(
            f'batch_normalization: axis is {axis!r:.60}, expected -1 or 1, the last axis of [batch, units]'
        )
    normalized = layers.batch_norm(
        tf.convert_to_tensor(inputs), name, _known_if_constant('batch_normalization', training), with_updates=True,
        momentum=momentum, epsilon=epsilon, center=center, scale=scale, reuse=reuse,
    )  # fmt: skip
    for update in normalized.updates:
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update)
    return normalized.outputs


@only_these_arguments
def dropout(
    inputs: Any,
    rate: Any = 0.5,
    noise_shape: Sequence[int | None] | None = None,
    seed: int | None = None,
    training: Any = False,
    name: str | None = None,
) -> tf.Tensor:
    """`tf.nn.dropout` of a fraction `rate` of the inputs in training, else the inputs; of the same shape and dtype.

    `training` is a bool or a boolean scalar tensor.
    """
    inputs, training = tf.convert_to_tensor(inputs), _known_if_constant('dropout', training)
    if seed is None and tf.get_default_graph().seed is not None:
        # The branches of `tf.cond` are graphs of their own, in which every layer would get the same seed.
        _, seed = tf.get_seed(None)

    def dropped() -> tf.Tensor:
        return tf.nn.dropout(inputs, noise_shape=noise_shape, seed=seed, rate=rate)

    with layer_scope(None, name or 'dropout'):
        if isinstance(training, bool):
            return dropped() if training else tf.identity(inputs)
        return tf.cond(training, dropped, lambda: tf.identity(inputs))


@only_these_arguments
def flatten(inputs: Any, name: str | None = None) -> tf.Tensor:
    """All axes but the first as one: [batch, ...] to [batch, product of the others]."""
    inputs = tf.convert_to_tensor(inputs)
    if inputs.shape.rank is None or None in inputs.shape.as_list()[1:]:
        raise ValueError(f'flatten: wanted inputs whose axes after the first are known, got {inputs.shape}')
    with layer_scope(None, name or 'flatten'):
        return tf.reshape(inputs, (-1, inputs.shape[1:].num_elements()))


def _known_if_constant(layer: str, training: Any) -> Any:
    """`training` as True or False where that is known while building, else the tensor."""
    constant = tf.get_static_value(training)
    if constant is None and tf.is_tensor(training) and training.dtype.base_dtype == tf.bool:
        return training
    if np.ndim(constant) or np.asarray(constant).dtype.kind not in 'bi':
        raise TypeError(f'{layer}: training is {training!r:.60}, expected True, False or a boolean scalar tensor')
    return bool(constant)
