"""Accuracy as a curve: by epoch, or by training time."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from graph_mlp.plots.style import line_style, new_figure

MOST_TOGETHER = 5  # curves on one panel; more are drawn on a panel each
COLUMNS = 2  # panels side by side
_HIGHEST = 0.9999  # accuracy; the scale has no place for 1
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999)
_TICK_DISTANCE = 0.07  # of the height
_ACCURACY_LABEL = 'test accuracy (%),\nby the logarithm of the error'


class Curve(NamedTuple):
    """One line, the mean of several seeds, with the band they span."""

    name: str
    x: np.ndarray  # float [epochs]: epochs done, or seconds trained
    accuracies: np.ndarray  # float [seeds, epochs]

    @property
    def mean(self) -> np.ndarray:
        """Over the seeds, float [epochs]."""
        mean: np.ndarray = self.accuracies.mean(axis=0)
        return mean


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
        _draw(axes, curve, number, marked=False)
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
    axes.plot(
        curve.x, np.minimum(curve.mean, _HIGHEST), label=curve.name, markevery=_marked(len(curve.x), number),
        markersize=6, linewidth=1.6, **style,
    )  # fmt: skip
    if len(curve.accuracies) > 1:
        low, high = curve.accuracies.min(axis=0), curve.accuracies.max(axis=0)
        axes.fill_between(
            curve.x, low, np.minimum(high, _HIGHEST), color=style['color'], alpha=0.15, linewidth=0
        )  # fmt: skip


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


def _marked(points: int, number: int) -> tuple[int, int]:
    """The first marked point and the step: about eight marks per curve, shifted by `number` so that none is hidden."""
    step = max(1, points // 8)
    return number % step, step


def _height(accuracy: np.ndarray) -> np.ndarray:
    height: np.ndarray = -np.log10(1 - np.minimum(accuracy, _HIGHEST))
    return height


def _accuracy(height: np.ndarray) -> np.ndarray:
    accuracy: np.ndarray = 1 - np.power(10.0, -np.asarray(height))
    return accuracy


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
