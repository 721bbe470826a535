import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.graph.kernel_rows import in_place_of, kernel_rows

KERNEL = np.array([[0, 1], [2, 3], [4, 5], [6, 7]], np.float32)
PIXELS, POSITIONS = [1, 3], [-1, 0, -1, 1]


@pytest.fixture
def session():
    """A session on a graph of its own, which is the default one."""
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def kernel_of_four_pixels():
    with tf.variable_scope('hidden1', use_resource=True):
        return tf.get_variable('kernel', initializer=KERNEL)


def test_the_rows_are_those_of_the_pixels(session):
    kernel = kernel_of_four_pixels()
    session.run(kernel.initializer)
    assert session.run(kernel_rows(kernel, tf.constant(PIXELS), tf.constant(POSITIONS))).tolist() == [[2, 3], [6, 7]]


@pytest.mark.parametrize('jit_compile', [False, True])
def test_the_gradient_of_the_rows_goes_where_they_come_from_and_is_zero_elsewhere(session, jit_compile):
    kernel = kernel_of_four_pixels()

    @tf.function(jit_compile=jit_compile, autograph=False)
    def gradient():
        rows = kernel_rows(kernel, tf.constant(PIXELS), tf.constant(POSITIONS))
        return tf.gradients(tf.reduce_sum(rows * [[1.0, 2.0], [3.0, 4.0]]), kernel.handle)[0]

    value = gradient()
    session.run(kernel.initializer)
    assert session.run(value).tolist() == [[0, 0], [1, 2], [0, 0], [3, 4]]


def test_the_rows_stand_for_the_kernel_within_their_scope_alone(session):
    kernel = kernel_of_four_pixels()
    rows = kernel_rows(kernel, tf.constant(PIXELS), tf.constant(POSITIONS))
    with in_place_of(kernel, rows), tf.variable_scope('hidden1', reuse=True):
        assert tf.get_variable('kernel') is rows
    with tf.variable_scope('hidden1', reuse=True):
        assert tf.get_variable('kernel') is kernel
