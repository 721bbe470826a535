import pytest
import tensorflow.compat.v1 as tf
from tensorboard.plugins.custom_scalar import layout_pb2

from graph_mlp.summaries.comparisons import CATEGORY, SteppedCurve, write_comparisons

CHARTS = {'1. By epoch': 'raw/accuracy', '2. By time': 'time/accuracy'}
CURVES = {
    'relu': [SteppedCurve('raw/accuracy', [0, 1], [2.0, 4.0], [0.5, 0.75]),
             SteppedCurve('time/accuracy', [2000, 4000], [2.0, 4.0], [0.5, 0.75])],
    'elu': [SteppedCurve('raw/accuracy', [0], [3.0], [0.25])],
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    write_comparisons(tmp_path / 'comparisons' / 'means', CHARTS, CURVES)
    return tmp_path / 'comparisons' / 'means'


def events(folder, run):
    """The events of a run's only file, without the one that gives the file's version."""
    [path] = (folder / run).iterdir()
    return [event for event in tf.train.summary_iterator(str(path)) if event.WhichOneof('what') == 'summary']


def points(folder, run):
    """Tag, step, value and time of every point."""
    return [
        (event.summary.value[0].tag, event.step, event.summary.value[0].simple_value, event.wall_time)
        for event in events(folder, run)
        if event.summary.value[0].WhichOneof('value') == 'simple_value'
    ]


def test_a_run_holds_the_points_of_its_curves(folder):
    assert sorted(path.name for path in folder.iterdir()) == ['elu', 'relu']
    assert [point[:3] for point in points(folder, 'relu')] == [
        ('raw/accuracy', 0, 0.5), ('raw/accuracy', 1, 0.75),
        ('time/accuracy', 2000, 0.5), ('time/accuracy', 4000, 0.75),
    ]  # fmt: skip


def test_points_are_as_far_apart_as_their_training_seconds(folder):
    first, second = (point[3] for point in points(folder, 'relu')[:2])
    assert second - first == pytest.approx(2.0, abs=1e-3)


def test_the_dashboard_has_a_chart_per_title(folder):
    layout_event = events(folder, 'relu')[0]
    layout = layout_pb2.Layout.FromString(layout_event.summary.value[0].tensor.string_val[0])
    [category] = layout.category
    assert category.title == CATEGORY
    assert [(chart.title, list(chart.multiline.tag)) for chart in category.chart] == [
        ('1. By epoch', ['(?:raw/accuracy)$']), ('2. By time', ['(?:time/accuracy)$']),
    ]  # fmt: skip


def test_what_was_there_before_is_replaced(folder):
    write_comparisons(folder, CHARTS, {'elu': CURVES['elu']})
    assert [path.name for path in folder.iterdir()] == ['elu']
    assert [path.name for path in folder.parent.iterdir()] == ['means']  # nothing half-written is left
