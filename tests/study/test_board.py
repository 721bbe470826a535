"""What TensorBoard shows of a study, read back by its own event accumulator."""

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar import layout_pb2

from graph_mlp.errors import RunError
from graph_mlp.study.board import write_board
from graph_mlp.study.findings import find
from graph_mlp.study.plan import Comparison
from tests.study.synthetic import recorded

RUNS = {
    (name, seed): recorded(name, [0.5, end + seed / 100], seconds=2.0, seed=seed)
    for seed in (1, 2) for name, end in (('a', 0.9), ('b', 0.8))
}  # fmt: skip


@pytest.fixture
def findings():
    comparisons = [Comparison(title='E', key='e', runs=('a', 'b')),
                   Comparison(title='T', key='t', runs=('a', 'b'), axis='by-time')]  # fmt: skip
    return [find(number, one, RUNS, dict.fromkeys(RUNS, 2)) for number, one in enumerate(comparisons, 1)]


def read(folder):
    events = EventAccumulator(str(folder))
    events.Reload()
    return events


def test_a_curve_of_means_per_group_and_comparison(tmp_path, findings):
    write_board(tmp_path / 'board', 'Q', findings)
    assert sorted(path.name for path in (tmp_path / 'board').iterdir()) == ['a', 'b']
    events = read(tmp_path / 'board' / 'a')
    points = [(event.step, event.value) for event in events.Scalars('e/accuracy')]
    assert points == [(0, pytest.approx(0.5)), (1, pytest.approx(0.915))]
    assert [event.step for event in events.Scalars('t/accuracy')] == [2000, 4000]  # milliseconds
    first, second = (event.wall_time for event in events.Scalars('t/accuracy'))
    assert second - first == pytest.approx(2.0)


def test_a_chart_per_comparison(tmp_path, findings):
    write_board(tmp_path / 'board', 'Q', findings)
    [summary] = read(tmp_path / 'board' / 'a').Tensors('custom_scalars__config__')
    layout = layout_pb2.Layout.FromString(summary.tensor_proto.string_val[0])
    [category] = layout.category
    assert [chart.multiline.tag[0] for chart in category.chart] == ['(?:e/accuracy)$', '(?:t/accuracy)$']


def test_a_second_time_replaces_the_first(tmp_path, findings):
    write_board(tmp_path / 'board', 'Q', findings)
    write_board(tmp_path / 'board', 'Q', findings[:1])
    assert read(tmp_path / 'board' / 'a').Tags()['scalars'] == ['e/accuracy']
    assert [path.name for path in tmp_path.iterdir()] == ['board']


def test_a_folder_that_cannot_be_written_is_an_error_of_the_user(tmp_path, findings):
    (tmp_path / 'file').write_text('x')
    with pytest.raises(RunError):
        write_board(tmp_path / 'file' / 'board', 'Q', findings)
