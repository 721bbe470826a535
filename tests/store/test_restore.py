import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.errors import CheckpointError, DataError, UsageError
from graph_mlp.graph.build import build
from graph_mlp.store import publish
from graph_mlp.store.checkpoint import open_checkpoint
from graph_mlp.store.manifest import Manifest
from graph_mlp.store.restore import (
    read_config,
    read_projection,
    restore,
    restore_initial_weights,
    restored_network,
    variable_shapes,
)
from tests.conftest import RECORDED
from tests.store.published import CONFIG, published


def test_another_shape_is_named_before_anything_is_restored(tmp_path):
    published(tmp_path)
    graph = build(RunConfig(hidden_sizes=(4, 7), input_features=5))
    wanted = r'hidden2/kernel should be float32 \[4, 7\].* has float32 \[4, 3\]'
    with (
        open_checkpoint(tmp_path) as checkpoint,
        tf.Session(graph=graph.graph) as session,
        pytest.raises(CheckpointError, match=wanted),
    ):
        restore(session, graph.model_saver, graph.model, checkpoint)


@pytest.mark.parametrize(
    ('name', 'config'),
    [
        ('BN_elu-300-100', RunConfig()),
        ('PCA154_BN_elu-300-100', RunConfig(input_features=154)),
        ('relu-300-100', RunConfig(activation='elu', batch_norm=False)),
    ],
)
def test_the_notebooks_own_checkpoint_is_recognised_by_its_variables(name, config):
    with open_checkpoint(RECORDED / name / 'model.ckpt') as checkpoint:
        assert read_config(checkpoint, 'elu') == config
        with pytest.raises(UsageError, match='--activation'):
            read_config(checkpoint, None)


def test_a_projection_that_is_nowhere_is_asked_for(tmp_path):
    with open_checkpoint(RECORDED / 'PCA154_BN_elu-300-100/model.ckpt') as checkpoint:
        config = read_config(checkpoint, 'elu')
        with pytest.raises(DataError, match='--pca'):
            read_projection(checkpoint, config, None)
        found = read_projection(checkpoint, config, RECORDED / 'PCA154_BN_elu-300-100/pca.npz')
    assert found.components.shape == (154, 784)


def test_other_variables_are_no_network(tmp_path):
    publish._write_bundle(tmp_path / 'other', {'a': np.zeros(3, np.float32)}, 1)
    with open_checkpoint(tmp_path / 'other') as checkpoint, pytest.raises(CheckpointError, match='it holds a'):
        read_config(checkpoint, 'elu')


def test_another_activation_than_the_records_is_refused(tmp_path):
    with open_checkpoint(published(tmp_path)) as checkpoint:
        assert read_config(checkpoint, 'elu') == CONFIG
        with pytest.raises(UsageError, match=r'--activation relu: .* was trained with elu'):
            read_config(checkpoint, 'relu')


def test_a_pca_for_a_network_on_pixels_is_refused(tmp_path):
    with (
        open_checkpoint(RECORDED / 'relu-300-100/model.ckpt') as checkpoint,
        pytest.raises(UsageError, match='takes all 784 pixels, no PCA'),
    ):
        read_projection(checkpoint, read_config(checkpoint, 'relu'), tmp_path / 'pca.npz')


def test_shapes_and_types_are_read_from_the_index(tmp_path):
    with open_checkpoint(published(tmp_path)) as checkpoint:
        shapes = variable_shapes(checkpoint)
    assert shapes['hidden2/kernel'] == ((4, 3), tf.float32)
    assert len(shapes) == 4 + 8 + 2


def test_a_variable_that_the_checkpoint_lacks_is_named(tmp_path):
    config = RunConfig(hidden_sizes=(4, 3), input_features=5, optimizer='momentum')
    graph = build(config)
    with (
        open_checkpoint(published(tmp_path)) as checkpoint,
        tf.Session(graph=graph.graph) as session,
        pytest.raises(CheckpointError, match=r'Momentum should be float32 .* the checkpoint has nothing'),
    ):
        restore(session, graph.state_saver, graph.state, checkpoint)


def line_of(checkpoint_folder, optimizer):
    """What is said of taking that checkpoint into a network of this optimizer, and the value of its first slot."""
    graph = build(RunConfig(hidden_sizes=(4, 3), input_features=5, dataset='digits', optimizer=optimizer))
    slots = [name for name in graph.state if name not in graph.model and 'power' not in name]
    with open_checkpoint(checkpoint_folder) as checkpoint, tf.Session(graph=graph.graph) as session:
        session.run(graph.init)
        line = restore_initial_weights(session, graph, optimizer, checkpoint)
        assert (session.run(graph.model['output/bias']) == 2.5).all()
        return line, session.run(graph.state[slots[0]]).flat[0] if slots else None


@pytest.fixture
def with_slots(tmp_path):
    """A folder whose model, and whose momentum, are 2.5 everywhere."""
    config = RunConfig(hidden_sizes=(4, 3), input_features=5, dataset='digits', optimizer='momentum')
    values = {name: np.full(each.shape, 2.5, np.float32) for name, each in build(config).state.items()}
    publish.publish_model(tmp_path, values, b'meta', Manifest(config=config), None)
    return tmp_path


def test_slots_of_the_same_optimizer_are_taken(with_slots):
    line, slot = line_of(with_slots, 'momentum')
    assert line == f'took 14 variables of the network and 10 of momentum from {with_slots / "model.ckpt"}'
    assert slot == 2.5


def test_slots_of_another_optimizer_are_left(with_slots):
    line, slot = line_of(with_slots, 'nesterov')
    assert line == (
        f'took 14 variables of the network from {with_slots / "model.ckpt"}; those of nesterov start anew; '
        'left 10: batch_normalization/beta/Momentum, batch_normalization/gamma/Momentum, ...'
    )
    assert slot == 0


def test_an_optimizer_without_slots_takes_the_network_alone(with_slots):
    line, _ = line_of(with_slots, 'sgd')
    assert line.startswith(f'took 14 variables of the network from {with_slots / "model.ckpt"}; left 10: ')


def test_a_model_without_slots_is_taken_without(tmp_path):
    line, slot = line_of(published(tmp_path, 2.5), 'momentum')
    assert line == f'took 14 variables of the network from {tmp_path / "model.ckpt"}; those of momentum start anew'
    assert slot == 0


@pytest.mark.parametrize('optimizer', ['momentum', 'nesterov'])
def test_slots_without_a_record_tell_their_optimizer_by_their_names(with_slots, optimizer):
    (with_slots / 'model.ckpt.json').unlink()
    line, slot = line_of(with_slots, optimizer)
    assert f'and 10 of {optimizer}' in line
    assert slot == 2.5


def test_an_incomplete_set_of_slots_is_left(tmp_path):
    config = RunConfig(hidden_sizes=(4, 3), input_features=5, dataset='digits', optimizer='momentum')
    values = {name: np.full(each.shape, 2.5, np.float32) for name, each in build(config).state.items()}
    del values['output/bias/Momentum']
    publish.publish_model(tmp_path, values, b'meta', Manifest(config=config), None)
    line, slot = line_of(tmp_path, 'momentum')
    assert 'those of momentum start anew; left 9: ' in line
    assert slot == 0


@pytest.mark.parametrize('name', ['bn1/gamma', 'hidden3/kernel', 'conv/kernel'])
def test_variables_of_another_network_are_refused_by_name(tmp_path, name):
    config = RunConfig(hidden_sizes=(4,))
    network = {variable: np.zeros(each.shape, np.float32) for variable, each in build(config).model.items()}
    publish._write_bundle(tmp_path / 'other.ckpt', {**network, name: np.zeros((3, 4), np.float32)}, 1)
    with (
        pytest.raises(CheckpointError, match=name),
        restored_network(tmp_path / 'other.ckpt', 'elu'),
    ):
        pass


@pytest.mark.parametrize(
    'name', ['global_step', 'hidden1/kernel/Adam_1', 'beta1_power', 'output/bias/ExponentialMovingAverage']
)
def test_what_training_adds_is_no_other_network(tmp_path, name):
    config = RunConfig(hidden_sizes=(4,), batch_norm=False)
    network = {variable: np.zeros(each.shape, np.float32) for variable, each in build(config).model.items()}
    publish._write_bundle(tmp_path / 'ours.ckpt', {**network, name: np.zeros(3, np.float32)}, 1)
    with restored_network(tmp_path / 'ours.ckpt', 'elu') as restored:
        assert restored.config == config


def test_initial_weights_that_are_no_numbers_are_refused_by_name(tmp_path):
    published(tmp_path, np.nan)
    graph = build(CONFIG)
    with (
        open_checkpoint(tmp_path) as checkpoint,
        tf.Session(graph=graph.graph) as session,
        pytest.raises(CheckpointError, match='not finite'),
    ):
        restore_initial_weights(session, graph, 'sgd', checkpoint)
