"""Training on some rows of the first kernel: those of the pixels that are not zero in the whole batch.

The rows that are left out belong to pixels which add nothing to any product, and their gradient is zero. So the network
is built, by the same function, on fewer inputs, and the gradient of the kernel is what it would have been.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow.compat.v1 as tf


def kernel_rows(kernel: tf.Variable, pixels: tf.Tensor, positions: tf.Tensor) -> tf.Tensor:
    """`tf.gather(kernel, pixels)`, whose gradient is a gather too.

    XLA turns the scatter that TensorFlow would take for it into a loop over the rows.
    Args: kernel float32 [784, units]; pixels int32 [number], without repetition; positions int32 [784], where each
    pixel stands among them, or -1. Returns float32 [number, units].
    """

    @tf.custom_gradient
    def gather(kernel: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            rows = tf.gather(upstream, tf.maximum(positions, 0))
            return tf.where(positions >= 0, rows, tf.zeros_like(rows))

        return tf.gather(kernel, pixels), gradient

    return gather(kernel.read_value())


@contextlib.contextmanager
def in_place_of(kernel: tf.Variable, rows: tf.Tensor) -> Iterator[None]:
    """Within this scope `get_variable` returns `rows` when asked for `kernel`."""

    def substitute(getter: Callable[..., tf.Variable], name: str, *args: Any, **kwargs: Any) -> tf.Variable | tf.Tensor:
        return rows if name == kernel.op.name else getter(name, *args, **kwargs)

    with tf.variable_scope(tf.get_variable_scope(), custom_getter=substitute):
        yield
