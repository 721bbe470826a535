"""From TensorFlow 1.x's weights and batches we compute what TensorFlow 1.x computed."""

import json

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data import pca
from graph_mlp.graph.build import build
from graph_mlp.loops import make_loop
from tests.conftest import RECORDED

# A rectifier's kink amplifies the last bit: accuracy, loss and weights differ by more there.
CLOSE = {'accuracy': 5e-5, 'loss': 1e-6, 'weight': 2e-6}
KINKED = {'accuracy': 3e-4, 'loss': 3e-5, 'weight': 3e-3}


@pytest.mark.parametrize('steps_per_run', [pytest.param(1, marks=pytest.mark.heavy), 157])
@pytest.mark.parametrize(
    ('name', 'init', 'within'),
    [
        ('BN_elu-300-100', 'BN_elu-300-100', CLOSE),
        ('PCA154_BN_elu-300-100', 'PCA154_BN_elu-300-100', CLOSE),
        pytest.param('relu-300-100', 'relu-300-100', KINKED, marks=pytest.mark.heavy),
        pytest.param('tf1.3_BN_elu-300-100', 'BN_elu-300-100', CLOSE, marks=pytest.mark.heavy),
    ],
)
def test_every_epoch_and_every_weight_is_tensorflow_1s(mnist, name, init, within, steps_per_run):
    expected = json.loads((RECORDED / name / 'expected.json').read_text())
    config = RunConfig(
        hidden_sizes=tuple(expected['hidden']), activation=expected['activation'], batch_norm=expected['batch_norm'],
        input_features=expected['input_features'], steps_per_run=steps_per_run,
    )  # fmt: skip
    if config.input_features < 784:
        mnist = mnist.map_images(pca.load(RECORDED / name / 'pca.npz', config.input_features).project)
    graph = build(config, mnist)
    with tf.Session(graph=graph.graph) as session:
        session.run(graph.init)
        graph.model_saver.restore(session, str(RECORDED / init / 'init.ckpt'))
        loop = make_loop(session, graph, mnist, config)
        for epoch in range(expected['epochs']):
            metrics = loop.epoch(epoch)
            assert metrics.test_accuracy == pytest.approx(expected['test_accuracy'][epoch], abs=within['accuracy'])
            assert metrics.test_loss == pytest.approx(expected['test_loss'][epoch], abs=within['loss'])
        reader = tf.train.load_checkpoint(str(RECORDED / name / 'model.ckpt'))
        for variable_name, value in session.run(graph.model).items():
            if 'moving' not in variable_name:  # the notebook never updated them
                np.testing.assert_allclose(
                    value, reader.get_tensor(variable_name), atol=within['weight'], err_msg=variable_name
                )
