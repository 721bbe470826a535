import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from sklearn.metrics import log_loss

from graph_mlp.graph.objective import accuracy, mean_cross_entropy


def run(function, logits, y):
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(function(tf.constant(logits, tf.float32), tf.constant(y, tf.int32)))


def test_cross_entropy_of_equal_logits_is_the_logarithm_of_their_number():
    assert run(mean_cross_entropy, [[0.0] * 10], [3]) == pytest.approx(np.log(10))


def test_cross_entropy_is_scikit_learns_log_loss():
    logits = np.random.RandomState(0).normal(size=(6, 3))
    y = [0, 1, 2, 2, 1, 0]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert run(mean_cross_entropy, logits, y) == pytest.approx(log_loss(y, probabilities), rel=1e-5)


@pytest.mark.parametrize(
    ('logits', 'hits'),
    [
        ([[1.0, 2.0, 0.0]], 1),
        ([[2.0, 1.0, 0.0]], 0),
        ([[2.0, 2.0, 0.0]], 1),
        ([[0.0, np.nan, 1.0]], 0),
        ([[np.nan, 2.0, 1.0]], 0),
    ],
    ids=['largest', 'second', 'tie', 'NaN', 'NaN elsewhere'],
)
def test_a_tie_is_a_hit_and_what_is_no_number_a_miss(logits, hits):
    assert run(accuracy, logits, [1]) == hits


def test_accuracy_is_the_fraction_of_hits():
    assert run(accuracy, [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [0, 0, 1, 0]) == 0.5
