import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.graph.build import build
from graph_mlp.graph.network import network
from tests.graph import reference


def with_random_values(config):
    """A session on the graph of `config`, and the values of its variables, moved away from where they begin."""
    graph = build(config)
    session = tf.Session(graph=graph.graph)
    random = np.random.RandomState(0)
    values = {
        name: random.uniform(0.5, 1.5, variable.shape) if 'variance' in name else random.normal(0, 0.3, variable.shape)
        for name, variable in graph.model.items()
    }
    for name, variable in graph.model.items():
        session.run(variable.initializer, {variable.initializer.inputs[1]: values[name]})
    return graph, session, values


def test_the_variables_are_the_notebooks():
    names = build(RunConfig((30, 20, 10))).model
    assert list(names) == [
        'hidden1/kernel', 'hidden1/bias',
        'batch_normalization/gamma', 'batch_normalization/beta',
        'batch_normalization/moving_mean', 'batch_normalization/moving_variance',
        'hidden2/kernel', 'hidden2/bias',
        'batch_normalization_1/gamma', 'batch_normalization_1/beta',
        'batch_normalization_1/moving_mean', 'batch_normalization_1/moving_variance',
        'hidden3/kernel', 'hidden3/bias',
        'batch_normalization_2/gamma', 'batch_normalization_2/beta',
        'batch_normalization_2/moving_mean', 'batch_normalization_2/moving_variance',
        'output/kernel', 'output/bias',
    ]  # fmt: skip


@pytest.mark.parametrize('batch_norm', [True, False])
@pytest.mark.parametrize('activation', reference.ACTIVATIONS)
def test_loss_and_logits_are_those_of_the_formulas(activation, batch_norm):
    config = RunConfig((5, 4), activation, batch_norm, 6, batch_size=8)
    graph, session, values = with_random_values(config)
    X, y = np.random.RandomState(1).normal(size=(8, 6)), np.arange(8)
    loss, moving = session.run([graph.train_step.loss, graph.probabilities], {graph.X: X, graph.y: y})
    assert loss == pytest.approx(reference.gradients(values, X, y, config)[0], rel=1e-5)
    logits, _ = reference.forward(values, X, config, moving=True)
    np.testing.assert_allclose(moving, np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), rtol=1e-4)


@pytest.mark.parametrize('batch_norm', [True, False])
@pytest.mark.parametrize('activation', reference.ACTIVATIONS)
def test_one_step_follows_the_gradient_of_the_formulas(activation, batch_norm):
    config = RunConfig((5, 4), activation, batch_norm, 6, batch_size=8, learning_rate=0.5)
    graph, session, values = with_random_values(config)
    X, y = np.random.RandomState(1).normal(size=(8, 6)), np.arange(8)
    session.run(graph.train_step.step, {graph.X: X, graph.y: y})
    _, gradients = reference.gradients(values, X, y, config)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(session.run(graph.model[name]), values[name] - 0.5 * gradient, atol=2e-6)


def test_moving_averages_judge_each_image_alone():
    graph, session, _ = with_random_values(RunConfig((5, 4), input_features=6))
    X = np.random.RandomState(1).normal(size=(8, 6))
    together = session.run(graph.probabilities, {graph.X: X})
    alone = np.concatenate([session.run(graph.probabilities, {graph.X: X[[row]]}) for row in reversed(range(8))])
    np.testing.assert_allclose(together, alone[::-1], rtol=1e-5)


def test_batch_statistics_judge_an_image_by_its_neighbours():
    graph, session, _ = with_random_values(RunConfig((5, 4), input_features=6))
    X, y = np.random.RandomState(1).normal(size=(8, 6)), np.zeros(8, np.int32)
    whole = session.run(graph.train_step.loss, {graph.X: X, graph.y: y})
    pairs = [
        session.run(graph.train_step.loss, {graph.X: X[at : at + 2], graph.y: y[at : at + 2]}) for at in range(0, 8, 2)
    ]
    assert abs(whole - np.mean(pairs)) > 1e-3  # rounding alone gives 1e-7


def test_an_image_of_another_size_is_refused_while_building():
    with tf.Graph().as_default(), pytest.raises(ValueError, match=r'wanted \[batch, 784\], got \(2, 5\)'):
        network(tf.zeros((2, 5)), RunConfig(), batch_statistics=True)
