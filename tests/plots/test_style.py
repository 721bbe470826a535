import matplotlib
import numpy as np
import pytest

from graph_mlp.plots.comparison import Curve, accuracy_figure
from graph_mlp.plots.style import line_style, new_figure, rendered


def test_lines_can_be_told_apart_without_colour_vision():
    styles = [line_style(number) for number in range(49)]
    assert len({(style['color'], style['marker']) for style in styles}) == 49
    # Within the first seven, as many as a figure usually has, marker and colour differ both.
    assert [len({style[kind] for style in styles[:7]}) for kind in ('color', 'marker')] == [7, 7]


@pytest.mark.parametrize(('kind', 'begins'), [('png', b'\x89PNG'), ('svg', b'<?xml')])
def test_the_same_figure_gives_the_same_bytes(kind, begins):
    def drawn():
        figure = new_figure()
        figure.add_subplot().plot([1, 2], [3, 4])
        return rendered(figure, kind)

    assert drawn() == drawn()
    assert drawn().startswith(begins)


def test_the_users_matplotlib_settings_change_no_picture():
    curve = Curve('_name', np.array([1, 2]), np.array([[0.5, 0.9]]))
    expected = rendered(accuracy_figure([curve], 'epochs'))
    with matplotlib.rc_context({'font.size': 30, 'lines.linewidth': 9, 'axes.facecolor': 'red'}):
        assert rendered(accuracy_figure([curve], 'epochs')) == expected


def test_a_name_that_begins_with_an_underscore_is_in_the_legend():
    figure = accuracy_figure([Curve('_name', np.array([1, 2]), np.array([[0.5, 0.9]]))], 'epochs')
    assert [text.get_text().strip() for text in figure.legends[0].get_texts()] == ['_name']
