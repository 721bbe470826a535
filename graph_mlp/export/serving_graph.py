"""The graph that the TensorFlow formats are made from: pixels in, classes and probabilities out, weights inside."""

from collections.abc import Callable
from typing import Any

import tensorflow.compat.v1 as tf

from graph_mlp.config import PIXELS
from graph_mlp.data.pca import Projection
from graph_mlp.export.model import Model
from graph_mlp.graph.network import network
from graph_mlp.runtime.startup import session_config
from graph_mlp.store.older_operations import older_operations

INPUT = 'images'  # float32 [n, 784], pixels in [0, 1]
CLASSES = 'classes'  # int64 [n], the most probable class
PROBABILITIES = 'probabilities'  # float32 [n, 10]


def serving_graph(model: Model) -> tf.GraphDef:
    """The network by moving averages, its PCA before it, every variable a constant.

    The operations `images`, `classes` and `probabilities` are its input and its outputs.
    """
    with tf.Graph().as_default() as graph, tf.Session(graph=graph, config=session_config(0, 'cpu')) as session:
        images = tf.placeholder(tf.float32, (None, PIXELS), name=INPUT)
        X = _project(images, model.projection) if model.projection else images
        with tf.variable_scope('', custom_getter=_trained(model)):
            logits = network(X, model.config, batch_statistics=False).logits
        probabilities = tf.nn.softmax(logits, name=PROBABILITIES)
        tf.argmax(probabilities, axis=1, output_type=tf.int64, name=CLASSES)
        session.run(tf.global_variables_initializer())
        frozen: tf.GraphDef = tf.graph_util.convert_variables_to_constants(
            session, graph.as_graph_def(), [CLASSES, PROBABILITIES]
        )
    return older_operations(frozen)


def _project(images: tf.Tensor, projection: Projection) -> tf.Tensor:
    """`Projection.project` on tensors: float32 [n, 784] to float32 [n, k]."""
    with tf.name_scope('pca'):
        return tf.matmul(images - projection.mean, projection.components, transpose_b=True)


def _trained(model: Model) -> Callable[..., tf.Variable]:
    """A custom getter, for `tf.variable_scope`: every variable is initialized with its trained value."""

    def with_trained_value(getter: Callable[..., tf.Variable], name: str, *args: Any, **kwargs: Any) -> tf.Variable:
        return getter(name, *args, **{**kwargs, 'initializer': tf.constant_initializer(model.values[name])})

    return with_trained_value
