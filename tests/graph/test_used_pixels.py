import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.graph.build import build
from graph_mlp.graph.compiled_loop import DataShape, SplitSizes
from graph_mlp.graph.used_pixels import used_pixels
from graph_mlp.optimizers import OPTIMIZERS

KERNEL = np.array([[0, 1], [2, 3], [4, 5], [6, 7]], np.float32)
SLOTS = {'sgd': [], 'momentum': ['momentum'], 'nesterov': ['momentum'], 'adagrad': ['accumulator'], 'adam': ['m', 'v']}


@pytest.fixture
def session():
    """A session on a graph of its own, which is the default one."""
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def kernel_of_four_pixels():
    with tf.variable_scope('hidden1', use_resource=True):
        return tf.get_variable('kernel', initializer=KERNEL)


def with_slots(name):
    """The optimizer of this name, pixels 1 and 3 of a kernel of 4, and each whole variable beside its used rows."""
    optimizer, kernel = OPTIMIZERS[name].create(0.1), kernel_of_four_pixels()
    optimizer.apply_gradients([(tf.zeros_like(kernel), kernel)])
    pixels = used_pixels(np.array([1, 3]), kernel)
    pixels.create_slots(optimizer)
    slots = [(optimizer.get_slot(kernel, slot), optimizer.get_slot(pixels.used, slot)) for slot in SLOTS[name]]
    return optimizer, pixels, [(kernel, pixels.used), *slots]


@pytest.mark.parametrize('name', SLOTS)
def test_every_slot_is_created_for_the_used_rows(session, name):
    optimizer, pixels, _ = with_slots(name)
    assert optimizer.get_slot_names() == SLOTS[name]
    assert all(optimizer.get_slot(pixels.used, slot).shape == (2, 2) for slot in SLOTS[name])


@pytest.mark.parametrize('name', SLOTS)
def test_copy_in_takes_the_used_rows_of_the_kernel_and_of_each_slot(session, name):
    optimizer, pixels, pairs = with_slots(name)
    for number, (whole, _) in enumerate(pairs):
        session.run(whole.assign(KERNEL + 10 * number))
    session.run(pixels.copy_in(optimizer))
    for number, (whole, used) in enumerate(pairs):
        assert session.run(used).tolist() == [[10 * number + 2, 10 * number + 3], [10 * number + 6, 10 * number + 7]]
        np.testing.assert_array_equal(session.run(whole), KERNEL + 10 * number)


@pytest.mark.parametrize('name', SLOTS)
def test_copy_out_leaves_the_other_rows_of_the_kernel_and_of_each_slot_untouched(session, name):
    optimizer, pixels, pairs = with_slots(name)
    for number, (whole, used) in enumerate(pairs):
        session.run([whole.assign(KERNEL + 10 * number), used.assign([[-1, -2], [-3, -4 - number]])])
    session.run(pixels.copy_out(optimizer))
    for number, (whole, _) in enumerate(pairs):
        first, third = [10 * number, 10 * number + 1], [10 * number + 4, 10 * number + 5]
        assert session.run(whole).tolist() == [first, [-1, -2], third, [-3, -4 - number]]


def test_the_used_rows_stand_for_the_kernel_within_their_scope_alone(session):
    kernel = kernel_of_four_pixels()
    pixels = used_pixels(np.array([1, 3]), kernel)
    with pixels.in_place_of_kernel(), tf.variable_scope('hidden1', reuse=True):
        assert tf.get_variable('kernel') is pixels.used
    with tf.variable_scope('hidden1', reuse=True):
        assert tf.get_variable('kernel') is kernel


def test_the_used_rows_are_trained_in_place_of_the_kernel(session):
    kernel, bias = kernel_of_four_pixels(), tf.get_variable('bias', (2,), use_resource=True)
    pixels = used_pixels(np.array([1, 3]), kernel)
    used, other = pixels.trained()
    assert used is pixels.used
    assert other is bias


@pytest.mark.parametrize('name', SLOTS)
def test_the_copies_are_no_part_of_what_is_saved(name):
    config = RunConfig((3,), input_features=4, optimizer=name)
    pixels = DataShape(SplitSizes(5, 2, 3), np.array([1, 3]))
    assert build(config, pixels, steps_per_run=4).state.keys() == build(config).state.keys()


def test_pixels_that_are_zero_everywhere_are_left_out_of_the_compiled_loop(digits):
    shape = DataShape.of(digits.inputs)
    assert np.array_equal(shape.used_pixels, np.flatnonzero(digits.train.images.sum(axis=0)))
    assert 0 < len(shape.used_pixels) < 784
    loop = build(RunConfig((3,)), shape, steps_per_run=4).loop
    assert loop.train.images.shape == (1197, len(shape.used_pixels))
    assert loop.test.images.shape == (400, 784)
    assert build(RunConfig((3,), optimizer='rmsprop'), shape, steps_per_run=4).loop.train.images.shape == (1197, 784)
