"""What all figures share: colours that colour-blind readers can tell apart, their size, and how they are written."""

import functools
import io
import os
from collections.abc import Callable
from typing import Any, Literal, ParamSpec, TypeVar

_backend = os.environ.pop('MPLBACKEND', None)  # a Jupyter kernel's, for instance, whose package may be missing here
import matplotlib  # noqa: E402
from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

if _backend is not None:
    os.environ['MPLBACKEND'] = _backend
P = ParamSpec('P')
R = TypeVar('R')

# Okabe and Ito's palette (2008) without its yellow, which is too pale for a line.
COLOURS = ('#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000')
MARKERS = ('o', 's', '^', 'D', 'v', 'P', 'X')
DASHES = ('-', '--', '-.', ':')


def own_style(draw: Callable[P, R]) -> Callable[P, R]:
    """A function that draws as it would without the user's matplotlibrc, such as one with `text.usetex`."""

    @functools.wraps(draw)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        defaults = {name: value for name, value in matplotlib.rcParamsDefault.items() if 'backend' not in name}
        with matplotlib.rc_context(defaults):
            return draw(*args, **kwargs)

    return wrapped


def legend_label(name: str) -> str:
    """A name for a legend, which leaves out those that begin with an underscore."""
    return f' {name}' if name.startswith('_') else name


def new_figure(
    width: float = 6.0, height: float = 4.2, layout: Literal['constrained'] | None = 'constrained'
) -> Figure:
    """An empty figure of this width and height in inches; small, so that its letters are readable on a phone.

    With `layout=None` the caller places the axes.
    """
    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def line_style(number: int) -> dict[str, Any]:
    """Colour, marker and dashes of the line of that number; no two of the first 49 share colour and marker."""
    shift = number // len(COLOURS)
    return {
        'color': COLOURS[number % len(COLOURS)],
        'marker': MARKERS[(number + shift) % len(MARKERS)],
        'linestyle': DASHES[number % len(DASHES)],
    }


@own_style
def rendered(figure: Figure, kind: str = 'png', dpi: int = 150) -> bytes:
    """The figure as a PNG or SVG file's content, the same bytes for the same figure."""
    content = io.BytesIO()
    metadata = {'Date': None} if kind == 'svg' else {'Software': None}  # None: leave it out
    with matplotlib.rc_context({'svg.hashsalt': 'graph_mlp'}):  # ids are random numbers otherwise
        figure.savefig(content, format=kind, dpi=dpi, metadata=metadata)
    return content.getvalue()
