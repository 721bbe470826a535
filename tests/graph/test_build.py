import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.graph.build import build


def test_the_graph_is_finalized():
    with build(RunConfig(hidden_sizes=(3,))).graph.as_default(), pytest.raises(RuntimeError, match='finalized'):
        tf.constant(1)


def test_the_graph_page_has_one_box_per_stage():
    boxes = {node.name.split('/')[0] for node in build(RunConfig(hidden_sizes=(4, 3))).graph_def.node}
    layers = {'hidden1', 'batch_normalization', 'Elu', 'hidden2', 'batch_normalization_1', 'Elu_1', 'output'}
    assert boxes == {'X', 'y', 'loss', 'train', 'evaluation', 'init', 'save'} | layers


def test_the_variables_are_the_notebooks_in_its_order():
    assert list(build(RunConfig(hidden_sizes=(30, 20))).model) == [
        'hidden1/kernel', 'hidden1/bias',
        'batch_normalization/gamma', 'batch_normalization/beta',
        'batch_normalization/moving_mean', 'batch_normalization/moving_variance',
        'hidden2/kernel', 'hidden2/bias',
        'batch_normalization_1/gamma', 'batch_normalization_1/beta',
        'batch_normalization_1/moving_mean', 'batch_normalization_1/moving_variance',
        'output/kernel', 'output/bias',
    ]  # fmt: skip


def test_optimizer_slots_are_state_but_not_the_model():
    graph = build(RunConfig(hidden_sizes=(3,), batch_norm=False, optimizer='adam'))
    assert {'hidden1/kernel/Adam_1', 'beta1_power'} <= set(graph.state)
    assert set(graph.model) == {'hidden1/kernel', 'hidden1/bias', 'output/kernel', 'output/bias'}
