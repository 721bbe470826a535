"""Leaving out pixels that are zero in every training image: 69 of MNIST's 784 (67 in all 60,000 images).

Their gradient is zero, so their kernel rows never change; multiplying by them is 8 % of the arithmetic of a step.
The compiled loop therefore trains a local kernel of the other rows, which `enter` copies out of `hidden1/kernel`,
optimizer slots included, and `leave` copies back. The network is the same builder's, and so is what it computes.
"""

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig

# TensorFlow's RMSProp lets its mean square decay also where the gradient is zero: those slots would differ.
SLOTS_CHANGE_WITHOUT_GRADIENT = ('rmsprop',)


class UsedPixels(NamedTuple):
    """The rows of `hidden1/kernel` that take part."""

    rows: np.ndarray  # int32 [used]
    kernel: tf.Variable  # float32 [784, units]: hidden1/kernel
    used: tf.Variable  # float32 [used, units], local

    def config(self, config: RunConfig) -> RunConfig:
        """The configuration of the network on these pixels alone."""
        return dataclasses.replace(config, input_features=len(self.rows))

    @contextlib.contextmanager
    def in_place_of_kernel(self) -> Iterator[None]:
        """Within this scope `get_variable` answers `hidden1/kernel` with the used rows."""

        def substitute(getter, name, *args, **kwargs):
            return self.used if name == self.kernel.op.name else getter(name, *args, **kwargs)

        with tf.variable_scope(tf.get_variable_scope(), custom_getter=substitute):
            yield

    def trained(self) -> list[tf.Variable]:
        """The trainable variables, with the used rows in place of the kernel."""
        return [self.used if v is self.kernel else v for v in tf.trainable_variables()]

    def enter(self, optimizer: tf.train.Optimizer) -> tf.Operation:
        """Copies the used rows of the kernel and of its slots."""
        return tf.group(*(to.assign(tf.gather(whole, self.rows)).op for whole, to in self._pairs(optimizer)))

    def leave(self, optimizer: tf.train.Optimizer) -> tf.Operation:
        """Copies them back."""
        pairs = self._pairs(optimizer)
        return tf.group(*(whole.scatter_update(tf.IndexedSlices(to, self.rows)).op for whole, to in pairs))

    def _pairs(self, optimizer: tf.train.Optimizer) -> list[tuple[tf.Variable, tf.Variable]]:
        slots = [[optimizer.get_slot(v, name) for v in (self.kernel, self.used)] for name in optimizer.get_slot_names()]
        return [(self.kernel, self.used), *((whole, to) for whole, to in slots)]


def used_pixels(rows: np.ndarray, kernel: tf.Variable) -> UsedPixels:
    """Makes room for these rows of `kernel`; `enter` fills it."""
    shape = (len(rows), kernel.shape[1])
    with tf.variable_scope('loop'):
        used = tf.get_variable(
            'used_kernel', shape, tf.float32, tf.zeros_initializer(), trainable=False, use_resource=True,
            collections=[tf.GraphKeys.LOCAL_VARIABLES],
        )  # fmt: skip
    return UsedPixels(rows.astype(np.int32), kernel, used)
