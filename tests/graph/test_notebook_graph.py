import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.graph.notebook_graph import notebook_graph
from graph_mlp.optimizers import OPTIMIZERS
from tests.graph import reference

CLASS_NAMES = {
    'sgd': 'GradientDescent', 'momentum': 'Momentum', 'nesterov': 'Momentum', 'adagrad': 'Adagrad',
    'rmsprop': 'RMSProp', 'adam': 'Adam',
}  # fmt: skip
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


@pytest.mark.parametrize('name', NAMES)
def test_the_notebooks_names_are_there(name):
    graph, _ = notebook_graph(RunConfig((4, 3)))
    assert graph.as_graph_element(name).name == name


@pytest.mark.parametrize('name', ['hidden1/Relu:0', 'hidden2/Relu:0'])
def test_without_batch_norm_an_activation_stands_in_its_layer(name):
    graph, _ = notebook_graph(RunConfig((4, 3), 'relu', batch_norm=False))
    assert graph.get_tensor_by_name(name).shape[-1] in (4, 3)


@pytest.mark.parametrize('optimizer', OPTIMIZERS)
def test_the_training_operation_has_the_name_of_its_class(optimizer):
    graph, _ = notebook_graph(RunConfig((3,), optimizer=optimizer))
    assert [operation.name for operation in graph.get_collection('train_op')] == [CLASS_NAMES[optimizer]]


@pytest.mark.parametrize('batch_norm', [True, False])
def test_the_variables_are_tensorflow_1s_reference_variables(batch_norm):
    graph, _ = notebook_graph(RunConfig((4, 3), batch_norm=batch_norm, optimizer='adam'))
    assert {variable.op.type for variable in graph.get_collection('variables')} == {'VariableV2'}
    assert len(graph.get_collection('trainable_variables')) == (10 if batch_norm else 6)


@pytest.fixture
def session():
    """A session on the notebook's graph of a network that 5 images train."""
    graph, _ = notebook_graph(RunConfig((4, 3), input_features=6))
    with tf.Session(graph=graph) as session:
        session.run('init')
        yield session


X = np.random.RandomState(0).normal(size=(5, 6)).astype(np.float32)
FEED = {'X:0': X, 'y:0': [1, 2, 3, 4, 5]}


def weights(session):
    return {variable.op.name: session.run(variable) for variable in session.graph.get_collection('variables')}


def test_a_step_is_the_formulas(session):
    before = weights(session)
    session.run('GradientDescent', FEED)
    _, gradients = reference.gradients(before, X, np.array(FEED['y:0']), RunConfig((4, 3), input_features=6))
    after = weights(session)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(after[name], before[name] - 0.01 * gradient, atol=1e-6, err_msg=name)


def test_only_train_step_updates_the_moving_averages_as_well(session):
    session.run('GradientDescent', FEED)
    assert not session.run('batch_normalization/moving_mean:0').any()
    session.run('train/step', FEED)
    assert session.run('batch_normalization/moving_mean:0').all()


def test_the_collection_update_ops_does_the_same(session):
    session.run(session.graph.get_collection('update_ops'), FEED)
    assert session.run('batch_normalization/moving_mean:0').all()
    assert session.run('batch_normalization_1/moving_mean:0').all()


def test_the_summary_holds_the_accuracy(session):
    text, accuracy = session.run(['Accuracy:0', 'Mean_1:0'], FEED)
    [value] = tf.Summary.FromString(text).value
    assert (value.tag, value.simple_value) == ('Accuracy', accuracy)


def test_the_loss_has_its_variables_name_too(session):
    loss, mean = session.run(['loss:0', 'Mean:0'], FEED)
    assert loss == mean > 0


def test_the_probabilities_are_by_the_moving_averages(session):
    config = RunConfig((4, 3), input_features=6)
    for _ in range(20):
        session.run('train/step', FEED)
    logits, _ = reference.forward(weights(session), X, config, moving=True)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(session.run('evaluation/probabilities:0', FEED), expected, atol=1e-6)
