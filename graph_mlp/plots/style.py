"""What all figures share: colours that colour-blind readers can tell apart, their size, and how they are written."""

import io
import os
from typing import Any, Literal

_backend = os.environ.pop('MPLBACKEND', None)  # a Jupyter kernel's, for instance, whose package may be missing here
import matplotlib  # noqa: E402
from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

if _backend is not None:
    os.environ['MPLBACKEND'] = _backend

# Okabe and Ito's palette (2008) without its yellow, which is too pale for a line.
COLOURS = ('#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000')
MARKERS = ('o', 's', '^', 'D', 'v', 'P', 'X')
DASHES = ('-', '--', '-.', ':')


# Decorates a function, which then draws as it would without the user's matplotlibrc, such as one with `text.usetex`.
_defaults = {name: value for name, value in matplotlib.rcParamsDefault.items() if 'backend' not in name}
own_style = matplotlib.rc_context(_defaults)


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
