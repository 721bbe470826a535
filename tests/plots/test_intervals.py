import numpy as np

from graph_mlp.plots.intervals import DECIDED, OPEN, IntervalRow, intervals_figure

ROWS = [
    IntervalRow('a - b', 0.5, (0.2, 0.8), 'better', True),
    IntervalRow('a-very-long-name_' * 3 + ' ahead of ' + 'another-name_' * 2, -0.1, (-3.0, 2.8), 'within noise', False),
    IntervalRow('b - c', 0.3, None, 'not tested', False),
]


def axes():
    figure = intervals_figure(ROWS, 'points')
    figure.canvas.draw()
    return figure.axes[0]


def test_every_interval_lies_within_the_axes():
    low, high = axes().get_xlim()
    assert low < -3.0
    assert high > 2.8


def test_a_mean_lies_within_its_interval_and_in_the_colour_of_its_verdict():
    marks = [line for line in axes().lines if line.get_marker() == 'o']
    assert [line.get_xdata()[0] for line in marks] == [row.mean for row in ROWS]
    assert [line.get_color() for line in marks] == [DECIDED, OPEN, OPEN]


def test_every_row_has_its_name_and_verdict_and_none_covers_another():
    drawn = axes()
    texts = [' '.join(text.get_text().split()) for text in drawn.texts]
    assert texts == [f'{row.name}: {row.verdict}' for row in ROWS]
    boxes = [text.get_window_extent() for text in drawn.texts]
    assert not any(box.overlaps(other) for number, box in enumerate(boxes) for other in boxes[:number])
    marks = [drawn.transData.transform((row.mean, number)) for number, row in enumerate(ROWS)]
    assert not any(box.contains(*mark) for box in boxes for mark in np.array(marks))


def test_the_first_row_is_at_the_top():
    low, high = axes().get_ylim()
    assert low > high
