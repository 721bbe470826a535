"""Published models of random weights, for those that evaluate and ask them."""

import numpy as np

from graph_mlp.config import RunConfig
from graph_mlp.data.pca import Projection
from graph_mlp.graph.build import build
from graph_mlp.store.manifest import Manifest
from graph_mlp.store.publish import publish_model

PIXELS = RunConfig(hidden_sizes=(3,), dataset='digits')
COMPONENTS = RunConfig(hidden_sizes=(3,), activation='tanh', input_features=5, dataset='digits')
PROJECTION = Projection(np.full(784, 0.25, np.float32), np.eye(5, 784, k=300, dtype=np.float32))  # pixels 300 to 304


def published(saves, config, projection=None):
    """Publishes a model of random weights as that of the run `digits_tiny`; returns them."""
    random = np.random.RandomState(0)
    values = {
        name: random.uniform(0.5, 1.5, variable.shape).astype(np.float32)
        if 'variance' in name
        else random.normal(0, 0.3, variable.shape).astype(np.float32)
        for name, variable in build(config).model.items()
    }
    publish_model(saves, values, b'meta', Manifest(config=config, run='digits_tiny'), projection)
    return values
