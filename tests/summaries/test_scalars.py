import pytest
import tensorflow.compat.v1 as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from graph_mlp.summaries.scalars import SCALARS, Summaries
from tests.store.test_history import epoch

STARTED = 1_500_000_000.0  # seconds since 1970


def written(folder, *histories):
    """Event files of one run, each history by a writer of its own that begins where the one before it ended."""
    graph = tf.Graph()
    done = []
    for history in histories:
        summaries = Summaries(folder, graph, graph.as_graph_def(), done[: history[0].epoch], STARTED)
        done = done[: history[0].epoch]
        for each in history:
            done.append(each)
            summaries.add(done)
        summaries.close()
    return EventAccumulator(str(folder)).Reload()


def test_every_scalar_stands_at_step_epoch(tmp_path):
    events = written(tmp_path, [epoch(0), epoch(1)])
    assert set(events.Tags()['scalars']) == set(SCALARS)
    assert [(event.step, round(event.value, 6)) for event in events.Scalars('Accuracy')] == [(0, 0.9), (1, 0.9)]


def test_epochs_that_come_again_replace_the_lost_ones(tmp_path):
    first = [epoch(0, 0.1), epoch(1, 0.2), epoch(2, 0.3)]
    events = written(tmp_path, first, [epoch(1, 0.4), epoch(2, 0.5)], [epoch(2, 0.6), epoch(3, 0.7)])
    curve = [(event.step, round(event.value, 3)) for event in events.Scalars('validation/accuracy_moving_averages')]
    assert curve == [(0, 0.1), (1, 0.4), (2, 0.6), (3, 0.7)]


def test_a_file_that_disappears_is_said_and_written_again(tmp_path, capsys):
    graph = tf.Graph()
    summaries = Summaries(tmp_path, graph, graph.as_graph_def(), [], STARTED)
    summaries.add([epoch(0)])
    for path in tmp_path.iterdir():
        path.unlink()
    summaries.add([epoch(0), epoch(1)])
    summaries.close()
    assert 'has disappeared' in capsys.readouterr().err
    assert [event.step for event in EventAccumulator(str(tmp_path)).Reload().Scalars('Accuracy')] == [0, 1]


def test_a_folder_that_cannot_be_made_again_costs_the_run_nothing(tmp_path, capsys):
    graph, folder = tf.Graph(), tmp_path / 'summary'
    folder.mkdir()
    summaries = Summaries(folder, graph, graph.as_graph_def(), [], STARTED)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text('a file where the folder was')
    summaries.add([epoch(0)])
    assert 'cannot write events' in capsys.readouterr().err


def test_the_relative_axis_is_training_time_also_after_an_interruption(tmp_path):
    # tests.store.test_history.epoch trains 1.5 s
    events = written(tmp_path, [epoch(0), epoch(1)], [epoch(2)])
    times = [event.wall_time - STARTED for event in events.Scalars('Accuracy')]
    assert times == pytest.approx([1.5, 3.0, 4.5])
