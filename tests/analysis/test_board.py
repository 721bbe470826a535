import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.analysis.board import write_board
from graph_mlp.analysis.findings import Finding
from graph_mlp.analysis.measures import Group
from graph_mlp.analysis.plan_file import notebook
from tests.analysis.synthetic import recorded

# Two seeds of 1.5 s per epoch; their mean accuracies are 0.5 and 0.75.
GROUP = Group('relu', [recorded('relu', [0.25, 0.5], 1.5, 1), recorded('relu', [0.75, 1.0], 1.5, 2)])
BY_EPOCH, BY_TIME = notebook().comparisons[:2]


@pytest.fixture
def folder(tmp_path):
    found = [Finding(1, BY_EPOCH, [GROUP], [], [], []), Finding(2, BY_TIME, [GROUP], [], [], [])]
    write_board(tmp_path / 'means', 'A question?', found)
    return tmp_path / 'means'


def values(folder):
    [path] = (folder / 'relu').iterdir()
    return [
        (event.step, value) for event in tf.train.summary_iterator(str(path)) for value in event.summary.value
    ]  # fmt: skip


def test_steps_are_epochs_or_milliseconds_of_training(folder):
    points = [(value.tag, step, value.simple_value) for step, value in values(folder)[1:]]
    assert points == [
        ('raw-by-epoch/accuracy', 0, 0.5), ('raw-by-epoch/accuracy', 1, 0.75),
        ('raw-by-time/accuracy', 1500, 0.5), ('raw-by-time/accuracy', 3000, 0.75),
    ]  # fmt: skip


def test_a_chart_names_its_comparison_and_its_step(folder):
    _, layout = values(folder)[0]
    content = layout.tensor.string_val[0].decode(errors='replace')
    assert 'A question?, means over the seeds' in content
    assert '1. Three topologies on raw pixels, by epoch (step: epoch)' in content
    assert '2. Three topologies on raw pixels, by training time (step: milliseconds of training)' in content


def test_a_comparison_without_runs_has_no_curve(tmp_path):
    write_board(tmp_path / 'means', 'A question?', [Finding(1, BY_EPOCH, [], ['relu-300-100 seed 42'], [], [])])
    assert list((tmp_path / 'means').iterdir()) == []
