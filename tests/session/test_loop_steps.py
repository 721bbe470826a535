"""What the steps of the loop compute, one at a time and many in one call."""

import json

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.config import RunConfig
from graph_mlp.data.batches import epoch_order
from graph_mlp.data.nonzero_pixels import NonzeroPixels
from graph_mlp.graph.build import build
from graph_mlp.graph.compiled_loop import DataShape
from graph_mlp.optimizers import OPTIMIZERS
from graph_mlp.session.loop import Trainer, load_images
from graph_mlp.store.history import StepFigures

KINKED = ('relu', 'leaky_relu')  # their gradient jumps at 0, so that a last bit can grow


def trained(config, data, steps_per_run, init_ckpt=None, epochs=1):
    """The losses of every step, and all variables at the end."""
    graph = build(config, DataShape.of(data.inputs, config.batch_size), steps_per_run)
    with tf.Session(graph=graph.graph, config=tf.ConfigProto(intra_op_parallelism_threads=2)) as session:
        session.run(graph.init)
        if init_ckpt:
            graph.model_saver.restore(session, str(init_ckpt))
        load_images(session, graph.loop, data.inputs)
        trainer, losses = Trainer(session, graph, config, data.train), []
        if graph.loop.train is not None:
            trainer.let_go_of_images()
        for epoch in range(epochs):
            progress = StepFigures.none()
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


@pytest.mark.parametrize('optimizer', OPTIMIZERS)
def test_leaving_out_pixels_that_are_zero_in_a_batch_changes_nothing(digits, monkeypatch, optimizer):
    config = RunConfig((12,), dataset='digits', optimizer=optimizer)
    losses, few = trained(config, digits, 5)
    monkeypatch.setattr('graph_mlp.graph.compiled_loop.number_of_pixels', lambda images, batch_size: None)
    losses_of_all, all_pixels = trained(config, digits, 5)
    np.testing.assert_allclose(losses, losses_of_all, atol=1e-5)
    black = ~digits.train.images.any(axis=0)
    for name in few:
        if name.startswith('hidden1/kernel'):
            np.testing.assert_array_equal(few[name][black], all_pixels[name][black], err_msg=name)
        if not (optimizer == 'adam' and is_without_effect(name)):
            np.testing.assert_allclose(few[name], all_pixels[name], atol=2e-6, rtol=2e-6, err_msg=name)


def test_a_batch_of_more_pixels_than_the_loop_has_room_for_is_trained_in_single_steps(digits, monkeypatch):
    config = RunConfig((12,), dataset='digits')
    losses, single = trained(config, digits, 1)
    nonzero = NonzeroPixels(digits.train.images).of_batches(epoch_order(1197, 70, config.seed, 0)[0]).sum(axis=1)
    # Runs of 5 steps: room for every batch of some of the runs, and not of the others.
    fits = [nonzero[first : first + 5].max() for first in range(0, len(nonzero), 5)]
    number = sorted(fits)[len(fits) // 2]
    assert number < max(fits)
    monkeypatch.setattr('graph_mlp.graph.compiled_loop.number_of_pixels', lambda images, batch_size: int(number))
    losses_of_both, both = trained(config, digits, 5)
    np.testing.assert_allclose(losses, losses_of_both, atol=1e-5)
    for name in single:
        np.testing.assert_allclose(single[name], both[name], atol=2e-6, rtol=2e-6, err_msg=name)


@pytest.mark.parametrize('steps_per_run', [1, 5])
def test_repeats_are_equal_to_the_last_bit(digits, steps_per_run):
    config = RunConfig((30, 20), dataset='digits')
    (losses, first), (losses_again, second) = (trained(config, digits, steps_per_run) for _ in range(2))
    assert losses == losses_again
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_seeds_differ(digits):
    (losses, _), (others, _) = (trained(RunConfig((5,), dataset='digits', seed=seed), digits, 1) for seed in (1, 2))
    assert losses[0] != others[0]
