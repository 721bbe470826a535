"""From TensorFlow 1.x's weights and batches we compute what TensorFlow 1.x computed."""

import json

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data import pca
from graph_mlp.data.dataset import Inputs, Split
from graph_mlp.graph.build import build
from graph_mlp.graph.compiled_loop import DataShape
from graph_mlp.session.loop import Trainer, load_images
from graph_mlp.store.history import StepFigures
from tests.conftest import RECORDED

# A rectifier's kink amplifies the last bit: accuracy, loss and weights differ by more there.
CLOSE = {'accuracy': 5e-5, 'loss': 1e-6, 'weight': 2e-6}
KINKED = {'accuracy': 3e-4, 'loss': 3e-5, 'weight': 3e-3}


def begin(session, graph, inputs, init):
    session.run(graph.init)
    graph.model_saver.restore(session, str(RECORDED / init / 'init.ckpt'))
    load_images(session, graph.loop, inputs)


@pytest.mark.parametrize('steps_per_run', [1, 157])
@pytest.mark.parametrize(
    ('name', 'init', 'within'),
    [
        ('BN_elu-300-100', 'BN_elu-300-100', CLOSE),
        ('PCA154_BN_elu-300-100', 'PCA154_BN_elu-300-100', CLOSE),
        ('relu-300-100', 'relu-300-100', KINKED),
        ('tf1.3_BN_elu-300-100', 'BN_elu-300-100', CLOSE),
    ],
)
def test_every_epoch_and_every_weight_is_tensorflow_1s(mnist, name, init, within, steps_per_run):
    expected = json.loads((RECORDED / name / 'expected.json').read_text())
    config = RunConfig(
        tuple(expected['hidden']), expected['activation'], expected['batch_norm'], expected['input_features']
    )
    inputs = mnist.inputs
    if config.input_features < 784:
        projection = pca.load(RECORDED / name / 'pca.npz', config.input_features)
        inputs = Inputs(*(Split(projection.project(split.images), split.labels) for split in inputs))
    graph = build(config, DataShape.of(inputs, config.batch_size), steps_per_run)
    with tf.Session(graph=graph.graph) as session:
        begin(session, graph, inputs, init)
        trainer = Trainer(session, graph, config, inputs.train)
        for epoch in range(expected['epochs']):
            trainer.epoch(epoch, StepFigures.none(), lambda steps: None)
            test, _ = trainer.evaluate()
            assert test.accuracy == pytest.approx(expected['test_accuracy'][epoch], abs=within['accuracy'])
            assert test.loss == pytest.approx(expected['test_loss'][epoch], abs=within['loss'])
        reader = tf.train.load_checkpoint(str(RECORDED / name / 'model.ckpt'))
        for variable_name, variable in graph.model.items():
            if 'moving' not in variable_name:  # the notebook never updated them
                np.testing.assert_allclose(
                    session.run(variable),
                    reader.get_tensor(variable_name),
                    atol=within['weight'],
                    err_msg=variable_name,
                )
