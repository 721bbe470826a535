import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.data.pixels import network_inputs
from graph_mlp.graph.images import held_images

PIXELS = np.arange(256, dtype=np.uint8).reshape(4, 64)  # every grey level once
COMPONENTS = np.array([[-3.0, 200.0], [0.1, 1e-30], [np.inf, 255.0], [7.0, -0.0]], np.float32)
LABELS = np.array([9, 0, 5, 5], np.int32)


def compiled(function):
    return tf.function(function, jit_compile=True, autograph=False)()


def taken(images, select, call=lambda function: function()):
    """What the network takes of `images`, once they are loaded, by `select` of HeldImages; `call` may compile it."""
    with tf.Graph().as_default(), tf.Session() as session:
        held = held_images('train', *images.shape, tf.as_dtype(images.dtype))
        session.run(held.load, {held.images_value: images, held.labels_value: LABELS})
        return session.run(call(lambda: select(held)))


@pytest.mark.parametrize('call', [lambda function: function(), compiled], ids=['graph', 'XLA'])
def test_all_pixels_are_scaled_to_the_same_bits_as_outside_the_graph(call):
    X, y = taken(PIXELS, lambda held: held.all(), call)
    assert X.dtype == np.float32
    np.testing.assert_array_equal(X.view(np.uint32), network_inputs(PIXELS).view(np.uint32))
    np.testing.assert_array_equal(y, LABELS)


@pytest.mark.parametrize('call', [lambda function: function(), compiled], ids=['graph', 'XLA'])
def test_a_batch_of_pixels_is_scaled_to_the_same_bits_as_outside_the_graph(call):
    X, y = taken(PIXELS, lambda held: held.batch(tf.constant([2, 0, 2])), call)
    assert X.dtype == np.float32
    np.testing.assert_array_equal(X.view(np.uint32), network_inputs(PIXELS[[2, 0, 2]]).view(np.uint32))
    assert y.tolist() == [5, 9, 5]


def test_all_principal_components_are_taken_as_they_are():
    X, _ = taken(COMPONENTS, lambda held: held.all())
    np.testing.assert_array_equal(X.view(np.uint32), COMPONENTS.view(np.uint32))


def test_a_batch_of_principal_components_is_taken_as_it_is():
    X, _ = taken(COMPONENTS, lambda held: held.batch(tf.constant([3, 1])))
    np.testing.assert_array_equal(X.view(np.uint32), COMPONENTS[[3, 1]].view(np.uint32))


def test_images_are_neither_trained_nor_saved():
    with tf.Graph().as_default():
        held_images('train', 4, 64, tf.uint8)
        assert tf.global_variables() == tf.trainable_variables() == []
        assert [variable.op.name for variable in tf.local_variables()] == ['train/images', 'train/labels']


def test_what_is_freed_can_be_read_no_more():
    with tf.Graph().as_default(), tf.Session() as session:
        held = held_images('train', *PIXELS.shape, tf.uint8)
        X, y = held.all()
        session.run(held.load, {held.images_value: PIXELS, held.labels_value: LABELS})
        session.run(X)
        session.run(held.free)
        with pytest.raises(tf.errors.FailedPreconditionError):
            session.run(X)
        assert session.run(y).tolist() == LABELS.tolist()
