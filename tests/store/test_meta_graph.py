import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.digits import load_digits
from graph_mlp.graph.build import build
from graph_mlp.graph.compiled_loop import DataShape
from graph_mlp.store.meta_graph import NEWER_ATTRIBUTES, meta_graph


@pytest.fixture(scope='module')
def graph():
    """A graph with the compiled loop."""
    return build(RunConfig((3,), dataset='digits'), DataShape.of(load_digits().inputs), steps_per_run=5)


@pytest.fixture(scope='module')
def meta(graph):
    return tf.MetaGraphDef.FromString(meta_graph(graph))


def first_scopes(graph_def):
    return {node.name.split('/')[0] for node in graph_def.node}


def attributes(graph_def):
    return {name for node in graph_def.node for name in node.attr}


def test_it_names_what_the_notebook_feeds_and_runs(meta):
    assert {'X', 'y', 'train/step', 'init'} <= {node.name for node in meta.graph_def.node}


def test_it_names_the_variables_and_those_that_are_trained(meta, graph):
    assert len(meta.collection_def['variables'].bytes_list.value) == len(graph.model)
    # Two kernels, two biases, gamma and beta; the two moving averages are not trained.
    assert len(meta.collection_def['trainable_variables'].bytes_list.value) == 6


def test_its_saver_is_among_its_nodes(meta):
    names = {node.name for node in meta.graph_def.node}
    saver = meta.saver_def
    assert saver.restore_op_name in names
    assert {saver.filename_tensor_name, saver.save_tensor_name} <= {f'{name}:0' for name in names}


def test_no_attribute_that_tensorflow_1_does_not_know_is_left(meta, graph):
    assert set(NEWER_ATTRIBUTES) <= attributes(graph.graph_def)
    assert not set(NEWER_ATTRIBUTES) & attributes(meta.graph_def)


def test_nothing_of_the_compiled_loop_is_in_it(meta, graph):
    assert {'data', 'loop'} <= first_scopes(graph.graph.as_graph_def())
    assert not {'data', 'loop'} & first_scopes(meta.graph_def)
    assert not meta.graph_def.library.function


def test_the_imported_graph_takes_a_training_step(meta, digits):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.train.import_meta_graph(meta)
        session.run('init')
        bias = 'output/bias/Read/ReadVariableOp:0'
        before = session.run(bias)
        images = digits.train.images[:70] / 255
        session.run('train/step', {'X:0': images, 'y:0': digits.train.labels[:70]})
        assert (session.run(bias) != before).any()
