"""Small networks of random weights, published as a trained run's model is."""

import numpy as np

from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import network_inputs
from graph_mlp.data.pca import Projection
from graph_mlp.export.formats import Model
from graph_mlp.store.manifest import Manifest
from graph_mlp.store.publish import publish_model
from tests.store.models import drawn

NETWORKS = {
    'BN_elu': RunConfig(hidden_sizes=(12, 7), activation='elu', dataset='digits'),
    'relu': RunConfig(hidden_sizes=(9,), activation='relu', batch_norm=False, dataset='digits'),
    'leaky_relu, three layers': RunConfig(hidden_sizes=(8, 7, 6), activation='leaky_relu', dataset='digits'),
    'PCA_tanh': RunConfig(hidden_sizes=(9,), activation='tanh', batch_norm=False, input_features=20, dataset='digits'),
    'PCA_BN_selu': RunConfig(hidden_sizes=(9, 5), activation='selu', input_features=20, dataset='digits'),
}


def model(config, run='digits_tiny'):
    """A model of `config` with random weights."""
    projection = None
    if config.input_features < 784:
        directions = np.linalg.qr(np.random.RandomState(0).normal(size=(784, config.input_features)))[0].T
        projection = Projection(np.full(784, 0.2, np.float32), directions.astype(np.float32))
    return Model(Manifest(config=config, run=run), projection, drawn(config))


def publish(saves, model):
    publish_model(saves, model.values, b'meta', model.manifest, model.projection)


def network_input(model, images):
    """What the network of `model` takes of uint8 images."""
    return model.projection.project(images) if model.projection else network_inputs(images)
