"""Images held inside the graph, so that a run of many steps, or an evaluation, feeds none."""

from typing import NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

PIXEL_SCALE = np.float32(1 / 255)


class HeldImages(NamedTuple):
    """One split in local variables; not saved, because the data files hold it already."""

    images: tf.Variable  # [n, features]: uint8 pixels, or float32, pixels scaled or principal components
    labels: tf.Variable  # int32 [n]
    images_value: tf.Tensor  # what `load` fills `images` from
    labels_value: tf.Tensor  # what `load` fills `labels` from
    load: tf.Operation

    def batch(self, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Images float32 [batch, features], pixels in [0, 1], and labels int32 [batch] of `rows`, int32 [batch]."""
        return _scaled(tf.gather(self.images, rows)), tf.gather(self.labels, rows)

    def all(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Every image, float32 [n, features], and its label, int32 [n]."""
        return _scaled(self.images.read_value()), self.labels.read_value()


def held_images(name: str, count: int, features: int, dtype: tf.DType) -> HeldImages:
    """Makes room for `count` images of `features` each, uint8 or float32."""
    local = {'trainable': False, 'collections': [tf.GraphKeys.LOCAL_VARIABLES], 'use_resource': True}
    with tf.variable_scope(name):
        images_value = tf.placeholder(dtype, (count, features), name='images_value')
        labels_value = tf.placeholder(tf.int32, (count,), name='labels_value')
        # Initialized by `load` alone: an initializer would fill 43 MB with zeros first.
        images = tf.get_variable('images', initializer=images_value, **local)
        labels = tf.get_variable('labels', initializer=labels_value, **local)
        load = tf.group(images.initializer, labels.initializer, name='load')
    return HeldImages(images, labels, images_value, labels_value, load)


def _scaled(images: tf.Tensor) -> tf.Tensor:
    # The same two float32 operations as graph_mlp.data.dataset.scaled, so the same bits.
    return tf.cast(images, tf.float32) * PIXEL_SCALE if images.dtype == tf.uint8 else images
