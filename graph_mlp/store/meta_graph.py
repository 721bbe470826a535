"""The notebook's `.meta`: its graph, its collections and its Saver, for TensorFlow 1.x to import."""

import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.graph.notebook_graph import COLLECTIONS, notebook_graph
from graph_mlp.store.older_operations import older_operations


def meta_graph(config: RunConfig) -> bytes:
    """The serialized MetaGraphDef of the notebook's graph for `config`.

    Its Saver names all that `saves/model.ckpt` holds. TensorFlow 1.3 and 1.15 import it; 1.3 has no selu.
    """
    graph, saver = notebook_graph(config)
    with graph.as_default():
        return tf.train.export_meta_graph(
            graph_def=older_operations(graph.as_graph_def()),
            saver_def=saver.saver_def,
            collection_list=list(COLLECTIONS),
            strip_default_attrs=True,
        ).SerializeToString()
