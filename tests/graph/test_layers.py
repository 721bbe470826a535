import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.graph.layers import batch_norm, dense, dropout


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


def masks(rate, key=(42, 1), steps=(0,), shape=(70, 300), compiled=False):
    """What dropout makes of ones in each step, float32 [steps, *shape]."""
    with tf.Graph().as_default(), tf.Session() as session:
        step = tf.placeholder(tf.int64, ())

        def dropped(step):
            return dropout(tf.ones(shape), rate, key, step)

        outputs = (tf.function(dropped, jit_compile=True, autograph=False) if compiled else dropped)(step)
        return np.array([session.run(outputs, {step: number}) for number in steps])


def test_dropout_is_the_same_where_xla_compiles_it_and_scales_what_it_keeps():
    plain = masks(0.25, steps=(0, 1, 2**31, 2**32 - 1))
    np.testing.assert_array_equal(plain, masks(0.25, steps=(0, 1, 2**31, 2**32 - 1), compiled=True))
    assert set(np.unique(plain)) == {np.float32(0), np.float32(1 / 0.75)}


@pytest.mark.parametrize('rate', [0.1, 0.5, 0.8])
def test_dropout_drops_its_share_in_every_step_and_of_every_unit(rate):
    dropped = masks(rate, steps=range(50)) == 0
    deviation = np.sqrt(rate * (1 - rate))
    for means in (dropped.mean(axis=(1, 2)), dropped.mean(axis=(0, 1)), dropped.mean(axis=(0, 2))):
        # Of the standardized means, at most a few hundred, none is beyond 4.5, and their deviation is about 1.
        scores = (means - rate) / deviation * np.sqrt(dropped.size / len(means))
        assert np.abs(scores).max() < 4.5
        assert 0.7 < scores.std() < 1.3
    assert dropped.mean() == pytest.approx(rate, abs=4.5 * deviation / np.sqrt(dropped.size))


def test_what_dropout_drops_does_not_depend_on_another_step_layer_seed_or_unit():
    first = masks(0.5, steps=range(20)) == 0
    others = [masks(0.5, key, steps=range(20)) == 0 for key in ((42, 2), (43, 1))]
    others += [np.roll(first, 1, axis=axis) for axis in range(3)]
    for other in others:
        assert (first == other).mean() == pytest.approx(0.5, abs=4.5 * 0.5 / np.sqrt(first.size))


def test_a_rate_just_below_one_drops_all():
    assert not masks(1 - 1e-12).any()
