import contextlib
import resource

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2

from graph_mlp.config import RunConfig
from graph_mlp.metrics import Metrics, scalars
from graph_mlp.store.manifest import Manifest
from graph_mlp.summaries import dashboards
from graph_mlp.summaries.events import Events

STARTED = 1_500_000_000.0  # seconds since 1970


def epoch(number, test=0.9):
    fields = dict.fromkeys(Metrics.__struct_fields__, 0.5)
    return Metrics(**{**fields, 'epoch': number, 'test_accuracy': test, 'train_seconds': 1.5})


HISTORY = [epoch(0), epoch(1), epoch(2)]
COMPLETE = [(0, 0.9), (1, 0.9), (2, 0.9)]


def opened(folder, history=(), sizes=(), epochs=60):
    """Events of a run whose state has this history, and names these event files with their sizes."""
    manifest = Manifest(config=RunConfig(epochs=epochs), started=STARTED, events=dict(sizes))
    return Events(folder, manifest, tf.Graph().as_graph_def(), history)


def written(folder, epochs, history=(), sizes=()):
    """Adds epochs and ends as a killed process does; returns the sizes that the state of each epoch names."""
    events, states = opened(folder, history, sizes), []
    for each in epochs:
        events.add(each)
        states.append(events.sizes())
    return states


def group(folder):
    """The session group that TensorBoard's HParams puts the run into."""
    metadata = EventAccumulator(str(folder)).Reload().SummaryMetadata('_hparams_/session_start_info')
    return plugin_data_pb2.HParamsPluginData.FromString(metadata.plugin_data.content).session_start_info.group_name


def curve(folder, tag='Accuracy'):
    return [(event.step, round(event.value, 3)) for event in EventAccumulator(str(folder)).Reload().Scalars(tag)]


def test_every_metric_that_has_a_name_there_stands_at_its_epoch_on_the_axis_of_training_time(tmp_path):
    written(tmp_path, HISTORY[1:], HISTORY[:1], written(tmp_path, HISTORY[:1])[0])
    events = EventAccumulator(str(tmp_path)).Reload()
    assert set(events.Tags()['scalars']) == set(scalars().values())
    assert curve(tmp_path) == COMPLETE
    assert [event.wall_time - STARTED for event in events.Scalars('Accuracy')] == pytest.approx([1.5, 3.0, 4.5])


def test_a_resumed_run_writes_a_new_file_that_drops_what_a_killed_process_wrote_beyond_its_state(tmp_path):
    first = written(tmp_path, [epoch(0, 0.1), epoch(1, 0.2), epoch(2, 0.3)])
    second = written(tmp_path, [epoch(1, 0.4), epoch(2, 0.5)], [epoch(0, 0.1)], first[0])
    third = written(tmp_path, [epoch(2, 0.6), epoch(3, 0.7)], [epoch(0, 0.1), epoch(1, 0.4)], second[0])
    assert curve(tmp_path) == [(0, 0.1), (1, 0.4), (2, 0.6), (3, 0.7)]
    assert len(third[-1]) == len(list(tmp_path.iterdir())) == 3
    newest = tmp_path / max(third[-1])
    assert {event.step for event in tf.train.summary_iterator(str(newest)) if event.HasField('summary')} == {2, 3}


def test_a_run_that_is_resumed_to_more_epochs_leaves_the_session_group_of_fewer(tmp_path):
    sizes = written(tmp_path, HISTORY[:1])[-1]
    events = opened(tmp_path, HISTORY[:1], sizes, epochs=100)
    events.add(HISTORY[1])
    assert group(tmp_path) == 'mnist BN_elu-300-100, epochs 100'
    assert curve(tmp_path) == COMPLETE[:2]
    assert all((tmp_path / name).stat().st_size >= size for name, size in events.sizes().items())


@pytest.mark.parametrize('missing', ['all of it', 'a byte', 'its name in the state'])
def test_the_whole_history_is_written_again_where_a_file_is_missing_or_shortened(tmp_path, missing):
    sizes = written(tmp_path, HISTORY)[-1]
    [path] = tmp_path.iterdir()
    if missing == 'all of it':
        path.unlink()
    elif missing == 'a byte':
        path.write_bytes(path.read_bytes()[:-1])
    else:
        sizes = {}
    found = opened(tmp_path, HISTORY, sizes).sizes()
    assert curve(tmp_path) == COMPLETE
    assert len(found) == 1


def test_a_file_that_disappears_while_it_is_written_is_said_and_written_again(tmp_path, capsys):
    events = opened(tmp_path)
    for each in HISTORY:
        for path in tmp_path.iterdir():
            path.unlink()
        events.add(each)
    assert 'has disappeared' in capsys.readouterr().err
    assert curve(tmp_path) == COMPLETE
    assert events.sizes() == {path.name: path.stat().st_size for path in tmp_path.iterdir()}


def test_where_the_clock_was_set_back_the_new_file_is_read_after_the_others(tmp_path, monkeypatch):
    sizes = written(tmp_path, HISTORY)[1]
    monkeypatch.setattr('time.time', lambda: 1_000_000_000.0)
    written(tmp_path, [epoch(2, 0.1)], HISTORY[:2], sizes)
    assert curve(tmp_path) == [*COMPLETE[:2], (2, 0.1)]


@contextlib.contextmanager
def files_no_larger_than(size):
    """Within this block a write beyond `size` bytes fails, with 'File too large'."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_write_that_fails_raises(tmp_path):
    with files_no_larger_than(10), pytest.raises((OSError, tf.errors.OpError)):
        opened(tmp_path / 'one')
    events = opened(tmp_path / 'another')
    with files_no_larger_than(sum(events.sizes().values()) + 20), pytest.raises((OSError, tf.errors.OpError)):
        events.add(HISTORY[0])
    events.close()
    (tmp_path / 'file').write_text('')
    with pytest.raises(OSError, match='Not a directory'):
        opened(tmp_path / 'file' / 'summary')


def test_the_histograms_of_an_epoch_stand_beside_its_scalars(tmp_path):
    histogram = tf.HistogramProto(bucket=[1], bucket_limit=[2])
    summary = tf.Summary(value=[tf.Summary.Value(tag='weights', histo=histogram)])
    opened(tmp_path, HISTORY).add(epoch(3), [summary.SerializeToString()])
    assert [event.step for event in EventAccumulator(str(tmp_path)).Reload().Histograms('weights')] == [3]


PICTURES = np.zeros((3, 784), np.uint8), np.array([0, 1, 2]), np.eye(10, dtype=np.float32)[[0, 1, 1]]


@pytest.mark.parametrize('can_draw', [True, False])
def test_a_run_ends_with_its_mistakes_and_pictures_that_cannot_be_drawn_are_a_warning(
    tmp_path, monkeypatch, capsys, can_draw
):
    def fail(*_):
        raise ValueError('no font')

    if not can_draw:
        monkeypatch.setattr(dashboards, 'pictures', fail)
    opened(tmp_path, HISTORY).add_pictures(HISTORY[-1], *PICTURES)
    events = EventAccumulator(str(tmp_path)).Reload()
    assert '_hparams_/session_end_info' in events.summary_metadata
    assert set(events.Tags()['images']) == ({'test/confusion_matrix', 'test/misclassified'} if can_draw else set())
    assert ('no font' in capsys.readouterr().err) != can_draw
