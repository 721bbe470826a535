import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.batches import epoch_order
from graph_mlp.graph.build import build
from tests.session.test_loop import trained


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
