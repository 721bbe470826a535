import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Dataset, Split, network_inputs
from graph_mlp.data.nonzero_pixels import number_of_pixels
from graph_mlp.graph import compiled
from graph_mlp.graph.build import build
from tests.graph import reference

GREY = np.arange(256, dtype=np.uint8).reshape(4, 64)  # every level once
COMPONENTS = np.array([[-3.0, 200.0], [0.1, 1e-30], [np.inf, 255.0], [7.0, -0.0]], np.float32)


def dataset(images):
    """The same images in every split."""
    split = Split(images, np.arange(len(images), dtype=np.int32) % 10)
    return Dataset('mnist', '', '', split, split, split)


def loop(images, steps_per_run=4, on_gpu=False):
    """A graph over the images, three units wide."""
    config = RunConfig(
        hidden_sizes=(3,), activation='tanh', batch_norm=False, input_features=images.shape[1], batch_size=2,
        learning_rate=0.5, steps_per_run=steps_per_run,
    )  # fmt: skip
    return config, build(config, dataset(images), on_gpu)


def test_images_are_held_as_they_are_for_many_steps_alone_and_neither_trained_nor_saved():
    assert loop(GREY, steps_per_run=1)[1].compiled is None
    for images in (GREY, COMPONENTS):
        graph = loop(images)[1]
        for held in graph.compiled.splits.values():
            assert (held.images.shape, held.images.dtype) == (images.shape, images.dtype)
        assert not any(name.startswith('data/') for name in graph.state)


def test_every_step_has_its_rows_its_loss_and_where_it_pays_its_pixels(digits):
    steps = loop(digits.train.images)[1].compiled
    assert steps.rows.shape == (4, 2)
    assert steps.steps.loss.shape == steps.steps.accuracy.shape == (4,)
    number = number_of_pixels(digits.train.images, 2)
    assert (steps.pixels.shape, steps.positions.shape) == ((4, number), (4, 784))
    for all_features in (loop(COMPONENTS)[1], loop(digits.train.images, on_gpu=True)[1]):
        assert all_features.compiled.pixels is None


@pytest.mark.parametrize('jit_compile', [False, True])
@pytest.mark.parametrize('images', [GREY, COMPONENTS], ids=['pixels', 'components'])
def test_a_batch_has_the_same_bits_as_outside_the_graph(images, jit_compile):
    rows = np.array([2, 0, 2])
    with tf.Graph().as_default(), tf.Session() as session:
        held = compiled._held_images('train', dataset(images).train)
        batch = tf.function(lambda: compiled._batch(held, tf.constant(rows)), jit_compile=jit_compile)()
        session.run(held.load, dict(zip(held.values, dataset(images).train, strict=True)))
        X, y = session.run(batch)
    np.testing.assert_array_equal(X.view(np.uint32), network_inputs(images[rows]).view(np.uint32))
    assert y.tolist() == [2, 0, 2]


@pytest.mark.parametrize('jit_compile', [False, True])
def test_the_gradient_of_some_rows_goes_where_they_come_from_and_is_zero_elsewhere(jit_compile):
    with tf.Graph().as_default(), tf.Session() as session:
        kernel = tf.get_variable('kernel', initializer=np.arange(8, dtype=np.float32).reshape(4, 2), use_resource=True)

        @tf.function(jit_compile=jit_compile, autograph=False)
        def rows_and_gradient():
            rows = compiled._kernel_rows(kernel, tf.constant([1, 3]), tf.constant([-1, 0, -1, 1]))
            return rows, tf.gradients(tf.reduce_sum(rows * [[1.0, 2.0], [3.0, 4.0]]), kernel.handle)[0]

        found = rows_and_gradient()
        session.run(kernel.initializer)
        rows, gradient = session.run(found)
    assert rows.tolist() == [[2, 3], [6, 7]]
    assert gradient.tolist() == [[0, 0], [1, 2], [0, 0], [3, 4]]


@pytest.mark.parametrize('count', [0, 1, 3])
def test_as_many_steps_are_trained_as_there_are_rows_and_the_rest_is_zero(count):
    images = np.random.RandomState(0).normal(size=(6, 4)).astype(np.float32)
    config, graph = loop(images)
    rows = np.array([[4, 1], [0, 5], [3, 2]], np.int32)[:count]
    with tf.Session(graph=graph.graph) as session:
        session.run(graph.init)
        compiled.load_images(session, graph.compiled, dataset(images))
        expected, expected_losses = session.run(graph.model), []
        _, losses, accuracies = session.run(graph.compiled.steps, compiled.feed_dict(graph.compiled, rows, None))
        trained = session.run(graph.model)
    for row in rows:
        loss, gradients = reference.gradients(expected, images[row], row, config)
        expected_losses.append(loss)
        expected = {name: value - 0.5 * gradients[name] for name, value in expected.items()}
    np.testing.assert_allclose(losses[:count], expected_losses, rtol=1e-5)
    assert not losses[count:].any()
    assert not accuracies[count:].any()
    for name, value in expected.items():
        np.testing.assert_allclose(trained[name], value, atol=2e-6, err_msg=name)
