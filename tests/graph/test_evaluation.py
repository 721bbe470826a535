import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from scipy.special import softmax
from sklearn.metrics import log_loss

from graph_mlp.config import RunConfig
from graph_mlp.graph.evaluation import figures
from tests.graph import reference


def random_values(variables):
    """A value for every variable, away from where it begins; variances are positive."""
    random = np.random.RandomState(0)
    return {
        variable.op.name: random.uniform(0.5, 1.5, variable.shape)
        if 'variance' in variable.op.name
        else random.normal(0, 0.5, variable.shape)
        for variable in variables
    }


def loss(logits, y):
    return log_loss(y, softmax(logits, axis=1), labels=range(10))


@pytest.mark.parametrize('batch_norm', [True, False])
def test_the_figures_are_those_of_the_formulas(batch_norm):
    config = RunConfig((5, 4), 'tanh', batch_norm, input_features=6)
    X = np.random.RandomState(1).normal(size=(40, 6)).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        y = tf.placeholder(tf.int32, (40,))
        measured = figures(tf.constant(X), y, config)
        values = random_values(tf.global_variables())
        session.run([variable.assign(values[variable.op.name]) for variable in tf.global_variables()])
        by_batch, _ = reference.forward(values, X, config)
        by_moving, _ = reference.forward(values, X, config, moving=True)
        # By the statistics of the batch the first 30 images are hits, the last 10 are not.
        labels = np.append(by_batch[:30].argmax(axis=1), by_batch[30:].argmin(axis=1))
        accuracy, cross_entropy, accuracy_moving, cross_entropy_moving = session.run(measured, {y: labels})
    assert accuracy == 0.75
    assert cross_entropy == pytest.approx(loss(by_batch, labels), rel=1e-5)
    assert accuracy_moving == pytest.approx(np.mean(by_moving.argmax(axis=1) == labels), rel=1e-6)
    assert cross_entropy_moving == pytest.approx(loss(by_moving, labels), rel=1e-5)
    assert (accuracy_moving == accuracy) == (not batch_norm)


def test_measuring_changes_no_moving_average():
    with tf.Graph().as_default(), tf.Session() as session:
        measured = figures(tf.constant([[1.0], [3.0]]), tf.constant([0, 1]), RunConfig((2,), input_features=1))
        moving = [variable for variable in tf.global_variables() if 'moving' in variable.op.name]
        session.run(tf.global_variables_initializer())
        session.run(measured)
        assert [value.tolist() for value in session.run(moving)] == [[0, 0], [1, 1]]


def test_without_batch_norm_the_network_is_built_once():
    with tf.Graph().as_default() as graph:
        figures(tf.zeros((2, 6)), tf.zeros(2, tf.int32), RunConfig((5,), batch_norm=False, input_features=6))
        products = [node.name for node in graph.as_graph_def().node if node.op == 'MatMul']
    assert len(products) == 2  # of hidden1 and the output
