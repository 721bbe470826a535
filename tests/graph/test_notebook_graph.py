"""What TensorFlow 1.x finds in the .meta file: the notebook's graph, in operations of TensorFlow 1.3."""

import msgspec
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from scipy.special import softmax

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.config import RunConfig
from graph_mlp.graph.build import build
from graph_mlp.graph.notebook_graph import NEWER_ATTRIBUTES, OLDER_NAMES, meta_graph, notebook_graph, older_operations
from graph_mlp.optimizers import OPTIMIZERS
from tests.conftest import RECORDED
from tests.graph import reference

CLASS_NAMES = {'sgd': 'GradientDescent', 'nesterov': 'Momentum', 'rmsprop': 'RMSProp'}  # the others: as they are
# What TensorFlow 1.15 calls the tensors and operations of the notebook's last cells.
NAMES = [
    'X:0', 'y:0', 'hidden1/kernel:0', 'hidden1/kernel/read:0', 'hidden1/bias:0', 'hidden1/BiasAdd:0',
    'batch_normalization/gamma:0', 'batch_normalization/moving_mean:0', 'batch_normalization/moments/mean:0',
    'batch_normalization/batchnorm/add_1:0', 'Elu:0', 'hidden2/BiasAdd:0', 'batch_normalization_1/batchnorm/add_1:0',
    'Elu_1:0', 'output/kernel:0', 'output/BiasAdd:0',
    'SparseSoftmaxCrossEntropyWithLogits/SparseSoftmaxCrossEntropyWithLogits:0', 'Mean:0', 'GradientDescent',
    'in_top_k/InTopKV2:0', 'Mean_1:0', 'init', 'save/Const:0', 'save/control_dependency:0', 'save/restore_all',
    'Accuracy:0',
]  # fmt: skip
SELU = {'Selu', 'SeluGrad'}  # which TensorFlow 1.3 has not
SMALL = RunConfig(hidden_sizes=(4, 3), input_features=6)
X = np.random.RandomState(0).normal(size=(5, 6)).astype(np.float32)
FEED = {'X:0': X, 'y:0': [1, 2, 3, 4, 5]}


def test_the_notebooks_names_are_there_and_its_kind_of_variables():
    graph, _ = notebook_graph(RunConfig(hidden_sizes=(4, 3)))
    assert [graph.as_graph_element(name).name for name in NAMES] == NAMES
    assert {variable.op.type for variable in graph.get_collection('variables')} == {'VariableV2'}  # by reference
    assert len(graph.get_collection('trainable_variables')) == 10


def test_without_batch_norm_an_activation_stands_in_its_layer():
    graph, _ = notebook_graph(RunConfig(hidden_sizes=(4, 3), activation='relu', batch_norm=False))
    assert [graph.get_tensor_by_name(f'hidden{layer}/Relu:0').shape[-1] for layer in (1, 2)] == [4, 3]


@pytest.fixture
def session():
    """A session on the notebook's graph of a small network."""
    graph, _ = notebook_graph(SMALL)
    with tf.Session(graph=graph) as session:
        session.run('init')
        yield session


def weights(session):
    return {variable.op.name: session.run(variable) for variable in session.graph.get_collection('variables')}


def test_a_step_is_the_formulas_and_leaves_the_moving_averages_alone(session):
    before = weights(session)
    session.run('GradientDescent', FEED)
    _, gradients = reference.gradients(before, X, np.array(FEED['y:0']), SMALL)
    after = weights(session)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(after[name], before[name] - 0.01 * gradient, atol=1e-6, err_msg=name)
    assert not after['batch_normalization/moving_mean'].any()


def test_train_step_and_the_collection_update_ops_update_the_moving_averages(session):
    for operations in ('train/step', session.graph.get_collection('update_ops')):
        session.run('init')
        session.run(operations, FEED)
        assert session.run('batch_normalization/moving_mean:0').all()
        assert session.run('batch_normalization_1/moving_mean:0').all()


def test_the_loss_has_its_variables_name_too_and_the_summary_holds_the_accuracy(session):
    loss, mean, text, accuracy = session.run(['loss:0', 'Mean:0', 'Accuracy:0', 'Mean_1:0'], FEED)
    assert loss == mean > 0
    [value] = tf.Summary.FromString(text).value
    assert (value.tag, value.simple_value) == ('Accuracy', accuracy)


def test_the_probabilities_are_by_the_moving_averages(session):
    for _ in range(20):
        session.run('train/step', FEED)
    logits, _ = reference.forward(weights(session), X, SMALL, moving=True)
    np.testing.assert_allclose(session.run('evaluation/probabilities:0', FEED), softmax(logits, axis=1), atol=1e-6)


@pytest.mark.parametrize('optimizer', OPTIMIZERS)
def test_the_meta_file_restores_what_a_run_publishes_and_trains(optimizer):
    config = msgspec.structs.replace(SMALL, optimizer=optimizer)
    class_name = CLASS_NAMES.get(optimizer, optimizer.title())
    meta = tf.MetaGraphDef.FromString(meta_graph(config))
    assert set(meta.collection_def) == {'variables', 'trainable_variables', 'train_op', 'summaries', 'update_ops'}
    assert list(meta.collection_def['train_op'].node_list.value) == [class_name]
    with tf.Graph().as_default(), tf.Session() as session:
        saver = tf.train.import_meta_graph(meta)
        variables = {variable.op.name: variable.shape for variable in tf.global_variables()}
        assert variables == {name: variable.shape for name, variable in build(config).state.items()}
        saved = session.run('save/SaveV2/tensor_names:0')
        assert {name.decode() for name in saved} == set(variables)
        assert saver.saver_def.restore_op_name == 'save/restore_all'
        session.run('init')
        before = session.run('output/bias:0')
        session.run(class_name, FEED)
        assert (session.run('output/bias:0') != before).all()


@pytest.mark.parametrize(
    ('activation', 'optimizer'), [*((each, 'sgd') for each in ACTIVATIONS), *(('elu', each) for each in OPTIMIZERS)]
)
def test_tensorflow_13_knows_every_operation_but_selu_and_every_attribute(activation, optimizer):
    lines = (RECORDED / 'tensorflow-1.3-operations.txt').read_text().splitlines()
    tensorflow_13 = {name: set(attributes) for name, *attributes in map(str.split, lines)}
    config = RunConfig(hidden_sizes=(3,), activation=activation, optimizer=optimizer, input_features=4)
    nodes = tf.MetaGraphDef.FromString(meta_graph(config)).graph_def.node
    assert {node.op for node in nodes} - set(tensorflow_13) == (SELU if activation == 'selu' else set())
    attributes = {(node.op, name) for node in nodes if node.op not in SELU for name in node.attr}
    # TensorFlow ignores an attribute that begins with an underscore where it does not know it.
    assert not [pair for pair in attributes if pair[1][0] != '_' and pair[1] not in tensorflow_13[pair[0]]]


def test_older_operations_give_the_same_values():
    row = np.array([1 / 3, -0.0, np.inf], np.float32)
    with tf.Graph().as_default() as graph:
        tf.broadcast_to(tf.constant(row), tf.constant([2, 3]), name='rows')
        tf.nn.in_top_k(tf.constant([[0.1, 0.2, 0.3]] * 3), tf.constant([0, 1, 2]), 2, name='hits')
    older = older_operations(graph.as_graph_def())
    assert not {'BroadcastTo', 'InTopKV2'} & {node.op for node in older.node}
    with tf.Graph().as_default(), tf.Session() as session:
        tf.import_graph_def(older, name='')
        rows, hits = session.run(['rows:0', 'hits/hits:0'])
    assert rows.tobytes() == np.stack([row, row]).tobytes()
    assert hits.tolist() == [False, True, True]


def test_the_graph_from_which_older_operations_are_made_stays_as_it_is():
    graph_def = notebook_graph(RunConfig(hidden_sizes=(3,), activation='leaky_relu'))[0].as_graph_def()
    before = graph_def.SerializeToString(deterministic=True)
    older = older_operations(graph_def)
    assert graph_def.SerializeToString(deterministic=True) == before
    assert set(OLDER_NAMES) <= {node.op for node in graph_def.node}
    assert set(NEWER_ATTRIBUTES) <= {name for node in graph_def.node for name in node.attr}
    assert not set(NEWER_ATTRIBUTES) & {name for node in older.node for name in node.attr}
