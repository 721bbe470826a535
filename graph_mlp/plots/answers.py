"""What a network says of pictures: each picture, what the network saw of it, and its ten probabilities."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from graph_mlp.plots.style import COLOURS, new_figure

MOST_SHOWN = 40  # answers on a figure


class Answer(NamedTuple):
    """One picture's answer."""

    title: str  # for people
    given: np.ndarray  # uint8 [height, width]
    seen: np.ndarray  # uint8 [28, 28]
    probabilities: np.ndarray  # float32 [10]


def answers_figure(answers: Sequence[Answer]) -> Figure:
    """Draws a line for each of the first 40 answers: given, seen, probabilities."""
    shown = answers[:MOST_SHOWN]
    figure = new_figure(7.2, 1.7 * len(shown) + 0.4)
    grid = figure.subplots(len(shown), 3, squeeze=False, width_ratios=(1, 1, 2.2))
    for (left, middle, bars), answer in zip(grid, shown, strict=True):
        for axes, picture, title in ((left, answer.given, 'given'), (middle, answer.seen, 'seen by the network')):
            axes.imshow(picture, cmap='gray', vmin=0, vmax=255, interpolation='nearest')
            axes.set_axis_off()
            axes.set_title(title, fontsize=9)
        best = int(answer.probabilities.argmax())
        colours = [COLOURS[1] if digit == best else COLOURS[0] for digit in range(len(answer.probabilities))]
        bars.bar(range(len(answer.probabilities)), answer.probabilities, color=colours)
        bars.set_ylim(0, 1)
        bars.set_xticks(range(len(answer.probabilities)))
        bars.set_title(f'{answer.title}: {best} ({answer.probabilities[best]:.1%})', fontsize=9, parse_math=False)
        bars.spines[['top', 'right']].set_visible(False)
    if len(shown) < len(answers):
        figure.suptitle(f'the first {len(shown)} of {len(answers)} answers', fontsize=9)
    return figure
