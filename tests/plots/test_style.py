from itertools import combinations

import pytest

from graph_mlp.plots.style import line_style, new_figure, rendered


def test_lines_can_be_told_apart_without_colour_vision():
    styles = [line_style(number) for number in range(49)]
    assert len({(style['color'], style['marker']) for style in styles}) == 49
    # Within the first seven, as many as a figure usually has, marker and colour differ both.
    for one, other in combinations(styles[:7], 2):
        assert one['color'] != other['color']
        assert one['marker'] != other['marker']


@pytest.mark.parametrize(('kind', 'begins'), [('png', b'\x89PNG'), ('svg', b'<?xml')])
def test_the_same_figure_gives_the_same_bytes(kind, begins):
    def drawn():
        figure = new_figure()
        figure.add_subplot().plot([1, 2], [3, 4])
        return rendered(figure, kind)

    assert drawn() == drawn()
    assert drawn().startswith(begins)
