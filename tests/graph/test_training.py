import json

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.config import RunConfig
from graph_mlp.data.batches import epoch_order
from graph_mlp.graph.build import build
from graph_mlp.graph.compiled_loop import DataShape
from graph_mlp.optimizers import OPTIMIZERS
from graph_mlp.session.loop import Trainer, load_images
from graph_mlp.store.history import StepFigures

KINKED = ('relu', 'leaky_relu')  # their gradient jumps at 0, so that a last bit can grow


def trained(config, data, steps_per_run, init_ckpt=None, steps=None, epochs=1):
    """The losses of every step, and all variables at the end."""
    graph = build(config, DataShape.of(data.inputs), steps_per_run)
    with tf.Session(graph=graph.graph, config=tf.ConfigProto(intra_op_parallelism_threads=2)) as session:
        session.run(graph.init)
        if init_ckpt:
            graph.model_saver.restore(session, str(init_ckpt))
        load_images(session, graph.loop, data.inputs)
        trainer, losses = Trainer(session, graph, config, data.train), []
        for epoch in range(epochs):
            progress = StepFigures([], [])
            trainer.epoch(epoch, progress, lambda steps: None)
            losses += progress.losses
        return losses, session.run(graph.state)


@pytest.mark.parametrize('optimizer', OPTIMIZERS)
@pytest.mark.parametrize('steps_per_run', [1, 9])
def test_optimizers_compute_what_tensorflow_1_computed(digits, request, optimizer, steps_per_run):
    recorded = request.config.rootpath / 'tests/recorded'
    expected = json.loads((recorded / 'optimizers.json').read_text())
    config = RunConfig(dataset='digits', optimizer=optimizer, learning_rate=expected['rates'][optimizer])
    losses, _ = trained(config, digits, steps_per_run, recorded / 'BN_elu-300-100/init.ckpt', epochs=12)
    np.testing.assert_allclose(losses[:200], expected['losses'][optimizer], rtol=1e-5)


@pytest.mark.parametrize('batch_norm', [True, False])
@pytest.mark.parametrize(
    ('optimizer', 'activation'),
    [(name, 'elu') for name in OPTIMIZERS] + [('sgd', name) for name in ACTIVATIONS if name != 'elu'],
)
def test_many_steps_in_one_call_are_as_many_single_steps(digits, optimizer, activation, batch_norm):
    # 17 steps of 70 and a last batch of 7 that is kept; 5 does not divide 17.
    config = RunConfig(
        (12, 9), activation, batch_norm, dataset='digits', optimizer=optimizer, keep_last_batch=True,
        learning_rate=0.001 if optimizer == 'adam' else 0.01,
    )  # fmt: skip
    (losses, single), (losses_of_many, many) = (trained(config, digits, steps) for steps in (1, 5))
    assert len(losses) == len(losses_of_many) == 18
    np.testing.assert_allclose(losses, losses_of_many, atol=1e-5)
    assert single.keys() == many.keys()
    for name in single:
        if activation not in KINKED and not (optimizer == 'adam' and batch_norm and is_without_effect(name)):
            np.testing.assert_allclose(single[name], many[name], atol=2e-6, rtol=2e-6, err_msg=name)


def is_without_effect(name):
    """A bias before batch norm is subtracted again: its gradient is rounding alone, which Adam scales up."""
    return name.startswith(('hidden1/bias', 'hidden2/bias')) or name.endswith('moving_mean')


@pytest.mark.parametrize('steps_per_run', [1, 5])
def test_repeats_are_equal_to_the_last_bit(digits, steps_per_run):
    config = RunConfig((30, 20), dataset='digits')
    (losses, first), (losses_again, second) = (trained(config, digits, steps_per_run) for _ in range(2))
    assert losses == losses_again
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_seeds_differ(digits):
    (losses, _), (others, _) = (trained(RunConfig((5,), dataset='digits', seed=seed), digits, 1) for seed in (1, 2))
    assert losses[0] != others[0]


def test_the_updates_of_the_moving_averages_leave_the_trained_weights_alone(digits):
    config = RunConfig((6, 5), dataset='digits')
    _, values = trained(config, digits, 1)
    assert np.abs(values['batch_normalization/moving_mean']).max() > 0
    graph = build(config)
    with tf.Session(graph=graph.graph) as session:
        session.run(graph.init)
        minimize = graph.graph.get_operation_by_name('train/apply')
        [rows] = epoch_order(len(digits.train.labels), 70, config.seed, 0)
        for batch in rows:
            X = digits.train.images[batch] * np.float32(1 / 255)
            session.run(minimize, {graph.X: X, graph.y: digits.train.labels[batch]})
        for name in ('hidden1/kernel', 'batch_normalization/gamma', 'output/bias'):
            np.testing.assert_array_equal(session.run(graph.model[name]), values[name])
