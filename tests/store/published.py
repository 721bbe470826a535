"""Small published models, and what is read back of them."""

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.pca import Projection
from graph_mlp.graph.build import build
from graph_mlp.store import publish
from graph_mlp.store.checkpoint import open_checkpoint
from graph_mlp.store.manifest import Manifest
from graph_mlp.store.restore import read_config, read_projection, restore

CONFIG = RunConfig(hidden_sizes=(4, 3), input_features=5, dataset='digits')
PROJECTION = Projection(np.zeros(784, np.float32), np.eye(5, 784, dtype=np.float32))


def values(number):
    """A model whose every weight is `number`."""
    return {name: np.full(variable.shape, number, np.float32) for name, variable in build(CONFIG).model.items()}


def published(saves, number=1.0, config=CONFIG, projection=PROJECTION):
    return publish.publish_model(saves, values(number), b'meta', Manifest(config=config), projection)


def restored(path):
    """What every weight of the checkpoint is."""
    graph = build(CONFIG)
    with open_checkpoint(path) as checkpoint, tf.Session(graph=graph.graph) as session:
        assert read_config(checkpoint, None) == CONFIG
        np.testing.assert_array_equal(read_projection(checkpoint, CONFIG, None).components, PROJECTION.components)
        restore(session, graph.model_saver, graph.model, checkpoint)
        found = {float(number) for value in session.run(graph.model).values() for number in np.ravel(value)}
    [number] = found
    return number
