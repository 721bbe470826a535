import numpy as np
import pytest

from graph_mlp.plots import comparison
from graph_mlp.plots.comparison import MOST_TOGETHER, Curve, IntervalRow, accuracy_figure, intervals_figure

CURVES = [
    Curve('good', np.array([1, 2]), np.array([[0.90, 0.98], [0.92, 0.96]])),
    Curve('poor', np.array([1, 2]), np.array([[0.20, 0.95]])),
]


def test_a_line_is_the_mean_of_the_seeds_and_its_band_their_range():
    axes = accuracy_figure(CURVES, 'epochs').axes[0]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [0.91, 0.97])
    [band] = axes.collections
    low, high = band.get_datalim(axes.transData).intervaly
    assert (low, high) == pytest.approx((0.90, 0.98))


def test_axes_are_labelled_with_units():
    figure = accuracy_figure(CURVES, 'training time (s)')
    [axes] = figure.axes
    assert '(%)' in axes.get_ylabel()
    figure.draw_without_rendering()
    label = axes.yaxis.label.get_window_extent()
    assert 0 <= label.y0 < label.y1 <= figure.bbox.height
    assert axes.get_xlabel() == 'training time (s)'
    assert axes.get_xlim()[0] == 0


def many(count):
    """Curves from far below to almost 1, of names as long as a study's."""
    ends = np.linspace(0.95, 1.0, count)
    return [
        Curve(f'digits_BN_ADAM_elu-300-100_rate-{number}', np.array([1, 2]), np.array([[0.1, end]]))
        for number, end in enumerate(ends)
    ]


@pytest.mark.parametrize('count', [2, MOST_TOGETHER, MOST_TOGETHER + 1, 8])
def test_all_of_every_curve_is_within_its_axes_and_the_legend_below_them(count):
    figure = accuracy_figure(many(count), 'epochs')
    figure.draw_without_rendering()
    for legend in figure.legends:
        assert legend.get_window_extent().y1 <= figure.axes[0].get_window_extent().y0
    for axes in figure.axes[:count]:
        low, high = axes.get_ylim()
        for line in axes.lines:
            assert low <= line.get_ydata().min()
            assert min(line.get_ydata().max(), 0.9999) <= high
            assert axes.get_xlim()[0] <= line.get_xdata().min() <= line.get_xdata().max() <= axes.get_xlim()[1]


def test_a_curve_of_one_epoch_is_a_mark_in_its_panel():
    curves = [*many(MOST_TOGETHER), Curve('short', np.array([1]), np.array([[0.9]]))]
    lines = [axes.lines[-1] for axes in accuracy_figure(curves, 'epochs').axes[: len(curves)]]
    assert [line.get_marker() == 'None' for line in lines] == [True] * MOST_TOGETHER + [False]


def test_many_curves_have_a_panel_each_named_with_its_end_within_the_figure():
    curves = many(MOST_TOGETHER + 2)
    figure = accuracy_figure(curves, 'epochs')
    figure.draw_without_rendering()
    panels = figure.axes[: len(curves)]
    for axes, curve in zip(panels, curves, strict=True):
        assert axes.get_title() == f'{curve.name}\n{100 * curve.mean[-1]:.2f} %'
        assert len(axes.lines) == len(curves) + 1  # the others, and itself, in grey behind it
        assert axes.lines[-1].get_label() == curve.name
        extent = axes.title.get_window_extent()
        assert extent.x0 >= 0
        assert extent.x1 <= figure.bbox.x1


def test_ticks_of_accuracies_that_lie_close_together_tell_them_apart():
    axes = accuracy_figure([Curve('a', np.array([1, 2]), np.array([[0.981, 0.984]]))], 'epochs').axes[0]
    (low, high), ticks = axes.get_ylim(), axes.get_yticks()
    assert len(ticks) >= 3
    assert low <= min(ticks) <= max(ticks) <= high


ROWS = [
    IntervalRow('a - b', 0.5, (0.2, 0.8), 'better', True),
    IntervalRow('a-very-long-name_' * 3 + ' ahead of ' + 'another-name_' * 2, -0.1, (-3.0, 2.8), 'within noise', False),
    IntervalRow('b - c', 0.3, None, 'not tested', False),
]


def axes():
    figure = intervals_figure(ROWS, 'points')
    figure.canvas.draw()
    return figure.axes[0]


def test_intervals_lie_within_the_axes_and_means_have_the_colours_of_their_verdicts():
    drawn = axes()
    low, high = drawn.get_xlim()
    assert low < -3.0 < 2.8 < high
    marks = [line for line in drawn.lines if line.get_marker() == 'o']
    assert [line.get_xdata()[0] for line in marks] == [row.mean for row in ROWS]
    assert [line.get_color() for line in marks] == [comparison.DECIDED, comparison.OPEN, comparison.OPEN]


def test_every_row_has_its_name_and_verdict_and_none_covers_another():
    drawn = axes()
    texts = [' '.join(text.get_text().split()) for text in drawn.texts]
    assert texts == [f'{row.name}: {row.verdict}' for row in ROWS]
    boxes = [text.get_window_extent() for text in drawn.texts]
    assert not any(box.overlaps(other) for number, box in enumerate(boxes) for other in boxes[:number])
    marks = [drawn.transData.transform((row.mean, number)) for number, row in enumerate(ROWS)]
    assert not any(box.contains(*mark) for box in boxes for mark in np.array(marks))


def test_the_first_row_is_at_the_top_and_no_name_leaves_the_figure():
    drawn = axes()
    low, high = drawn.get_ylim()
    assert low > high
    assert all(text.get_window_extent().x1 <= drawn.figure.bbox.x1 for text in drawn.texts)


def test_the_reference_is_a_line_where_there_is_one():
    with_one, without = (intervals_figure(ROWS[:1], 'points', reference) for reference in (0.0, None))
    assert len(with_one.axes[0].lines) == len(without.axes[0].lines) + 1
