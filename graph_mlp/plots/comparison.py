"""Comparisons of runs: accuracy as a curve by epoch or by training time, and means with their confidence intervals."""

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from graph_mlp.plots.style import COLOURS, line_style, new_figure, own_style

MOST_TOGETHER = 5  # curves on one panel; more are drawn on a panel each
COLUMNS = 2  # panels side by side
_HIGHEST = 0.9999  # accuracy; the scale has no place for 1
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999)
_TICK_DISTANCE = 0.07  # of the height
_ACCURACY_LABEL = 'test accuracy (%),\nby the logarithm of the error'
DECIDED, OPEN = COLOURS[0], '#767676'
_LINE = 62  # characters that fit into the width


class Curve(NamedTuple):
    """One line, the mean of several seeds, with the band they span."""

    name: str
    x: np.ndarray  # float [epochs]: epochs done, or seconds trained
    accuracies: np.ndarray  # float [seeds, epochs]

    @property
    def mean(self) -> np.ndarray:
        """Over the seeds, float [epochs]."""
        return np.asarray(self.accuracies.mean(axis=0))


@own_style
def accuracy_figure(curves: Sequence[Curve], x_label: str) -> Figure:
    """Draws test accuracy in per cent over `x`, from its first point to its last.

    Accuracies stand at the logarithm of the error that is left, so that 10 % and 98 % are on one axis and 97.9 and
    98.1 % can be told apart. More than MOST_TOGETHER curves have a panel each, with the others in grey behind.
    """
    return _together(curves, x_label) if len(curves) <= MOST_TOGETHER else _panels(curves, x_label)


def _together(curves: Sequence[Curve], x_label: str) -> Figure:
    figure = new_figure()
    axes = figure.add_subplot()
    for number, curve in enumerate(curves):
        _draw(axes, curve, number)
    _finish(axes, curves)
    axes.set_xlabel(x_label, fontsize=13)
    axes.set_ylabel(_ACCURACY_LABEL, fontsize=13)
    axes.tick_params(labelsize=12)
    figure.legend(fontsize=11, loc='outside lower center', ncols=2, frameon=False)
    return figure


def _panels(curves: Sequence[Curve], x_label: str) -> Figure:
    rows = -(-len(curves) // COLUMNS)
    figure = new_figure(6.0, 1.0 + 2.0 * rows)
    panels = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False).flat
    for number, (axes, curve) in enumerate(zip(panels, curves, strict=False)):
        for other in curves:
            axes.plot(other.x, other.mean, color='#c8c8c8', linewidth=0.9)
        _draw(axes, curve, number, marked=len(curve.x) == 1)
        _finish(axes, curves)
        axes.set_title(f'{curve.name}\n{100 * curve.mean[-1]:.2f} %', fontsize=min(9.0, 300 / len(curve.name)))
        axes.tick_params(labelsize=9)
        axes.xaxis.set_tick_params(labelbottom=number + COLUMNS >= len(curves))
    for axes in list(figure.axes)[len(curves) :]:
        axes.set_axis_off()
    figure.supxlabel(x_label, fontsize=12)
    figure.supylabel(_ACCURACY_LABEL, fontsize=12)
    return figure


def _draw(axes: Axes, curve: Curve, number: int, marked: bool = True) -> None:
    style = line_style(number) if marked else {'color': line_style(number)['color']}
    step = max(1, len(curve.x) // 8)  # about eight marks a curve, shifted by `number` so that none is hidden
    label = f' {curve.name}' if curve.name.startswith('_') else curve.name  # a legend leaves out a leading underscore
    axes.plot(
        curve.x, np.minimum(curve.mean, _HIGHEST), label=label, markevery=(number % step, step), markersize=6,
        linewidth=1.6, **style,
    )  # fmt: skip
    if len(curve.accuracies) > 1:
        low, high = curve.accuracies.min(axis=0), np.minimum(curve.accuracies.max(axis=0), _HIGHEST)
        axes.fill_between(curve.x, low, high, color=style['color'], alpha=0.15, linewidth=0)


def _finish(axes: Axes, curves: Sequence[Curve]) -> None:
    """The same axes for every panel: all of every curve is within them."""
    axes.set_yscale('function', functions=(_height, _accuracy))
    low, high = _limits(curves)
    axes.set_ylim(low, high)
    axes.set_xlim(0, 1.04 * max(curve.x[-1] for curve in curves))
    axes.yaxis.set_major_locator(FixedLocator(_ticks(low, high)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f'{100 * value:.4g}'))
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], integer=True))
    axes.grid(alpha=0.3)
    axes.spines[['top', 'right']].set_visible(False)


def _height(accuracy: np.ndarray) -> np.ndarray:
    return np.asarray(-np.log10(1 - np.minimum(accuracy, _HIGHEST)))


def _accuracy(height: np.ndarray) -> np.ndarray:
    return np.asarray(1 - np.power(10.0, -np.asarray(height)))


def _limits(curves: Sequence[Curve]) -> tuple[float, float]:
    """A little below the lowest and a little above the highest accuracy of all seeds, as fractions."""
    ends = [end(curve.accuracies) for curve in curves for end in (np.min, np.max)]
    low, high = _height(np.array([min(ends), max(ends)]))
    room = max(0.02, 0.05 * (high - low))
    below, above = _accuracy(np.array([low - room, high + room]))
    return float(below), float(above)


def _ticks(low: float, high: float) -> list[float]:
    """Round accuracies within the limits, far enough apart for their labels."""
    inside = [tick for tick in _TICKS if low <= tick <= high]
    if len(inside) < 3:
        return [float(tick) for tick in MaxNLocator(5).tick_values(low, high) if low <= tick <= high]
    bottom, top = _height(np.array([low, high]))
    chosen: list[float] = []
    for tick in reversed(inside):
        if not chosen or _height(np.array(chosen[-1])) - _height(np.array(tick)) >= _TICK_DISTANCE * (top - bottom):
            chosen.append(tick)
    return chosen[::-1]


class IntervalRow(NamedTuple):
    """One line of the picture."""

    name: str
    mean: float
    interval: tuple[float, float] | None  # finite; None: only the mean is drawn
    verdict: str  # beside the interval
    is_decided: bool  # drawn in colour, and with a filled mark


@own_style
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
