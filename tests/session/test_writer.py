import contextlib

import pytest
import tensorflow.compat.v1 as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from graph_mlp.config import RunConfig
from graph_mlp.graph.build import build
from graph_mlp.session import writer as writer_module
from graph_mlp.session.start import start
from graph_mlp.session.writer import Writer
from graph_mlp.store.history import RunProgress, StepFigures
from graph_mlp.store.runs import Run
from tests.analysis.synthetic import history
from tests.session.test_start import options

EPOCHS = history([0.5, 0.9, 0.8, 0.7])  # the second is the best by validation too
GRAPH = build(RunConfig((3,), dataset='digits'))


def progress(epochs):
    return RunProgress(EPOCHS[:epochs], StepFigures.none())


@contextlib.contextmanager
def open_writer(saves, **changes):
    """The writer of a run that was never trained, with its event file open, and the run."""
    asked = options(saves, **changes)
    with start(asked) as fresh, tf.Session(graph=GRAPH.graph) as session:
        session.run(GRAPH.init)
        fresh.take_effect()
        writer = Writer(session, GRAPH, fresh, asked, fresh.dataset.inputs, None, None)
        writer.open(progress(0))
        with contextlib.closing(writer):
            yield writer, fresh.run


def on_disk(run):
    """Epochs in the event file, training states, and epochs in history.csv."""
    events = EventAccumulator(str(run.summary)).Reload()
    path = run.folder / 'history.csv'
    return (
        len(events.Scalars('Accuracy')) if 'Accuracy' in events.Tags()['scalars'] else 0,
        sorted(path.name for _, path in run.states()),
        len(path.read_text().splitlines()) - 1 if path.exists() else 0,
    )


@pytest.mark.parametrize(
    ('owner', 'name', 'before'),
    [
        (Run, 'append_history', (1, [], 0)),
        (writer_module, 'save_state', (1, [], 1)),
        (Run, 'prune', (1, ['epoch-00001'], 1)),
    ],
    ids=['history', 'state', 'old states'],
)
def test_events_come_before_the_history_the_history_before_the_state_and_old_states_go_last(
    tmp_path, monkeypatch, owner, name, before
):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, name, stop)
    with open_writer(tmp_path) as (writer, run):
        with pytest.raises(KeyboardInterrupt):
            writer.add(progress(1))
        assert on_disk(run) == before


@pytest.mark.parametrize(
    ('keep_all', 'states'),
    [(False, ['epoch-00002', 'epoch-00003', 'epoch-00004']), (True, [f'epoch-0000{epoch}' for epoch in range(1, 5)])],
)
def test_every_epoch_is_added_to_all_three(tmp_path, keep_all, states):
    with open_writer(tmp_path, keep_all=keep_all) as (writer, run):
        for epochs in range(1, 5):
            writer.add(progress(epochs))
        assert on_disk(run) == (4, states, 4)


def test_a_state_within_an_epoch_is_not_added_to_events_and_history(tmp_path):
    with open_writer(tmp_path) as (writer, run):
        writer.save(RunProgress(EPOCHS[:1], StepFigures([0.5] * 7, [0.5] * 7, [0.1] * 7)))
        assert on_disk(run) == (0, ['epoch-00001-step-00007'], 0)


@pytest.mark.parametrize('histograms', [True, False])
def test_histograms_of_every_variable_and_layer_are_written_where_asked_for(tmp_path, histograms):
    with open_writer(tmp_path, histograms=histograms) as (writer, run):
        writer.add(progress(1))
        tags = EventAccumulator(str(run.summary), {'histograms': 0}).Reload().Tags()['histograms']
    expected = {f'weights/{name}' for name in GRAPH.model} | {'activations/hidden1'}
    assert set(tags) == (expected if histograms else set())
