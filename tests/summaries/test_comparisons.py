import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar import layout_pb2, metadata

from graph_mlp.summaries.comparisons import SteppedCurve, write_comparisons

CHARTS = {'1. ELU or ReLU': 'activation/accuracy', '2. batch norm': 'batch-norm/accuracy'}
CURVES = {
    'elu-3': [
        SteppedCurve('activation/accuracy', [0, 1], [2.0, 5.0], [0.5, 0.75]),
        SteppedCurve('batch-norm/accuracy', [2000, 5000], [2.0, 5.0], [0.5, 0.75]),
    ],
    'relu-3': [SteppedCurve('activation/accuracy', [0], [2.0], [0.25])],
}


@pytest.fixture
def folder(tmp_path):
    """The folder in which the comparisons were written."""
    write_comparisons(tmp_path / 'saves/study', 'ELU or ReLU?', CHARTS, CURVES)
    return tmp_path / 'saves/study'


def events(path):
    return EventAccumulator(str(path)).Reload()


def points(path, tag):
    return [(event.step, event.value) for event in events(path).Scalars(tag)]


def test_the_curves_are_read_back(folder):
    assert points(folder / 'elu-3', 'activation/accuracy') == [(0, 0.5), (1, 0.75)]
    assert points(folder / 'elu-3', 'batch-norm/accuracy') == [(2000, 0.5), (5000, 0.75)]
    assert points(folder / 'relu-3', 'activation/accuracy') == [(0, 0.25)]


def test_a_run_has_only_the_charts_it_belongs_to(folder):
    assert events(folder / 'relu-3').Tags()['scalars'] == ['activation/accuracy']


def test_the_relative_axis_is_training_time(folder):
    first, second = events(folder / 'elu-3').Scalars('activation/accuracy')
    assert second.wall_time - first.wall_time == pytest.approx(5 - 2, abs=1e-5)


@pytest.mark.parametrize('name', CURVES)
def test_every_run_carries_the_layout_of_all_charts(folder, name):
    [event] = events(folder / name).Tensors(metadata.CONFIG_SUMMARY_TAG)
    [category] = layout_pb2.Layout.FromString(event.tensor_proto.string_val[0]).category
    assert category.title == 'ELU or ReLU?'
    assert {chart.title: list(chart.multiline.tag) for chart in category.chart} == {
        title: [f'(?:{tag})$'] for title, tag in CHARTS.items()
    }


def test_an_older_folder_is_replaced(folder):
    write_comparisons(
        folder, 'ELU or ReLU?', CHARTS, {'elu-3': [SteppedCurve('activation/accuracy', [0], [1.0], [1.0])]}
    )
    assert [path.name for path in folder.iterdir()] == ['elu-3']
    assert points(folder / 'elu-3', 'activation/accuracy') == [(0, 1.0)]
    assert [path.name for path in folder.parent.iterdir()] == ['study']
