import contextlib
import os
import resource

import pytest
import tensorflow.compat.v1 as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from graph_mlp.config import RunConfig
from graph_mlp.errors import RunError
from graph_mlp.summaries import dashboards
from graph_mlp.summaries.scalars import SCALARS, Summaries
from tests.store.test_history import epoch

STARTED = 1_500_000_000.0  # seconds since 1970


def written(folder, *histories):
    """Event files of one run, each history by a writer of its own that begins where the one before it ended."""
    graph = tf.Graph()
    done = []
    for history in histories:
        summaries = Summaries(folder, graph.as_graph_def(), done[: history[0].epoch], STARTED)
        done = done[: history[0].epoch]
        for each in history:
            done.append(each)
            summaries.add(done)
        summaries.close()
    return EventAccumulator(str(folder)).Reload()


def opened(folder, history, opening=()):
    return Summaries(folder, tf.Graph().as_graph_def(), history, STARTED, opening)


def curve(folder, tag='Accuracy'):
    return [(event.step, round(event.value, 3)) for event in EventAccumulator(str(folder)).Reload().Scalars(tag)]


@contextlib.contextmanager
def files_no_larger_than(size):
    """Within this block a write beyond `size` bytes fails, with 'File too large'."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


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
    summaries = Summaries(tmp_path, graph.as_graph_def(), [], STARTED)
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
    summaries = Summaries(folder, graph.as_graph_def(), [], STARTED)
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


HISTORY = [epoch(0), epoch(1), epoch(2)]
WHOLE = [(0, 0.9), (1, 0.9), (2, 0.9)]


def test_a_write_that_fails_is_one_line_and_made_good_with_the_next_epoch(tmp_path, capsys):
    summaries = opened(tmp_path, [])
    summaries.add(HISTORY[:1])
    [path] = tmp_path.iterdir()
    with files_no_larger_than(path.stat().st_size + 20):
        summaries.add(HISTORY[:2])
    summaries.add(HISTORY)
    summaries.close()
    summaries.check()
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith('File too large; trying again after every epoch')
    assert curve(tmp_path) == WHOLE


def test_writes_that_fail_until_the_end_are_an_error_and_the_next_start_makes_them_good(tmp_path, capsys):
    summaries = opened(tmp_path, [])
    with files_no_larger_than(10):
        for count in (1, 2, 3):
            summaries.add(HISTORY[:count])
        summaries.close()
    assert len(capsys.readouterr().err.splitlines()) == 1
    with pytest.raises(RunError, match=r'from epoch 0 on: .*File too large; .*, without --overwrite, writes it'):
        summaries.check()
    opened(tmp_path, HISTORY).close()
    assert curve(tmp_path) == WHOLE


def test_a_last_write_that_fails_is_tried_again_at_the_end(tmp_path, capsys):
    summaries = opened(tmp_path, [])
    summaries.add(HISTORY[:2])
    with files_no_larger_than(10):
        summaries.add(HISTORY)
    summaries.close()
    summaries.check()
    assert curve(tmp_path) == WHOLE


@pytest.mark.parametrize('cut', [20, 400, 1000])
def test_what_is_damaged_is_written_again(tmp_path, cut):
    written(tmp_path, HISTORY)
    [path] = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    content[-cut] ^= 1
    path.write_bytes(content)
    opened(tmp_path, HISTORY).close()
    assert curve(tmp_path) == WHOLE


def test_a_figure_that_is_not_the_historys_is_written_again(tmp_path):
    written(tmp_path, [epoch(0), epoch(1, 0.4)])
    opened(tmp_path, HISTORY).close()
    assert curve(tmp_path, 'validation/accuracy_moving_averages') == [(0, 0.5), (1, 0.5), (2, 0.5)]


def test_what_is_whole_is_not_written_again(tmp_path):
    written(tmp_path, HISTORY)
    before = sum(path.stat().st_size for path in tmp_path.iterdir())
    opened(tmp_path, HISTORY).close()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < before + 200


def test_a_folder_that_cannot_be_written_to_is_an_error_at_the_start(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(RunError, match=r'cannot write events to .*: Not a directory; .*the same command goes on'):
        opened(tmp_path / 'file' / 'summary', [])
    with files_no_larger_than(10), pytest.raises(RunError, match='File too large'):
        opened(tmp_path / 'summary', [])
    assert not list((tmp_path / 'summary').iterdir())


def test_a_pipe_among_the_event_files_is_an_error_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / 'events.out.tfevents.0000000000.pipe')
    with pytest.raises(RunError, match='pipe is not a regular file: remove it'):
        opened(tmp_path, [])


def test_a_run_with_more_epochs_is_shown_in_the_group_of_such_runs_and_keeps_what_it_wrote(tmp_path):
    def group(epochs):
        return [dashboards.experiment(), dashboards.session_start(RunConfig(epochs=epochs), 157, STARTED)]

    histogram = tf.Summary(
        value=[tf.Summary.Value(tag='weights', histo=tf.HistogramProto(bucket=[1], bucket_limit=[2]))]
    )
    summaries = opened(tmp_path, [], group(2))
    summaries.add(HISTORY[:1], [histogram])
    summaries.add(HISTORY[:2])
    summaries.close()
    summaries = opened(tmp_path, HISTORY[:1], group(3))  # the second epoch's state was not saved
    summaries.add(HISTORY[:2])
    summaries.add(HISTORY)
    summaries.close()
    events = EventAccumulator(str(tmp_path)).Reload()
    content = events.SummaryMetadata(dashboards.HPARAMS_TAGS[1]).plugin_data.content
    assert dashboards.plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info.group_name.endswith(
        '3 epochs'
    )
    assert [event.step for event in events.Histograms('weights')] == [0]
    assert curve(tmp_path) == WHOLE
