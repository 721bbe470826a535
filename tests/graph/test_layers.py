import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.graph.layers import batch_norm, dense


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
    limit = np.float32(np.sqrt(6 / (600 + 400)))  # Glorot and Bengio 2010, uniform
    assert np.abs(kernel).max() <= limit
    assert np.abs(kernel).max() == pytest.approx(limit, rel=1e-3)
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=1e-2)
    assert not bias.any()


@pytest.mark.parametrize('layer', [lambda x: dense(x, 3, name='hidden1'), lambda x: batch_norm(x, 'hidden1', True)])
def test_a_layer_names_itself_and_the_shape_it_got(layer):
    with tf.Graph().as_default(), pytest.raises(ValueError, match=r'hidden1: wanted .* got \(2, 3, 4\)'):
        layer(tf.zeros((2, 3, 4)))


def normalized(batch_statistics, update=False, runs=1):
    """Batch norm of the column (1, 3) with gamma 2 and beta 5; the output and both moving averages afterwards."""
    with tf.Graph().as_default(), tf.Session() as session:
        out, updates = batch_norm(
            tf.constant([[1.0], [3.0]]), 'batch_normalization', batch_statistics, with_updates=update
        )
        gamma, beta, mean, variance = tf.global_variables()
        session.run(tf.global_variables_initializer())
        session.run([gamma.assign([2.0]), beta.assign([5.0])])
        for _ in range(runs):
            result = session.run(out)
            session.run(updates if update else ())
        return result.ravel(), *session.run([mean, variance])


def test_batch_norm_by_the_statistics_of_the_batch():
    out, *_ = normalized(batch_statistics=True)
    # mean 2, variance 1: (1 - 2) / sqrt(1.001) * 2 + 5
    np.testing.assert_allclose(out, [5 - 2 / np.sqrt(1.001), 5 + 2 / np.sqrt(1.001)], rtol=1e-6)


def test_batch_norm_by_the_moving_averages():
    out, *_ = normalized(batch_statistics=False)
    # They begin as mean 0 and variance 1.
    np.testing.assert_allclose(out, [5 + 2 / np.sqrt(1.001), 5 + 6 / np.sqrt(1.001)], rtol=1e-6)


def test_moving_averages_go_a_tenth_of_the_way_where_they_are_updated():
    _, mean, variance = normalized(batch_statistics=True, update=True, runs=2)
    np.testing.assert_allclose([mean, variance], [[2 * (1 - 0.9**2)], [1.0]], rtol=1e-6)
    assert normalized(batch_statistics=True)[1:] == (0, 1)
