"""Means with their confidence intervals, one below the other."""

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.figure import Figure

from graph_mlp.plots.style import COLOURS, new_figure

DECIDED, OPEN = COLOURS[0], '#767676'
_LINE = 62  # characters that fit into the width


class IntervalRow(NamedTuple):
    """One line of the picture."""

    name: str
    mean: float
    interval: tuple[float, float] | None  # finite; None: only the mean is drawn
    verdict: str  # beside the interval
    is_decided: bool  # drawn in colour, and with a filled mark


def intervals_figure(rows: Sequence[IntervalRow], x_label: str, reference: float | None = 0.0) -> Figure:
    """Draws at least one row, the first at the top, and a line at `reference`; no interval is cut off."""
    figure = new_figure(6.0, 1.1 + 0.72 * len(rows))
    axes = figure.add_subplot()
    for number, row in enumerate(rows):
        colour = DECIDED if row.is_decided else OPEN
        low, high = row.interval or (row.mean, row.mean)
        axes.plot([low, high], [number, number], color=colour, linewidth=2.2, solid_capstyle='butt')
        axes.plot([low, high], [number, number], '|', color=colour, markersize=9, markeredgewidth=2.2)
        filling = colour if row.is_decided else 'white'
        axes.plot(row.mean, number, 'o', color=colour, markerfacecolor=filling, markersize=8, markeredgewidth=1.8)
        text = textwrap.fill(': '.join(filter(None, (row.name, row.verdict))), _LINE)
        # Above the interval and not beside it, where the axis would leave it no room; on white, for the line at zero.
        axes.annotate(
            text, (0.0, number), (2, 8), fontsize=10, bbox={'facecolor': 'white', 'edgecolor': 'none', 'pad': 1.0},
            xycoords=('axes fraction', 'data'), textcoords='offset points', ha='left', va='bottom',
        )  # fmt: skip
    if reference is not None:
        axes.axvline(reference, color='black', linewidth=1.0, linestyle=':')
    axes.set_ylim(len(rows) - 0.6, -0.85)
    axes.margins(x=0.06)
    axes.set_yticks([])
    axes.set_xlabel(x_label, fontsize=12)
    axes.tick_params(labelsize=11)
    axes.grid(axis='x', alpha=0.3)
    axes.spines[['top', 'right', 'left']].set_visible(False)
    return figure
