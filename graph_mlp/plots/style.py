"""What all figures share: colours that colour-blind readers can tell apart, their size, and how they are written."""

import io
from typing import Any, Literal

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Okabe and Ito's palette (2008) without its yellow, which is too pale for a line.
COLOURS = ('#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000')
MARKERS = ('o', 's', '^', 'D', 'v', 'P', 'X')
DASHES = ('-', '--', '-.', ':')


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


def rendered(figure: Figure, kind: str = 'png', dpi: int = 150) -> bytes:
    """The figure as a PNG or SVG file's content, the same bytes for the same figure."""
    content = io.BytesIO()
    metadata = {'Date': None} if kind == 'svg' else {'Software': None}  # None: leave it out
    with matplotlib.rc_context({'svg.hashsalt': 'graph_mlp'}):  # ids are random numbers otherwise
        figure.savefig(content, format=kind, dpi=dpi, metadata=metadata)
    return content.getvalue()
