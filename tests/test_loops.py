"""Both loops: what their steps compute, what an epoch measures, where it stops and resumes."""

import json

import msgspec
import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Dataset, Split, epoch_order
from graph_mlp.data.nonzero_pixels import NonzeroPixels
from graph_mlp.graph import compiled
from graph_mlp.graph.build import build
from graph_mlp.graph.model import Evaluation
from graph_mlp.loops import NotFinite, exact, make_loop
from graph_mlp.metrics import Steps
from graph_mlp.optimizers import OPTIMIZERS
from tests.conftest import RECORDED
from tests.graph import reference

HEAVY = pytest.mark.heavy
KINKED = ('relu', 'leaky_relu')  # their gradient jumps at 0, so that a last bit can grow
BOTH_LOOPS = pytest.mark.parametrize('steps_per_run', [1, 5])


def begun(config, dataset, init_ckpt=None, check=lambda: None):
    """A loop on random weights or those of a checkpoint, its session and its graph."""
    graph = build(config, dataset)
    session = tf.Session(graph=graph.graph, config=tf.ConfigProto(intra_op_parallelism_threads=2))
    session.run(graph.init)
    if init_ckpt:
        with graph.graph.as_default():
            graph.model_saver.restore(session, str(init_ckpt))
    return make_loop(session, graph, dataset, config, Steps(), check), session, graph


def trained(config, dataset, init_ckpt=None, epochs=1):
    """The losses of every step, and all variables at the end."""
    loop, session, graph = begun(config, dataset, init_ckpt)
    losses = []
    for epoch in range(epochs):
        loop.train(epoch)
        losses += loop.steps.losses
        loop.steps = Steps()
    return losses, session.run(graph.state)


def small(**fields):
    return RunConfig(**{'hidden_sizes': (12,), 'dataset': 'digits', 'steps_per_run': 5, **fields})


@pytest.mark.parametrize(
    ('optimizer', 'steps_per_run'),
    [
        *((name, 1) for name in OPTIMIZERS),
        *(pytest.param(name, 9, marks=[HEAVY] * (name != 'adam')) for name in OPTIMIZERS),
    ],
)
def test_optimizers_compute_what_tensorflow_1_computed(digits, optimizer, steps_per_run):
    expected = json.loads((RECORDED / 'optimizers.json').read_text())
    config = RunConfig(
        dataset='digits', optimizer=optimizer, learning_rate=expected['rates'][optimizer], steps_per_run=steps_per_run
    )
    losses, _ = trained(config, digits, RECORDED / 'BN_elu-300-100/init.ckpt', epochs=12)
    np.testing.assert_allclose(losses[:200], expected['losses'][optimizer], rtol=1e-5)


TECHNIQUES = {  # as tests/tf1/record.py has them; the rate is 0.01 where none is given
    'exponential': {'learning_rate': 0.02, 'schedule': 'exponential:2.5:0.5'},
    'exponential staircase': {'learning_rate': 0.02, 'schedule': 'exponential:3:0.5:staircase'},
    'inverse-time': {'learning_rate': 0.02, 'schedule': 'inverse-time:2:0.7'},
    'cosine': {'learning_rate': 0.02, 'schedule': 'cosine:10:0.1'},
    'piecewise': {'learning_rate': 0.02, 'schedule': 'piecewise:3:0.005:6:0.001'},
    'l2': {'l2': 0.01},
    'clip-value': {'clip_value': 0.01},
    'clip-norm': {'clip_norm': 0.2},
    'momentum': {'optimizer': 'momentum', 'momentum': 0.5},
    'nesterov': {'optimizer': 'nesterov', 'momentum': 0.5},
    'rmsprop': {
        'optimizer': 'rmsprop', 'learning_rate': 0.001, 'decay': 0.8, 'momentum': 0.3, 'epsilon': 1e-3,
    },
    'adam': {'optimizer': 'adam', 'learning_rate': 0.001, 'beta1': 0.8, 'beta2': 0.99, 'epsilon': 1e-3},
}  # fmt: skip
ALWAYS = ('exponential staircase', 'cosine', 'piecewise', 'l2', 'clip-norm', 'momentum')
COMPILED_TOO = ('cosine',)


@pytest.mark.parametrize(
    ('technique', 'steps_per_run'),
    [
        *(pytest.param(name, 1, marks=[HEAVY] * (name not in ALWAYS)) for name in TECHNIQUES),
        *(pytest.param(name, 9, marks=[HEAVY] * (name not in COMPILED_TOO)) for name in TECHNIQUES),
    ],
)
def test_techniques_compute_what_tensorflow_1_computed(digits, technique, steps_per_run):
    expected = json.loads((RECORDED / 'techniques.json').read_text())['losses'][technique]
    config = RunConfig(dataset='digits', steps_per_run=steps_per_run, **TECHNIQUES[technique])
    losses, _ = trained(config, digits, RECORDED / 'BN_elu-300-100/init.ckpt', epochs=12)
    np.testing.assert_allclose(losses[:200], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ('optimizer', 'activation', 'batch_norm'),
    [
        *(pytest.param(name, 'elu', True, marks=HEAVY) for name in OPTIMIZERS),
        *(pytest.param('sgd', name, False, marks=[HEAVY] * (name != 'selu')) for name in ACTIVATIONS),
    ],
)
def test_many_steps_in_one_call_are_as_many_single_steps(digits, optimizer, activation, batch_norm):
    # 17 steps of 70 and a last batch of 7 that is kept; 5 does not divide 17.
    config = small(
        hidden_sizes=(12, 9), activation=activation, batch_norm=batch_norm, optimizer=optimizer, keep_last_batch=True,
        learning_rate=0.001 if optimizer == 'adam' else 0.01,
    )  # fmt: skip
    losses, single = trained(msgspec.structs.replace(config, steps_per_run=1), digits)
    losses_of_many, many = trained(config, digits)
    assert len(losses) == len(losses_of_many) == 18
    np.testing.assert_allclose(losses, losses_of_many, atol=1e-5)
    assert single.keys() == many.keys()
    for name in single:
        if activation not in KINKED and not (optimizer == 'adam' and batch_norm and is_without_effect(name)):
            np.testing.assert_allclose(single[name], many[name], atol=2e-6, rtol=2e-6, err_msg=name)


def is_without_effect(name):
    """A bias before batch norm is subtracted again: its gradient is rounding alone, which Adam scales up."""
    return name.startswith(('hidden1/bias', 'hidden2/bias')) or name.endswith('moving_mean')


@pytest.mark.parametrize('optimizer', [pytest.param('sgd', marks=HEAVY), pytest.param('rmsprop', marks=HEAVY), 'adam'])
def test_leaving_out_pixels_that_are_zero_in_a_batch_changes_nothing(digits, monkeypatch, optimizer):
    losses, few = trained(small(optimizer=optimizer), digits)
    monkeypatch.setattr(compiled, 'number_of_pixels', lambda images, batch_size: None)
    losses_of_all, all_pixels = trained(small(optimizer=optimizer), digits)
    np.testing.assert_allclose(losses, losses_of_all, atol=1e-5)
    black = ~digits.train.images.any(axis=0)
    for name in few:
        if name.startswith('hidden1/kernel'):
            np.testing.assert_array_equal(few[name][black], all_pixels[name][black], err_msg=name)
        if not (optimizer == 'adam' and is_without_effect(name)):
            np.testing.assert_allclose(few[name], all_pixels[name], atol=2e-6, rtol=2e-6, err_msg=name)


def test_a_batch_of_more_pixels_than_there_is_room_for_is_trained_in_single_steps(digits, monkeypatch):
    losses, single = trained(small(steps_per_run=1), digits)
    nonzero = NonzeroPixels(digits.train.images).of_batches(epoch_order(1197, 70, 42, 0)[0]).sum(axis=1)
    # Runs of 5 steps: room for every batch of some of the runs, and not of the others.
    fits = [nonzero[first : first + 5].max() for first in range(0, len(nonzero), 5)]
    number = sorted(fits)[len(fits) // 2]
    assert number < max(fits)
    monkeypatch.setattr(compiled, 'number_of_pixels', lambda images, batch_size: int(number))
    losses_of_both, both = trained(small(), digits)
    np.testing.assert_allclose(losses, losses_of_both, atol=1e-5)
    for name in single:
        np.testing.assert_allclose(single[name], both[name], atol=2e-6, rtol=2e-6, err_msg=name)


@pytest.mark.parametrize('steps_per_run', [1, pytest.param(5, marks=HEAVY)])
def test_repeats_are_equal_to_the_last_bit_and_seeds_differ(digits, steps_per_run):
    (losses, first), (again, second) = (trained(small(steps_per_run=steps_per_run), digits) for _ in range(2))
    assert losses == again
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert losses[0] != trained(small(seed=1, steps_per_run=1), digits)[0][0]


def components(count):
    """So many images of 3 principal components each, the same in each of three splits."""
    images = np.random.RandomState(0).normal(size=(count, 3)).astype(np.float32)
    split = Split(images, np.arange(count, dtype=np.int32) % 10)
    return Dataset('mnist', '', '', split, split, split)


def of_components(**fields):
    return RunConfig(hidden_sizes=(2,), batch_norm=False, input_features=3, batch_size=2, **fields)


def watched(loop):
    """Lets the loop say how many steps it has done after each `session.run`; returns the list that it is added to."""
    done = []
    loop._check = lambda: done.append(len(loop.steps.losses))
    return done


@pytest.mark.parametrize(('steps_per_run', 'done'), [(1, [1, 2, 3]), (2, [2])])
def test_the_first_step_whose_loss_is_no_number_is_named_and_its_run_is_not_counted(steps_per_run, done):
    dataset = components(12)
    [order] = epoch_order(12, 2, 42, 0)
    dataset.train.images[order[3, 1]] = np.nan
    loop, *_ = begun(of_components(steps_per_run=steps_per_run), dataset)
    found = watched(loop)
    with pytest.raises(NotFinite) as raised:
        loop.epoch(0)
    assert (raised.value.step, found) == (3, done)
    assert len(loop.steps.losses) == len(loop.steps.accuracies) == done[-1]


@pytest.mark.parametrize('keep', [True, False])
@pytest.mark.parametrize(('steps_per_run', 'done'), [(1, [1, 2, 3, 4]), (2, [2, 3, 4])])
def test_an_incomplete_last_batch_is_a_run_of_its_own_and_left_out_unless_asked_for(steps_per_run, done, keep):
    # At this rate no weight changes, so that every loss is that of its own images at the beginning.
    config = of_components(keep_last_batch=keep, learning_rate=1e-30, steps_per_run=steps_per_run)
    dataset = components(7)
    loop, session, graph = begun(config, dataset)
    found, values = watched(loop), session.run(graph.model)
    loop.train(0)
    batches = [rows for part in epoch_order(7, 2, 42, 0, keep) for rows in part]
    expected = [reference.gradients(values, dataset.train.images[rows], rows, config)[0] for rows in batches]
    assert found == (done if keep else done[:-1])
    np.testing.assert_allclose(loop.steps.losses, expected, rtol=1e-5)


@pytest.mark.parametrize('steps_per_run', [1, pytest.param(5, marks=HEAVY)])
def test_an_epoch_resumes_after_the_steps_that_are_done(digits, steps_per_run):
    class StoppedError(Exception):
        pass

    def stop():
        if len(loop.steps.losses) >= 6:
            raise StoppedError

    config = small(steps_per_run=steps_per_run)
    expected = begun(config, digits)[0].epoch(0)
    loop, session, graph = begun(config, digits, check=lambda: stop())
    with pytest.raises(StoppedError):
        loop.epoch(0)
    found = make_loop(session, graph, digits, config, loop.steps).epoch(0)
    times = {'train_seconds': 0.0, 'evaluation_seconds': 0.0}
    assert msgspec.structs.replace(found, **times) == msgspec.structs.replace(expected, **times)


def test_both_loops_measure_the_same_and_measuring_changes_nothing(digits):
    metrics = []
    for steps_per_run in (1, 5):
        loop, session, graph = begun(small(steps_per_run=steps_per_run), digits)
        loop.train(0)
        steps, before = loop.steps, session.run(graph.state)
        metrics.append(loop.epoch(0))  # no step is left of it
        assert all(np.array_equal(value, before[name]) for name, value in session.run(graph.state).items())
        assert metrics[-1].train_loss == pytest.approx(np.mean(steps.losses))
        assert metrics[-1].train_accuracy == pytest.approx(np.mean(steps.accuracies))
        assert (metrics[-1].train_seconds, loop.steps) == (steps.seconds, Steps())
    for name in ('accuracy', 'loss', 'accuracy_moving', 'loss_moving'):
        for split in ('test', 'validation'):
            one, other = (getattr(each, f'{split}_{name}') for each in metrics)
            assert one == pytest.approx(other, abs=1e-6), (split, name)


class RecordingSession:
    """A session that keeps which tensors it was asked for and fed."""

    def __init__(self, session):
        self._session, self.calls = session, []

    def run(self, fetches, feed_dict=None):
        self.calls.append((str(fetches), str(sorted(tensor.name for tensor in feed_dict or ()))))
        return self._session.run(fetches, feed_dict)


@pytest.mark.parametrize('room', [None, 1], ids=['room', 'no room for the first image'])
def test_all_that_an_epoch_runs_is_compiled_before_without_a_step(digits, monkeypatch, room):
    if room:
        monkeypatch.setattr(compiled, 'number_of_pixels', lambda images, batch_size: room)
    config = small(steps_per_run=9)
    graph = build(config, digits)
    with tf.Session(graph=graph.graph) as session:
        session.run(graph.init)
        before, recording = session.run(graph.state), RecordingSession(session)
        loop = make_loop(recording, graph, digits, config)
        assert all(np.array_equal(value, before[name]) for name, value in session.run(graph.state).items())
        # A session compiles again when other tensors are fetched or fed.
        ahead = len(recording.calls)
        steps, validation, test = recording.calls[-3:]
        loop.epoch(0)
    if not room:
        assert recording.calls[ahead:-1] == [steps, steps, test, validation]  # the last asks for the rate


def test_an_accuracy_is_the_ratio_of_hits_and_a_loss_the_shortest_decimal():
    # As float32 holds them, 2 / 3 is 0.6666666865..., and 0.1 is 0.1000000014...
    evaluation = Evaluation(np.float32(2 / 3), np.float32(0.1), np.float32(1 / 3), np.float32(2.5))
    assert exact(evaluation, 3) == (2 / 3, 0.1, 1 / 3, 2.5)
    for towards in (np.float32(0), np.float32(1)):  # a mean in float32 that misses the last bit
        missed = Evaluation(*(np.nextafter(np.float32(value), towards) for value in (0.9409, 0.2, 0.94, 0.2)))
        assert exact(missed, 10_000)[::2] == (0.9409, 0.94)


@pytest.mark.parametrize('name', ['loss', 'loss_moving'])
@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_an_evaluation_whose_loss_is_no_number_has_no_step(name, value):
    with pytest.raises(NotFinite) as raised:
        exact(Evaluation(0.5, 1.0, 0.5, 1.0)._replace(**{name: np.float32(value)}), 2)
    assert raised.value.step is None


REGULARIZED = {
    'hidden_sizes': (12, 9), 'dropout': (0.5, 0.2), 'input_dropout': 0.1, 'l2': 1e-3, 'clip_norm': 1.0,
    'schedule': 'cosine:2',
}  # fmt: skip


def test_both_loops_drop_the_same_units_and_follow_the_same_schedule(digits):
    (losses, single), (losses_of_many, many) = (
        trained(small(**REGULARIZED, keep_last_batch=True, steps_per_run=steps), digits, epochs=2) for steps in (1, 5)
    )
    np.testing.assert_allclose(losses, losses_of_many, atol=1e-5)
    for name in single:
        np.testing.assert_allclose(single[name], many[name], atol=5e-6, rtol=5e-6, err_msg=name)
    assert single['global_step'] == many['global_step'] == 36
    without = small(**{**REGULARIZED, 'dropout': ()}, keep_last_batch=True, steps_per_run=1)
    assert not np.allclose(losses, trained(without, digits, epochs=2)[0], atol=0.1)


@pytest.mark.parametrize('steps_per_run', [1, pytest.param(5, marks=HEAVY)])
def test_dropout_at_rate_zero_is_no_dropout_to_the_last_bit(digits, steps_per_run):
    losses, none = trained(small(steps_per_run=steps_per_run), digits)
    losses_at_zero, zero = trained(small(steps_per_run=steps_per_run, dropout=(0.0,)), digits)
    assert losses == losses_at_zero
    assert all(np.array_equal(none[name], zero[name]) for name in none)


def test_training_beyond_the_notebook_begins_with_the_same_weights(digits):
    plain, other = (
        begun(small(**given, steps_per_run=1), digits) for given in ({'hidden_sizes': (12, 9)}, REGULARIZED)
    )
    for name, value in plain[1].run(plain[2].model).items():
        np.testing.assert_array_equal(value, other[1].run(other[2].model)[name], err_msg=name)


def test_an_epoch_says_its_last_rate_and_its_penalty_beside_the_cross_entropy(digits):
    loop, session, graph = begun(
        small(learning_rate=1e-6, l2=0.5, schedule='piecewise:1:1e-7', steps_per_run=1), digits
    )
    plain, *_ = begun(small(learning_rate=1e-6, steps_per_run=1), digits)
    first, second = loop.epoch(0), loop.epoch(1)
    assert (first.learning_rate, second.learning_rate) == (1e-6, 1e-7)
    kernels = [value for name, value in session.run(graph.model).items() if name.endswith('/kernel')]
    assert second.l2_penalty == pytest.approx(0.5 * sum((kernel**2).sum() / 2 for kernel in kernels), rel=1e-5)
    expected = plain.epoch(0)
    assert first.test_loss == pytest.approx(expected.test_loss, rel=1e-3)  # without the penalty, which is above 10
    assert expected.l2_penalty is None


def test_evaluation_drops_nothing(digits):
    loop, *_ = begun(small(dropout=(0.9,), learning_rate=1e-30, steps_per_run=1), digits)
    plain, *_ = begun(small(learning_rate=1e-30, steps_per_run=1), digits)
    assert loop.evaluate('test') == plain.evaluate('test')
