import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.graph.notebook_graph import notebook_graph
from graph_mlp.store.older_operations import NEWER_ATTRIBUTES, OLDER_NAMES, older_operations


def evaluated(graph_def, name):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.import_graph_def(graph_def, name='')
        return session.run(name)


@pytest.mark.parametrize('older', [False, True])
def test_a_broadcast_gives_the_same_bits(older):
    row = np.array([1 / 3, -0.0, np.inf], np.float32)
    with tf.Graph().as_default() as graph:
        tf.broadcast_to(tf.constant(row), tf.constant([2, 3]), name='rows')
    graph_def = older_operations(graph.as_graph_def()) if older else graph.as_graph_def()
    assert ('BroadcastTo' in {node.op for node in graph_def.node}) != older
    rows = evaluated(graph_def, 'rows:0')
    assert rows.tobytes() == np.stack([row, row]).tobytes()


def test_in_top_k_keeps_its_k():
    with tf.Graph().as_default() as graph:
        tf.nn.in_top_k(tf.constant([[0.1, 0.2, 0.3]] * 3), tf.constant([0, 1, 2]), 2, name='hits')
    older = older_operations(graph.as_graph_def())
    assert [node.op for node in older.node if node.name == 'hits/hits'] == ['InTopK']
    assert evaluated(older, 'hits/hits:0').tolist() == [False, True, True]


def test_what_it_was_given_stays_as_it_is():
    graph_def = notebook_graph(RunConfig((3,), 'leaky_relu'))[0].as_graph_def()
    before = graph_def.SerializeToString(deterministic=True)
    older = older_operations(graph_def)
    assert graph_def.SerializeToString(deterministic=True) == before
    assert set(OLDER_NAMES) <= {node.op for node in graph_def.node}
    assert set(NEWER_ATTRIBUTES) <= {name for node in graph_def.node for name in node.attr}
    assert not set(NEWER_ATTRIBUTES) & {name for node in older.node for name in node.attr}
