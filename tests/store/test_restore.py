"""What is taken from a checkpoint into a network, and what is refused."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.errors import CheckpointError, DataError, UsageError
from graph_mlp.graph.build import build
from graph_mlp.store.checkpoint import open_checkpoint
from graph_mlp.store.publish import _write_bundle
from graph_mlp.store.restore import read_config, read_projection, restore, restore_initial_weights, restored_network
from tests.conftest import RECORDED
from tests.store.models import COMPONENTS, PIXELS, PROJECTION, filled, published

MOMENTUM = RunConfig(hidden_sizes=(4, 3), input_features=5, dataset='digits', optimizer='momentum')
PCA154 = RECORDED / 'PCA154_BN_elu-300-100'


@pytest.mark.parametrize(
    ('config', 'said'),
    [(RunConfig(hidden_sizes=(4, 7), input_features=5), r'hidden2/kernel .*float32 \[4, 7\].*float32 \[4, 3\]'),
     (MOMENTUM, r'/Momentum .*nothing')],
)  # fmt: skip
def test_the_variable_that_differs_is_named_with_both_shapes(tmp_path, config, said):
    graph = build(config)
    with (
        open_checkpoint(published(tmp_path)) as checkpoint,
        tf.Session(graph=graph.graph) as session,
        pytest.raises(CheckpointError, match=said),
    ):
        restore(session, graph.state_saver, graph.state, checkpoint)


@pytest.mark.parametrize('suffix', ['index', 'data-00000-of-00001'])
def test_damage_that_no_manifest_shows_is_refused(tmp_path, suffix):
    path = published(tmp_path, config=PIXELS).with_name(f'model.ckpt.{suffix}')
    path.with_name('model.ckpt.json').unlink()
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(CheckpointError, match=r'model\.ckpt'), restored_network(tmp_path, 'elu'):
        pass


@pytest.mark.parametrize(
    ('name', 'config'),
    [('PCA154_BN_elu-300-100', RunConfig(input_features=154)), ('relu-300-100', RunConfig(batch_norm=False))],
)
def test_the_notebooks_own_checkpoint_is_recognised_by_its_variables(name, config):
    with open_checkpoint(RECORDED / name / 'model.ckpt') as checkpoint:
        assert read_config(checkpoint, 'elu') == config
        with pytest.raises(UsageError, match='--activation'):
            read_config(checkpoint, None)


def test_another_activation_than_the_manifests_is_refused(tmp_path):
    with open_checkpoint(published(tmp_path)) as checkpoint:
        assert read_config(checkpoint, 'elu') == COMPONENTS
        with pytest.raises(UsageError, match='--activation relu'):
            read_config(checkpoint, 'relu')


def test_the_pca_is_the_checkpoints_or_the_one_that_is_named(tmp_path):
    with open_checkpoint(PCA154 / 'model.ckpt') as checkpoint:
        with pytest.raises(DataError, match='--pca'):
            read_projection(checkpoint, read_config(checkpoint, 'elu'), None)
        named = read_projection(checkpoint, read_config(checkpoint, 'elu'), PCA154 / 'pca.npz')
    assert named.components.shape == (154, 784)
    other = PROJECTION._replace(mean=PROJECTION.mean + 1)
    for name, projection in (('same.npz', PROJECTION), ('other.npz', other)):
        with open(tmp_path / name, 'wb') as file:
            projection.save(file)
    with open_checkpoint(published(tmp_path)) as checkpoint:
        assert read_projection(checkpoint, COMPONENTS, tmp_path / 'same.npz').equals(PROJECTION)
        for config in (COMPONENTS, PIXELS):
            with pytest.raises(UsageError, match='--pca'):
                read_projection(checkpoint, config, tmp_path / 'other.npz')


def initial(folder, optimizer):
    """What is said of the weights at `folder` that a run of this optimizer begins with, and its first slot's value."""
    graph = build(RunConfig(hidden_sizes=(4, 3), input_features=5, dataset='digits', optimizer=optimizer))
    slots = [name for name in graph.state if name not in graph.model]
    with open_checkpoint(folder) as checkpoint, tf.Session(graph=graph.graph) as session:
        session.run(graph.init)
        line = restore_initial_weights(session, graph, optimizer, checkpoint)
        assert (session.run(graph.model['output/bias']) == 2.5).all()
        return line, session.run(graph.state[slots[0]]).flat[0] if slots else None


@pytest.mark.parametrize(
    ('optimizer', 'slot', 'left'), [('momentum', 2.5, None), ('nesterov', 0, 'left 10'), ('sgd', None, 'left 10')]
)
def test_slots_are_taken_by_the_optimizer_that_made_them(tmp_path, optimizer, slot, left):
    line, found = initial(published(tmp_path, filled(2.5, MOMENTUM, with_slots=True), MOMENTUM), optimizer)
    assert found == slot
    assert '14 variables' in line
    assert ('10 of momentum' in line) == (slot == 2.5)
    assert left is None or left in line


@pytest.mark.parametrize('optimizer', ['momentum', 'nesterov'])
def test_without_a_manifest_slots_are_known_by_their_names(tmp_path, optimizer):
    published(tmp_path, filled(2.5, MOMENTUM, with_slots=True), MOMENTUM).with_name('model.ckpt.json').unlink()
    assert initial(tmp_path, optimizer)[1] == 2.5


@pytest.mark.parametrize('slots', ['none', 'all but one'])
def test_an_incomplete_set_of_slots_is_left(tmp_path, slots):
    values = filled(2.5, MOMENTUM, with_slots=slots != 'none')
    values.pop('output/bias/Momentum', None)
    assert initial(published(tmp_path, values, MOMENTUM), 'momentum')[1] == 0


def test_initial_weights_that_are_no_numbers_are_refused_by_name(tmp_path):
    with pytest.raises(CheckpointError, match='hidden1/kernel'):
        initial(published(tmp_path, np.nan), 'sgd')


@pytest.mark.parametrize(
    ('name', 'is_ours'),
    [('bn1/gamma', False), ('hidden3/kernel', False), ('conv/kernel', False), ('Variable', False),
     ('global_step', True), ('steps', True),
     ('hidden1/kernel/Adam_1', True), ('beta1_power', True), ('output/bias/ExponentialMovingAverage', True)],
)  # fmt: skip
def test_variables_of_another_network_are_refused_by_name_and_those_of_training_are_not(tmp_path, name, is_ours):
    config = RunConfig(hidden_sizes=(4,), batch_norm=False)
    _write_bundle(
        tmp_path / 'model.ckpt',
        {**filled(0, config), name: np.zeros((3, 4), int if name == 'steps' else np.float32)},
        1,
    )
    if is_ours:
        with restored_network(tmp_path, 'elu') as network:
            assert network.config == config
    else:
        with pytest.raises(CheckpointError, match=name), restored_network(tmp_path, 'elu'):
            pass


def test_other_variables_alone_are_no_network(tmp_path):
    _write_bundle(tmp_path / 'model.ckpt', {'a': np.zeros(3, np.float32)}, 1)
    with open_checkpoint(tmp_path) as checkpoint, pytest.raises(CheckpointError, match=r'model\.ckpt'):
        read_config(checkpoint, 'elu')
