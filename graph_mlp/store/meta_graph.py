"""The notebook's `.meta`: the graph of the network, its training step and its Saver, for TensorFlow 1.x to import."""

import tensorflow.compat.v1 as tf

from graph_mlp.graph.build import Graph

# Attributes that TensorFlow 1.15 does not know and refuses; they are labels, none changes what is computed.
NEWER_ATTRIBUTES = ('debug_name', 'grad_a', 'grad_b')


def meta_graph(graph: Graph) -> bytes:
    """The serialized MetaGraphDef of `graph`, without the compiled loop, in operations that TensorFlow 1.15 has."""
    with graph.graph.as_default():
        meta = tf.train.export_meta_graph(
            graph_def=graph.graph_def,
            saver_def=graph.model_saver.saver_def,
            collection_list=[tf.GraphKeys.GLOBAL_VARIABLES, tf.GraphKeys.TRAINABLE_VARIABLES],
            strip_default_attrs=True,
        )
    for node in meta.graph_def.node:
        for attribute in NEWER_ATTRIBUTES:
            node.attr.pop(attribute, None)
    return meta.SerializeToString()
