"""TensorFlow 1.15's behaviour for a whole process, which the runner turns on: variables, control flow and seeds."""

from typing import Any

import tensorflow.compat.v1 as tf
from tensorflow.python.framework import random_seed
from tensorflow.python.ops import random_ops, rnn


def behave_as_1_15() -> None:
    """Variables are references, shapes hold Dimensions, and `cond` and `while` are built into the graph itself.

    Under a graph seed, the seed of a random operation is the number of operations before it, which TensorFlow 2 counts
    otherwise.
    """
    verbosity = tf.logging.get_verbosity()
    tf.logging.set_verbosity(tf.logging.ERROR)  # it warns that this is deprecated
    tf.disable_v2_behavior()
    tf.logging.set_verbosity(verbosity)
    get_seed = random_seed.get_seed

    def seeds(op_seed: Any) -> Any:
        graph = tf.get_default_graph()
        if op_seed is None and graph.seed is not None and not tf.executing_eagerly():
            op_seed = len(graph.get_operations())
        return get_seed(op_seed)

    random_seed.get_seed = seeds
    random_ops.random_uniform = tf.random_uniform = tf.random.uniform = random_uniform
    tf.nn.dropout = dropout
    rnn.dynamic_rnn = tf.nn.dynamic_rnn = dynamic_rnn


_uniform, _dynamic_rnn = random_ops.random_uniform, rnn.dynamic_rnn


def dynamic_rnn(*args: Any, **kwargs: Any) -> Any:
    """`tf.nn.dynamic_rnn`, in 1.15's number of operations, which has one more for each of the outputs."""
    result = _dynamic_rnn(*args, **kwargs)
    for _ in tf.nest.flatten(result[0]):
        tf.no_op()
    return result


def random_uniform(
    shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = tf.float32, seed: int | None = None, name: Any = None
) -> tf.Tensor:
    """`tf.random_uniform`, in 1.15's number of operations also between 0 and 1, for which TensorFlow 2 takes fewer."""
    limits = (minval, 1 if maxval is None else maxval)
    is_unit = all(isinstance(each, (int, float)) for each in limits) and limits == (0, 1)
    if is_unit and tf.as_dtype(dtype).is_floating:
        minval, maxval = tf.constant(0, dtype), tf.constant(1, dtype)
    return _uniform(shape, minval, maxval, dtype, seed, name)


def dropout(
    x: Any, keep_prob: Any = None, noise_shape: Any = None, seed: int | None = None, name: Any = None, rate: Any = None
) -> tf.Tensor:
    """`tf.nn.dropout` in 1.15's operations: `x / (1 - rate)` where a uniform number is at least `rate`, else 0.

    Args:
        x: float, of any shape.
        keep_prob: the fraction that is kept, instead of `rate`.
        noise_shape: the shape of the numbers, broadcast to x; None for an axis of x.
        seed: of the operation.
        name: of the operations.
        rate: the fraction that is dropped.

    Raises:
        ValueError: neither or both fractions are given, or one is not within [0, 1).
    """
    if (keep_prob is None) == (rate is None):
        raise ValueError('dropout: give keep_prob or rate')
    rate = 1 - keep_prob if rate is None else rate
    if isinstance(rate, (int, float)) and not 0 <= rate < 1:
        raise ValueError(f'dropout: rate is {rate}, expected 0 <= rate < 1')
    x = tf.convert_to_tensor(x)
    if isinstance(rate, (int, float)) and rate == 0:
        return x
    with tf.name_scope(name or 'dropout'):
        rate = tf.convert_to_tensor(rate, x.dtype, name='rate')
        shape = tf.shape(x) if noise_shape is None or None in tf.nest.flatten(noise_shape) else noise_shape
        if shape is not noise_shape and noise_shape is not None:
            shape = [shape[axis] if each is None else each for axis, each in enumerate(noise_shape)]
        uniform = random_uniform(shape, seed=seed, dtype=x.dtype)
        scale = 1 / (1 - rate)
        kept = uniform >= rate
        outputs = x * scale * tf.cast(kept, x.dtype)
        outputs.set_shape(x.shape)
        return outputs
