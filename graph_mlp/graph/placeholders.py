"""The notebook's two placeholders."""

from typing import NamedTuple

import tensorflow.compat.v1 as tf


class Placeholders(NamedTuple):
    """What every batch is fed through."""

    X: tf.Tensor  # float32 [batch, input_features]
    y: tf.Tensor  # int32 [batch], 0 to 9


def placeholders(input_features: int) -> Placeholders:
    """Creates `X`, float32 [None, input_features], and `y`, int32 [None], under the notebook's names.

    The notebook writes `shape=(None)` for `y`, which is None itself; the rank it meant is given here, so that
    labels of another rank are refused while feeding.
    """
    return Placeholders(
        X=tf.placeholder(tf.float32, shape=(None, input_features), name='X'),
        y=tf.placeholder(tf.int32, shape=(None,), name='y'),
    )
