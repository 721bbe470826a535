import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.graph.build import build


def test_the_graph_is_finalized():
    with build(RunConfig((3,))).graph.as_default(), pytest.raises(RuntimeError, match='finalized'):
        tf.constant(1)


def test_the_graph_page_has_one_box_per_stage():
    boxes = {node.name.split('/')[0] for node in build(RunConfig((4, 3))).graph_def.node}
    layers = {'hidden1', 'batch_normalization', 'Elu', 'hidden2', 'batch_normalization_1', 'Elu_1', 'output'}
    assert boxes == {'X', 'y', 'loss', 'train', 'evaluation', 'init', 'save'} | layers


def test_optimizer_slots_are_state_but_not_the_model():
    graph = build(RunConfig((3,), batch_norm=False, optimizer='adam'))
    assert 'hidden1/kernel/Adam_1' in graph.state
    assert 'beta1_power' in graph.state
    assert set(graph.model) == {'hidden1/kernel', 'hidden1/bias', 'output/kernel', 'output/bias'}
