import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Inputs, Split
from graph_mlp.graph.build import build
from graph_mlp.graph.compiled_loop import DataShape
from graph_mlp.graph.evaluation import Figures
from graph_mlp.session.loop import NotFinite, Trainer, exact_figures, load_images
from graph_mlp.store.history import StepFigures
from tests.graph import reference


def test_an_accuracy_is_the_ratio_of_hits_and_a_loss_the_shortest_decimal():
    # As float32 holds them, 2 / 3 is 0.6666666865..., and 0.1 is 0.1000000014...
    figures = Figures(np.float32(2 / 3), np.float32(0.1), np.float32(1 / 3), np.float32(2.5))
    assert exact_figures(figures, 3) == (2 / 3, 0.1, 1 / 3, 2.5)


def test_a_ratio_that_misses_the_last_bit_is_mended():
    expected = Figures(0.9409, 0.2, 0.94, 0.2)
    for towards in (np.float32(0), np.float32(1)):
        missed = Figures(*(np.nextafter(np.float32(value), towards) for value in expected))
        exact = exact_figures(missed, 10_000)
        assert (exact.accuracy, exact.accuracy_moving) == (0.9409, 0.94)


@pytest.mark.parametrize('name', ['loss', 'loss_moving'])
@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_an_evaluation_whose_loss_is_no_number_has_no_step(name, value):
    with pytest.raises(NotFinite) as raised:
        exact_figures(Figures(0.5, 1.0, 0.5, 1.0)._replace(**{name: np.float32(value)}), 2)
    assert raised.value.step is None


def components(count):
    """So many images of 3 principal components each, in each of three splits."""
    images = np.random.RandomState(0).normal(size=(count, 3)).astype(np.float32)
    split = Split(images, np.arange(count, dtype=np.int32) % 10)
    return Inputs(split, split, split)


def trainer(config, inputs, steps_per_run):
    """A trainer on random weights, its images in the graph."""
    graph = build(config, DataShape.of(inputs, config.batch_size), steps_per_run)
    session = tf.Session(graph=graph.graph)
    session.run(graph.init)
    load_images(session, graph.loop, inputs)
    return Trainer(session, graph, config, inputs.train), session, graph


def epoch_zero(config, inputs, steps_per_run):
    """Trains through epoch 0: its figures, the length of each run, the weights before it, and what it raised."""
    progress, lengths, error = StepFigures.none(), [], None
    trained, session, graph = trainer(config, inputs, steps_per_run)
    before = session.run(graph.model)
    try:
        trained.epoch(0, progress, lengths.append)
    except NotFinite as raised:
        error = raised
    return progress, lengths, before, error


@pytest.mark.parametrize(('steps_per_run', 'lengths'), [(1, [1, 1, 1]), (2, [2])])
def test_the_first_step_whose_loss_is_no_number_is_named_and_its_run_is_not_counted(steps_per_run, lengths):
    config = RunConfig((2,), batch_norm=False, input_features=3, batch_size=2)
    inputs = components(12)
    order = np.random.RandomState([42, 0]).permutation(12)
    inputs.train.images[order[7]] = np.nan  # in the fourth batch of two
    progress, lengths_of_runs, _, error = epoch_zero(config, inputs, steps_per_run)
    assert error.step == 3
    assert lengths_of_runs == lengths
    assert len(progress.losses) == len(progress.accuracies) == sum(lengths)


@pytest.mark.parametrize(('steps_per_run', 'lengths'), [(1, [1, 1, 1, 1]), (2, [2, 1, 1])])
def test_an_incomplete_last_batch_that_is_kept_is_a_run_of_its_own(steps_per_run, lengths):
    # At this rate no weight changes, so that every loss is that of its own images at the beginning.
    config = RunConfig(
        (2,), batch_norm=False, input_features=3, batch_size=2, keep_last_batch=True, learning_rate=1e-30
    )
    train = components(7).train
    progress, lengths_of_runs, values, _ = epoch_zero(config, components(7), steps_per_run)
    order = np.random.RandomState([42, 0]).permutation(7)
    batches = (order[:2], order[2:4], order[4:6], order[6:])
    expected = [reference.gradients(values, train.images[rows], train.labels[rows], config)[0] for rows in batches]
    assert lengths_of_runs == lengths
    np.testing.assert_allclose(progress.losses, expected, rtol=1e-5)


@pytest.mark.parametrize(('steps_per_run', 'lengths'), [(1, [1, 1, 1]), (2, [2, 1])])
def test_an_incomplete_last_batch_is_left_out_unless_asked_for(steps_per_run, lengths):
    config = RunConfig((2,), batch_norm=False, input_features=3, batch_size=2)
    progress, lengths_of_runs, *_ = epoch_zero(config, components(7), steps_per_run)
    assert lengths_of_runs == lengths
    assert len(progress.losses) == 3


@pytest.mark.parametrize('steps_per_run', [1, 5])
def test_evaluation_leaves_every_variable_alone(digits, steps_per_run):
    trained, session, graph = trainer(RunConfig((4, 3), dataset='digits'), digits.inputs, steps_per_run)
    before = session.run(graph.state)
    trained.evaluate()
    after = session.run(graph.state)
    assert all(np.array_equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize('steps_per_run', [1, 5])
def test_freed_images_are_evaluated_no_more_and_the_network_is_still_there(digits, steps_per_run):
    trained, session, graph = trainer(RunConfig((3,), dataset='digits'), digits.inputs, steps_per_run)
    trained.evaluate()
    trained.free_images()
    with pytest.raises(tf.errors.FailedPreconditionError):
        trained.evaluate()
    assert session.run(graph.probabilities, {graph.X: np.zeros((2, 784), np.float32)}).shape == (2, 10)


class RecordingSession:
    """A session that keeps which tensors it was asked for and fed."""

    def __init__(self, session):
        self._session, self.calls = session, []

    def run(self, fetches, feed_dict=None):
        self.calls.append((str(fetches), str(sorted(tensor.name for tensor in feed_dict or ()))))
        return self._session.run(fetches, feed_dict)


def test_all_that_an_epoch_and_its_evaluation_run_is_compiled_before(digits):
    # A session compiles again when other tensors are fetched or fed.
    config = RunConfig((5,), dataset='digits')
    _, session, graph = trainer(config, digits.inputs, 9)
    recording = RecordingSession(session)
    recorded = Trainer(recording, graph, config, digits.train)
    recorded.compile()
    compiled = list(recording.calls)
    recorded.epoch(0, StepFigures.none(), lambda steps: None)
    recorded.evaluate()
    steps, *evaluations = compiled
    assert recording.calls[len(compiled) :] == [steps, steps, *evaluations]


def test_the_loop_is_compiled_though_the_first_image_has_more_pixels_than_it_has_room_for(digits, monkeypatch):
    monkeypatch.setattr('graph_mlp.graph.compiled_loop.number_of_pixels', lambda images, batch_size: 1)
    assert np.count_nonzero(digits.train.images[0]) > 1
    trained, session, graph = trainer(RunConfig((3,), dataset='digits'), digits.inputs, 5)
    before = session.run(graph.state)
    trained.compile()
    after = session.run(graph.state)
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_an_epoch_goes_on_after_the_steps_that_are_done(digits):
    config = RunConfig((3,), dataset='digits')
    whole, after = StepFigures.none(), StepFigures.none()
    trainer(config, digits.inputs, 1)[0].epoch(0, whole, lambda steps: None)
    interrupted, session, graph = trainer(config, digits.inputs, 1)

    class Stopped(Exception):
        pass

    def stop(steps):
        if len(after.losses) == 6:
            raise Stopped

    with pytest.raises(Stopped):
        interrupted.epoch(0, after, stop)
    Trainer(session, graph, config, digits.train).epoch(0, after, lambda steps: None)
    assert after[:2] == whole[:2]  # the third are seconds, which no two runs share


def test_a_graph_without_a_loop_is_refused(digits):
    graph = build(RunConfig((3,)))
    with tf.Session(graph=graph.graph) as session, pytest.raises(ValueError, match='got one without a loop'):
        Trainer(session, graph, RunConfig((3,)), digits.train)
