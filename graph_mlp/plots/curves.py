"""Accuracy as a curve: by epoch, or by training time."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from graph_mlp.plots.style import line_style, new_figure


class Curve(NamedTuple):
    """One line, the mean of several seeds, with the band they span."""

    name: str
    x: np.ndarray  # float [epochs]: epochs done, or seconds trained
    accuracies: np.ndarray  # float [seeds, epochs]


def accuracy_figure(curves: Sequence[Curve], x_label: str) -> Figure:
    """Draws test accuracy in per cent over `x`; its axis begins below the lowest final accuracy, not at zero."""
    figure = new_figure()
    axes = figure.add_subplot()
    for number, curve in enumerate(curves):
        style = line_style(number)
        axes.plot(
            curve.x, curve.accuracies.mean(axis=0), label=curve.name, markevery=_marked(len(curve.x), number),
            markersize=6, linewidth=1.6, **style,
        )  # fmt: skip
        if len(curve.accuracies) > 1:
            low, high = curve.accuracies.min(axis=0), curve.accuracies.max(axis=0)
            axes.fill_between(curve.x, low, high, color=style['color'], alpha=0.15, linewidth=0)
    axes.set_ylim(*_limits(curves))
    axes.set_xlim(left=0)
    axes.set_xlabel(x_label, fontsize=13)
    axes.set_ylabel('test accuracy (%)', fontsize=13)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f'{100 * value:g}'))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.tick_params(labelsize=12)
    axes.grid(alpha=0.3)
    axes.spines[['top', 'right']].set_visible(False)
    axes.legend(fontsize=11 if len(curves) < 7 else 8, loc='lower right')
    return figure


def _marked(points: int, number: int) -> tuple[int, int]:
    """The first marked point and the step: about eight marks per curve, shifted by `number` so that none is hidden."""
    step = max(1, points // 8)
    return number % step, step


def _limits(curves: Sequence[Curve]) -> tuple[float, float]:
    """From well below the lowest final accuracy to just above the highest accuracy, as fractions."""
    highest = max(curve.accuracies.max() for curve in curves)
    lowest_end = min(curve.accuracies[:, -1].min() for curve in curves)
    room = max(0.02, 2 * (highest - lowest_end))
    return max(0.0, highest - room), min(1.0, highest + room / 20)
