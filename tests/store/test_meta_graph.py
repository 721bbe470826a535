import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.config import RunConfig
from graph_mlp.data.digits import load_digits
from graph_mlp.graph.build import build
from graph_mlp.graph.compiled_loop import DataShape
from graph_mlp.optimizers import OPTIMIZERS
from graph_mlp.store.meta_graph import meta_graph
from tests.conftest import RECORDED

CONFIG = RunConfig((3,), dataset='digits', optimizer='adam')
SELU = {'Selu', 'SeluGrad'}  # which TensorFlow 1.3 has not
SAVED_NAMES = 'save/SaveV2/tensor_names'


@pytest.fixture(scope='module')
def meta():
    return tf.MetaGraphDef.FromString(meta_graph(CONFIG))


@pytest.fixture(scope='module')
def tensorflow_13():
    """The attributes of every operation of TensorFlow 1.3."""
    lines = (RECORDED / 'tensorflow-1.3-operations.txt').read_text().splitlines()
    return {name: set(attributes) for name, *attributes in map(str.split, lines)}


def test_its_saver_is_among_its_nodes(meta):
    names = {node.name for node in meta.graph_def.node}
    saver = meta.saver_def
    assert saver.restore_op_name in names
    assert {saver.filename_tensor_name, saver.save_tensor_name} <= {f'{name}:0' for name in names}


def test_the_collections_are_the_notebooks(meta):
    collections = {'variables', 'trainable_variables', 'train_op', 'summaries', 'update_ops'}
    assert set(meta.collection_def) == collections
    assert list(meta.collection_def['train_op'].node_list.value) == ['Adam']
    assert list(meta.collection_def['summaries'].node_list.value) == ['Accuracy:0']


@pytest.mark.parametrize('steps_per_run', [1, 5])
@pytest.mark.parametrize('optimizer', OPTIMIZERS)
def test_its_saver_and_its_variables_are_what_a_run_publishes(optimizer, steps_per_run):
    config = RunConfig((3,), dataset='digits', optimizer=optimizer)
    published = build(config, DataShape.of(load_digits().inputs, config.batch_size), steps_per_run)
    with tf.Graph().as_default() as graph:
        tf.train.import_meta_graph(tf.MetaGraphDef.FromString(meta_graph(config)))
        variables = {variable.op.name: variable.shape for variable in tf.global_variables()}
        [names] = (node.attr['value'].tensor for node in graph.as_graph_def().node if node.name == SAVED_NAMES)
    assert variables == {name: variable.shape for name, variable in published.state.items()}
    assert {name.decode() for name in names.string_val} == set(variables)
    with published.graph.as_default():
        assert {variable.op.name for variable in tf.global_variables()} == set(variables)


@pytest.mark.parametrize(
    ('activation', 'optimizer'), [*((each, 'sgd') for each in ACTIVATIONS), *(('elu', each) for each in OPTIMIZERS)]
)
def test_tensorflow_13_knows_every_operation_but_selu_and_every_attribute(tensorflow_13, activation, optimizer):
    config = RunConfig((3,), activation, optimizer=optimizer, input_features=4)
    nodes = tf.MetaGraphDef.FromString(meta_graph(config)).graph_def.node
    assert {node.op for node in nodes} - set(tensorflow_13) == (SELU if activation == 'selu' else set())
    attributes = {(node.op, name) for node in nodes if node.op not in SELU for name in node.attr}
    # TensorFlow ignores an attribute that begins with an underscore where it does not know it.
    assert not [pair for pair in attributes if pair[1][0] != '_' and pair[1] not in tensorflow_13[pair[0]]]


def test_the_imported_graph_takes_a_training_step(meta, digits):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.train.import_meta_graph(meta)
        session.run('init')
        before = session.run('output/bias:0')
        images = digits.train.images[:70] / 255
        session.run('Adam', {'X:0': images, 'y:0': digits.train.labels[:70]})
        assert (session.run('output/bias:0') != before).all()
