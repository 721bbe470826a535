import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Inputs, Split
from graph_mlp.data.nonzero_pixels import number_of_pixels
from graph_mlp.graph.build import build
from graph_mlp.graph.compiled_loop import DataShape, SplitSizes
from tests.graph import reference


def split(images):
    return Split(images, np.arange(len(images), dtype=np.int32) % 10)


def inputs(dtype):
    """5 training images of 4 features; 2 validate and 3 test."""
    train = np.array([[0, 1, 0, 0], [0, 2, 0, 0], [0, 0, 0, 255], [0, 0, 0, 0], [0, 7, 0, 9]], dtype)
    return Inputs(split(train), split(np.ones((2, 4), dtype)), split(np.ones((3, 4), dtype)))


def test_the_shape_of_pixels_says_how_many_are_trained_on():
    images = np.zeros((20, 784), np.uint8)
    images[:, 300:400] = 1
    twenty = split(images)
    shape = DataShape.of(Inputs(twenty, twenty, twenty), batch_size=10)
    assert shape == (SplitSizes(train=20, validation=20, test=20), tf.uint8, number_of_pixels(images, 10))


def test_the_shape_of_principal_components_leaves_none_out():
    assert DataShape.of(inputs(np.float32), 2) == (SplitSizes(train=5, validation=2, test=3), tf.float32, None)


def loop(dtype, steps_per_run):
    config = RunConfig((3,), input_features=4, batch_size=2)
    return build(config, DataShape.of(inputs(dtype), config.batch_size), steps_per_run).loop


@pytest.mark.parametrize('dtype', [np.uint8, np.float32])
def test_for_single_steps_nothing_is_compiled_and_no_training_image_is_held(dtype):
    parts = loop(dtype, steps_per_run=1)
    assert (parts.train_steps, parts.train, parts.choice, parts.batch) == (None, None, None, None)
    assert parts.rows.shape == (1, 2)


@pytest.mark.parametrize(('dtype', 'held'), [(np.uint8, tf.uint8), (np.float32, tf.float32)])
def test_for_many_steps_the_training_images_are_held_as_they_are(dtype, held):
    parts = loop(dtype, steps_per_run=4)
    assert (parts.train.images.shape, parts.train.images.dtype) == ((5, 4), held)


def test_many_steps_on_few_pixels_are_fed_those_of_every_step():
    shape = DataShape(SplitSizes(5, 2, 3), tf.uint8, pixels=3)
    choice = build(RunConfig((3,), input_features=4, batch_size=2), shape, steps_per_run=4).loop.choice
    assert (choice.pixels.shape, choice.positions.shape) == ((4, 3), (4, 4))


def test_many_steps_have_a_row_a_loss_and_an_accuracy_each():
    parts = loop(np.uint8, steps_per_run=4)
    assert parts.rows.shape == (4, 2)
    assert parts.train_steps.loss.shape == parts.train_steps.accuracy.shape == (4,)


@pytest.mark.parametrize('steps_per_run', [1, 4])
@pytest.mark.parametrize('dtype', [np.uint8, np.float32])
def test_what_is_evaluated_is_held_as_the_network_takes_it(dtype, steps_per_run):
    parts = loop(dtype, steps_per_run)
    assert (parts.test.images.shape, parts.test.images.dtype) == ((3, 4), tf.float32)
    assert (parts.validation.images.shape, parts.validation.images.dtype) == ((2, 4), tf.float32)


@pytest.mark.parametrize('count', [0, 1, 3])
def test_as_many_rows_are_trained_on_as_are_counted_and_the_rest_is_zero(count):
    config = RunConfig((3,), 'tanh', batch_norm=False, input_features=4, batch_size=2, learning_rate=0.5)
    train = split(np.random.RandomState(0).normal(size=(6, 4)).astype(np.float32))
    rows = np.array([[4, 1], [0, 5], [3, 2], [1, 0]], np.int32)
    graph = build(config, DataShape.of(Inputs(train, train, train), config.batch_size), steps_per_run=4)
    with tf.Session(graph=graph.graph) as session:
        session.run(graph.init)
        held = graph.loop.train
        session.run(held.load, {held.images_value: train.images, held.labels_value: train.labels})
        expected, expected_losses = session.run(graph.model), []
        feed_dict = {graph.loop.rows: rows, graph.loop.count: count}
        _, losses, accuracies = session.run(graph.loop.train_steps, feed_dict)
        trained = session.run(graph.model)
    for row in rows[:count]:
        loss, gradients = reference.gradients(expected, train.images[row], train.labels[row], config)
        expected_losses.append(loss)
        expected = {name: value - 0.5 * gradients[name] for name, value in expected.items()}
    np.testing.assert_allclose(losses[:count], expected_losses, rtol=1e-5)
    assert not losses[count:].any()
    assert not accuracies[count:].any()
    for name, value in expected.items():
        np.testing.assert_allclose(trained[name], value, atol=2e-6, err_msg=name)
