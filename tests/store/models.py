"""Small published models, and what is read back of them."""

import functools

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.pca import Projection
from graph_mlp.graph.build import build
from graph_mlp.store.checkpoint import open_checkpoint
from graph_mlp.store.manifest import Manifest
from graph_mlp.store.publish import publish_model
from graph_mlp.store.restore import read_config, read_projection, restore

PIXELS = RunConfig(hidden_sizes=(3,), dataset='digits')
COMPONENTS = RunConfig(hidden_sizes=(4, 3), input_features=5, dataset='digits')
PROJECTION = Projection(np.full(784, 0.25, np.float32), np.eye(5, 784, k=300, dtype=np.float32))  # pixels 300 to 304


def filled(number, config=COMPONENTS, with_slots=False):
    """Variables by name, `number` everywhere."""
    graph = build(config)
    variables = graph.state if with_slots else graph.model
    return {name: np.full(variable.shape, number, np.float32) for name, variable in variables.items()}


def drawn(config):
    """A network's variables by name, of random weights, variances among them positive."""
    random, values = np.random.RandomState(0), filled(0, config)
    for name, value in values.items():
        value += random.uniform(0.5, 1.5, value.shape) if 'variance' in name else random.normal(0, 0.1, value.shape)
    return values


def published(saves, values=1.0, config=COMPONENTS):
    """Publishes variables by name, or a network of one number, as the model of a run `tiny`; returns its prefix."""
    values = values if isinstance(values, dict) else filled(values, config)
    projection = PROJECTION if config.input_features == 5 else None
    return publish_model(saves, values, b'meta', Manifest(config=config, run='tiny'), projection)


@functools.cache
def _graph():
    return build(COMPONENTS)


def restored(path):
    """The number in every weight of a checkpoint that `published` wrote."""
    graph = _graph()
    with open_checkpoint(path) as checkpoint, tf.Session(graph=graph.graph) as session:
        assert read_config(checkpoint, None) == COMPONENTS
        assert read_projection(checkpoint, COMPONENTS, None).equals(PROJECTION)
        restore(session, graph.model_saver, graph.model, checkpoint)
        [number] = {float(number) for value in session.run(graph.model).values() for number in np.ravel(value)}
    return number
