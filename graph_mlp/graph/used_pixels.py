"""Leaving out pixels that are zero in every training image: 69 of MNIST's 784 (67 in all 60,000 images).

Their gradient is zero, so that with most optimizers their kernel rows never change; multiplying by them is 8 % of the
arithmetic of a step. (Optimizers with `changes_without_gradient` train on all pixels, and so does a run that takes
momentum from --init-ckpt, which may have seen other images.)
The compiled loop therefore trains a local kernel of the other rows: `copy_in` takes them from `hidden1/kernel`,
optimizer slots included, and `copy_out` writes them back. The same function builds the network, and the results
are the same. Without this an epoch takes 1.06 to 1.07 times as long on one thread and 1.04 on two (BN_elu-300-100 and
relu-300-100 on MNIST, 25 epochs in turns, an Intel Xeon with AVX-512).
"""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig


class UsedPixels(NamedTuple):
    """The rows of `hidden1/kernel` that take part."""

    rows: np.ndarray  # int32 [used]
    kernel: tf.Variable  # float32 [784, units]: hidden1/kernel
    used: tf.Variable  # float32 [used, units], local

    @property
    def number(self) -> int:
        """How many pixels take part."""
        return len(self.rows)

    def config(self, config: RunConfig) -> RunConfig:
        """The configuration of the network on these pixels alone."""
        return dataclasses.replace(config, input_features=self.number)

    @contextlib.contextmanager
    def in_place_of_kernel(self) -> Iterator[None]:
        """Within this scope `get_variable` returns the used rows when asked for `hidden1/kernel`."""

        def substitute(getter: Callable[..., tf.Variable], name: str, *args: Any, **kwargs: Any) -> tf.Variable:
            return self.used if name == self.kernel.op.name else getter(name, *args, **kwargs)

        with tf.variable_scope(tf.get_variable_scope(), custom_getter=substitute):
            yield

    def trained(self) -> list[tf.Variable]:
        """The trainable variables, with the used rows in place of the kernel."""
        return [self.used if variable is self.kernel else variable for variable in tf.trainable_variables()]

    def create_slots(self, optimizer: tf.train.Optimizer) -> None:
        """Creates the optimizer's slots for the used rows, which cannot be done within a compiled function.

        Like the used rows they are local: no Saver and no `.meta` may name them.
        """

        def local(getter: Callable[..., tf.Variable], *args: Any, **kwargs: Any) -> tf.Variable:
            return getter(*args, **{**kwargs, 'collections': [tf.GraphKeys.LOCAL_VARIABLES]})

        with tf.variable_scope(tf.get_variable_scope(), custom_getter=local):
            # The public way to create slots; the operation itself is never run.
            optimizer.apply_gradients([(tf.zeros_like(self.used), self.used)], name='loop/create_slots')

    def copy_in(self, optimizer: tf.train.Optimizer) -> tf.Operation:
        """Copies the used rows of the kernel and of its slots."""
        return tf.group(*(used.assign(tf.gather(whole, self.rows)).op for whole, used in self._pairs(optimizer)))

    def copy_out(self, optimizer: tf.train.Optimizer) -> tf.Operation:
        """Copies them back."""
        pairs = self._pairs(optimizer)
        return tf.group(*(whole.scatter_update(tf.IndexedSlices(used, self.rows)).op for whole, used in pairs))

    def _pairs(self, optimizer: tf.train.Optimizer) -> list[tuple[tf.Variable, tf.Variable]]:
        slots = [
            (optimizer.get_slot(self.kernel, name), optimizer.get_slot(self.used, name))
            for name in optimizer.get_slot_names()
        ]
        return [(self.kernel, self.used), *slots]


def used_pixels(rows: np.ndarray, kernel: tf.Variable) -> UsedPixels:
    """Creates the local kernel for these rows of `kernel`; `copy_in` fills it."""
    shape = (len(rows), kernel.shape[1])
    with tf.variable_scope('loop'):
        used = tf.get_variable(
            'used_kernel', shape, tf.float32, tf.zeros_initializer(), trainable=False, use_resource=True,
            collections=[tf.GraphKeys.LOCAL_VARIABLES],
        )  # fmt: skip
    return UsedPixels(rows.astype(np.int32), kernel, used)
