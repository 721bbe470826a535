import numpy as np

from graph_mlp.analysis.curves import AXES, accuracy_intervals, curve, figure
from graph_mlp.analysis.measures import Group
from tests.analysis.synthetic import recorded

# Two seeds; the first has one epoch more. Seconds per epoch: 2 and 4, so 3 on average.
GROUP = Group('a', [recorded('a_seed-1', [0.5, 0.6, 0.7], 2.0, 1), recorded('a_seed-2', [0.7, 0.8], 4.0, 2)])


def test_by_epoch_a_curve_has_the_epochs_of_all_seeds():
    name, x, accuracies = curve(GROUP, 'by-epoch')
    assert name == 'a'
    np.testing.assert_array_equal(x, [1, 2])
    np.testing.assert_array_equal(accuracies, [[0.5, 0.6], [0.7, 0.8]])


def test_by_time_a_point_is_where_its_epoch_ended():
    np.testing.assert_array_equal(curve(GROUP, 'by-time').x, [3.0, 6.0])


def test_a_figure_has_a_line_per_group_and_names_its_axis():
    for axis, label in AXES.items():
        axes = figure([GROUP, Group('b', [recorded('b', [0.9])])], axis).axes[0]
        assert [line.get_label() for line in axes.lines] == ['a', 'b']
        assert axes.get_xlabel() == label


def test_intervals_have_a_row_per_group_the_best_first():
    axes = accuracy_intervals([GROUP, Group('b', [recorded('b', [0.9])])]).axes[0]
    assert [text.get_text() for text in axes.texts] == ['b: one seed', 'a']
