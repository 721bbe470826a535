import numpy as np
import pytest

from graph_mlp.plots.intervals import IntervalRow, intervals_figure

ROWS = [
    IntervalRow('a', 97.0, (96.0, 98.0), 'higher', True),
    IntervalRow('b', 95.0, None, '', False),
    IntervalRow('c' * 60, 94.0, (80.0, 108.0), 'within noise', False),
]


def test_every_interval_is_drawn_from_end_to_end_within_the_axes_the_first_at_the_top():
    axes = intervals_figure(ROWS, 'accuracy (%)', reference=None).axes[0]
    bars = axes.lines[::3]
    for number, (bar, row) in enumerate(zip(bars, ROWS, strict=True)):
        np.testing.assert_array_equal(bar.get_xdata(), row.interval or (row.mean, row.mean))
        np.testing.assert_array_equal(bar.get_ydata(), [number, number])
    low, high = axes.get_xlim()
    assert low < 80.0
    assert high > 108.0
    bottom, top = axes.get_ylim()
    assert bottom > top


def test_a_row_is_named_with_its_verdict_and_no_name_leaves_the_figure():
    figure = intervals_figure(ROWS, 'accuracy (%)')
    figure.draw_without_rendering()
    texts = figure.axes[0].texts
    assert [text.get_text() for text in texts] == ['a: higher', 'b', f'{"c" * 44}: within noise']
    for text in texts:
        assert text.get_window_extent().x1 <= figure.bbox.x1


@pytest.mark.parametrize(('reference', 'lines'), [(0.0, 1), (None, 0)])
def test_the_reference_is_a_line_where_there_is_one(reference, lines):
    axes = intervals_figure(ROWS[:1], 'difference', reference).axes[0]
    assert len(axes.lines) == 3 + lines
