import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.batches import epoch_order
from graph_mlp.graph.build import build
from graph_mlp.graph.training import train_step
from tests.session.test_loop_steps import trained


def test_the_updates_of_the_moving_averages_leave_the_trained_weights_alone(digits):
    config = RunConfig((6, 5), dataset='digits')
    _, values = trained(config, digits, 1)
    assert np.abs(values['batch_normalization/moving_mean']).max() > 0
    graph = build(config)
    with tf.Session(graph=graph.graph) as session:
        session.run(graph.init)
        minimize = graph.graph.get_operation_by_name('train/apply')
        [rows] = epoch_order(len(digits.train.labels), 70, config.seed, 0)
        for batch in rows:
            X = digits.train.images[batch] * np.float32(1 / 255)
            session.run(minimize, {graph.X: X, graph.y: digits.train.labels[batch]})
        for name in ('hidden1/kernel', 'batch_normalization/gamma', 'output/bias'):
            np.testing.assert_array_equal(session.run(graph.model[name]), values[name])


def test_only_the_given_variables_are_trained():
    config = RunConfig((2,), 'relu', batch_norm=False, input_features=3)
    with tf.Graph().as_default(), tf.Session() as session:
        X, y = tf.constant([[1.0, 2.0, 3.0]]), tf.constant([4])
        train_step(X, y, config, tf.train.GradientDescentOptimizer(0.5))  # creates the variables
        [bias] = [variable for variable in tf.trainable_variables() if variable.op.name == 'output/bias']
        step = train_step(X, y, config, tf.train.GradientDescentOptimizer(0.5), [bias])
        session.run(tf.global_variables_initializer())
        before = session.run(tf.trainable_variables())
        session.run(step.step)
        after = session.run(tf.trainable_variables())
    changed = [not np.array_equal(*pair) for pair in zip(before, after, strict=True)]
    assert changed == [False, False, False, True]  # the output's bias comes last
    # The gradient by the biases is softmax - one-hot, whose sum is zero.
    assert sum(after[-1]) == pytest.approx(0, abs=1e-6)
    assert after[-1].argmax() == 4
