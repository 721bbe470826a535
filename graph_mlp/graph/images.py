"""Images held inside the graph, so that a run of many steps, or an evaluation, feeds none."""

from typing import NamedTuple

import tensorflow.compat.v1 as tf

from graph_mlp.data.pixels import PIXEL_SCALE


class HeldImages(NamedTuple):
    """One split in local variables; not saved, because the data files hold it already."""

    images: tf.Variable  # [n, features]: pixels, uint8, or what the network takes, float32 (data/pixels.py)
    labels: tf.Variable  # int32 [n]
    images_value: tf.Tensor  # fed while `load` runs: the content of `images`
    labels_value: tf.Tensor  # fed while `load` runs: the content of `labels`
    load: tf.Operation
    free: tf.Operation  # gives the memory of `images` back; nothing that reads them can run after it

    def batch(self, rows: tf.Tensor, features: tf.Tensor | None = None) -> tuple[tf.Tensor, tf.Tensor]:
        """What the network takes of `rows`, int32 [batch]: X float32 [batch, features] and y int32 [batch].

        Args: features, int32: which columns of the images X has; None: all.
        """
        images = tf.gather(self.images, rows)
        images = images if features is None else tf.gather(images, features, axis=1)
        return _network_inputs(images), tf.gather(self.labels, rows)

    def all(self) -> tuple[tf.Tensor, tf.Tensor]:
        """What the network takes of all images: X float32 [n, features] and y int32 [n]."""
        return _network_inputs(self.images.read_value()), self.labels.read_value()


def held_images(name: str, count: int, features: int, dtype: tf.DType) -> HeldImages:
    """Variables for `count` images of `features` each, uint8 or float32, and their labels; `load` fills them."""
    local = {'trainable': False, 'collections': [tf.GraphKeys.LOCAL_VARIABLES], 'use_resource': True}
    with tf.variable_scope(name):
        images_value = tf.placeholder(dtype, (count, features), name='images_value')
        labels_value = tf.placeholder(tf.int32, (count,), name='labels_value')
        # Initialized by `load` alone: an initializer would fill 43 MB with zeros first.
        images = tf.get_variable('images', initializer=images_value, **local)
        labels = tf.get_variable('labels', initializer=labels_value, **local)
        load = tf.group(images.initializer, labels.initializer, name='load')
        free = tf.raw_ops.DestroyResourceOp(resource=images.handle, name='free')
    return HeldImages(images, labels, images_value, labels_value, load, free)


def _network_inputs(images: tf.Tensor) -> tf.Tensor:
    """`graph_mlp.data.pixels.network_inputs` on tensors: the same two float32 operations, so the same bits."""
    return tf.cast(images, tf.float32) * PIXEL_SCALE if images.dtype == tf.uint8 else images
