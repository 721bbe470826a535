import platform

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from sklearn.metrics import log_loss

from graph_mlp.graph.objective import accuracy, mean_cross_entropy


def run(function, logits, y):
    with tf.Graph().as_default(), tf.Session() as session:
        # Fed, because TensorFlow would fold constants before XLA sees them.
        X, labels = tf.placeholder(tf.float32, np.shape(logits)), tf.placeholder(tf.int32, np.shape(y))
        return session.run(function(X, labels), {X: logits, labels: y})


def test_cross_entropy_of_equal_logits_is_the_logarithm_of_their_number():
    assert run(mean_cross_entropy, [[0.0] * 10], [3]) == pytest.approx(np.log(10))


def test_cross_entropy_is_scikit_learns_log_loss():
    logits = np.random.RandomState(0).normal(size=(6, 3))
    y = [0, 1, 2, 2, 1, 0]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert run(mean_cross_entropy, logits, y) == pytest.approx(log_loss(y, probabilities), rel=1e-5)


def gradient(logits, y):
    return tf.gradients(mean_cross_entropy(logits, y), logits)[0]


@pytest.mark.skipif(platform.machine() != 'x86_64', reason='adds as TensorFlow 1.15 does, built for x86_64')
def test_the_compiled_gradient_of_a_nearly_certain_class_is_rounded_as_the_plain_one():
    logits = np.random.RandomState(0).normal(size=(200, 10)).astype(np.float32)
    y = np.arange(200) % 10
    logits[np.arange(200), y] = np.linspace(14, 18, 200)
    compiled = run(tf.function(gradient, jit_compile=True, autograph=False), logits, y)
    of_true_class = (np.arange(200), y)
    np.testing.assert_array_equal(compiled[of_true_class], run(gradient, logits, y)[of_true_class])


def test_the_compiled_gradient_is_probability_minus_truth():
    logits = np.random.RandomState(0).normal(size=(6, 10))
    y = [0, 1, 2, 3, 4, 5]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    compiled = run(tf.function(gradient, jit_compile=True, autograph=False), logits, y)
    np.testing.assert_allclose(compiled, (probabilities - np.eye(10)[y]) / 6, atol=1e-7)


INF, NAN = np.inf, np.nan
# Logits whose true class is the second, and whether TensorFlow 1.15's kernel called it a hit.
ROWS = {
    'largest': ([1.0, 2.0, 0.0], 1),
    'second': ([2.0, 1.0, 0.0], 0),
    'tie': ([2.0, 2.0, 0.0], 1),
    'NaN': ([0.0, NAN, 1.0], 0),
    'inf': ([0.0, INF, 1.0], 0),
    '-inf': ([0.0, -INF, 1.0], 0),
    'NaN elsewhere': ([NAN, 2.0, 1.0], 0),
    'inf elsewhere': ([INF, 2.0, 1.0], 0),
    '-inf elsewhere': ([-INF, 2.0, 1.0], 0),
}


def accuracy_of_each_row(logits, y):
    return tf.stack([accuracy(logits[at : at + 1], y[at : at + 1]) for at in range(len(ROWS))])


@pytest.fixture(scope='module')
def answers():
    """What both loops answer, by row: built plainly, and compiled by XLA."""
    logits, y = [row for row, _ in ROWS.values()], [1] * len(ROWS)
    compiled = tf.function(accuracy_of_each_row, jit_compile=True, autograph=False)
    return {'graph': run(accuracy_of_each_row, logits, y), 'compiled': run(compiled, logits, y)}


@pytest.mark.parametrize('loop', ['graph', 'compiled'])
@pytest.mark.parametrize('row', ROWS)
def test_a_tie_is_a_hit_and_a_row_that_is_not_finite_a_miss(answers, row, loop):
    assert answers[loop][list(ROWS).index(row)] == ROWS[row][1]


def test_accuracy_is_the_fraction_of_hits():
    assert run(accuracy, [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [0, 0, 1, 0]) == 0.5
