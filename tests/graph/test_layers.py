import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.graph.layers import ACTIVATIONS, batch_norm, dense


def test_dense_is_an_affine_map_under_the_names_of_tf_layers():
    with tf.Graph().as_default() as graph, tf.Session() as session:
        out = dense(tf.constant([[1.0, 2.0]]), 2, name='hidden1')
        kernel, bias = graph.get_collection('variables')
        assert [kernel.op.name, bias.op.name] == ['hidden1/kernel', 'hidden1/bias']
        session.run([kernel.assign([[1.0, 0.0], [3.0, -1.0]]), bias.assign([10.0, 20.0])])
        assert session.run(out).tolist() == [[17.0, 18.0]]


def test_dense_begins_as_tf_layers_did():
    with tf.Graph().as_default(), tf.Session() as session:
        dense(tf.zeros((1, 600)), 400, name='hidden1')
        session.run(tf.global_variables_initializer())
        kernel, bias = session.run(tf.global_variables())
    limit = np.sqrt(6 / (600 + 400))  # Glorot and Bengio 2010, uniform
    assert np.abs(kernel).max() <= limit
    assert np.abs(kernel).max() == pytest.approx(limit, rel=1e-3)
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=1e-2)
    assert not bias.any()


@pytest.mark.parametrize('layer', [lambda x: dense(x, 3, name='hidden1'), lambda x: batch_norm(x, 'hidden1', True)])
def test_a_layer_names_itself_and_the_shape_it_got(layer):
    with tf.Graph().as_default(), pytest.raises(ValueError, match=r'hidden1: wanted .* got \(2, 3, 4\)'):
        layer(tf.zeros((2, 3, 4)))


def normalized(batch_statistics, updates=None, runs=1):
    """Batch norm of the column (1, 3) with gamma 2 and beta 5; the output and both moving averages afterwards."""
    with tf.Graph().as_default(), tf.Session() as session:
        out = batch_norm(tf.constant([[1.0], [3.0]]), 'batch_normalization', batch_statistics, updates)
        gamma, beta, mean, variance = tf.global_variables()
        session.run(tf.global_variables_initializer())
        session.run([gamma.assign([2.0]), beta.assign([5.0])])
        for _ in range(runs):
            result = session.run(out)
            session.run(updates or [])
        return result.ravel(), *session.run([mean, variance])


def test_batch_norm_by_the_statistics_of_the_batch():
    out, *_ = normalized(batch_statistics=True)
    # mean 2, variance 1: (1 - 2) / sqrt(1.001) * 2 + 5
    np.testing.assert_allclose(out, [5 - 2 / np.sqrt(1.001), 5 + 2 / np.sqrt(1.001)], rtol=1e-6)


def test_batch_norm_by_the_moving_averages():
    out, *_ = normalized(batch_statistics=False)
    # They begin as mean 0 and variance 1.
    np.testing.assert_allclose(out, [5 + 2 / np.sqrt(1.001), 5 + 6 / np.sqrt(1.001)], rtol=1e-6)


def test_moving_averages_go_a_tenth_of_the_way():
    _, mean, variance = normalized(batch_statistics=True, updates=[], runs=2)
    np.testing.assert_allclose(mean, [2 * (1 - 0.9**2)], rtol=1e-6)
    np.testing.assert_allclose(variance, [1.0], rtol=1e-6)


def test_moving_averages_stay_without_updates():
    _, mean, variance = normalized(batch_statistics=True)
    assert (mean, variance) == (0, 1)


ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('relu', [0, 0, 2]),
        ('elu', [np.expm1(-1), 0, 2]),
        ('leaky_relu', [-0.01, 0, 2]),
        ('tanh', [np.tanh(-1), 0, np.tanh(2)]),
        ('selu', [SCALE * ALPHA * np.expm1(-1), 0, SCALE * 2]),
    ],
)
def test_activations(name, expected):
    with tf.Graph().as_default(), tf.Session() as session:
        found = session.run(ACTIVATIONS[name](tf.constant([-1.0, 0.0, 2.0])))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize('name', ['elu', 'selu'])
def test_a_compiled_exponential_unit_is_that_of_tensorflows_kernels(name):
    # exp(-1e-8) - 1 is 0 in float32, where expm1 gives -1e-8; exp(100) is infinite and must not reach the gradient.
    values = [-100.0, -1.0, -0.25, -1e-8, 0.0, 2.0, 100.0]

    def outputs_and_gradient(activation):
        z = tf.constant(values)
        outputs = activation(z)
        return outputs, tf.gradients(outputs, z)[0]

    with tf.Graph().as_default(), tf.Session() as session:
        compiled = tf.function(lambda: outputs_and_gradient(ACTIVATIONS[name]), jit_compile=True)()
        found, expected = session.run((compiled, outputs_and_gradient(getattr(tf.nn, name))))
    assert found[0][3] == 0
    np.testing.assert_allclose(found, expected, rtol=1e-6)
