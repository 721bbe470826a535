"""Pictures of digits: where a classifier errs, and what it says of a user's own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from graph_mlp.data.dataset import Predictions
from graph_mlp.plots.style import COLOURS, new_figure, own_style

if TYPE_CHECKING:
    from graph_mlp.data.picture import Digit

COLUMNS = 15  # images side by side on the sheet
SHEET = 300  # most images on a sheet, as many as a reader looks through
MOST_SHOWN = 40  # answers on a figure


@own_style
def confusion_matrix(matrix: np.ndarray) -> Figure:
    """Draws int [10, 10] counts, rows the true classes; only the mistakes are shaded, by their number."""
    mistakes = matrix * (1 - np.eye(len(matrix), dtype=int))
    figure = new_figure(6.4, 6.4, layout=None)
    axes = figure.add_axes((0.1, 0.1, 0.86, 0.86))
    axes.imshow(mistakes, cmap='Oranges', vmax=max(1, mistakes.max()))
    for (row, column), count in np.ndenumerate(matrix):
        if count:
            dark = mistakes[row, column] > 0.6 * mistakes.max()
            weight = 'bold' if row == column else 'normal'
            axes.text(column, row, count, ha='center', va='center', color='white' if dark else 'black', weight=weight)
    axes.set_xticks(range(len(matrix)))
    axes.set_yticks(range(len(matrix)))
    axes.set_xlabel('predicted class')
    axes.set_ylabel('true class')
    axes.set_title(f'{mistakes.sum():,} of {matrix.sum():,} images misclassified')
    return figure


@own_style
def misclassified_sheet(images: np.ndarray, predictions: Predictions, most: int = SHEET) -> Figure:
    """Draws the misclassified of uint8 [n, 784], the most confident mistake first, at most `most` of them.

    The line under an image gives its true and its predicted class and the probability of the predicted class.
    """
    rows = predictions.worst_first()
    shown = rows[:most]
    lines = max(1, -(-len(shown) // COLUMNS))
    height = 0.88 * lines + 0.5
    figure = new_figure(11, height, layout=None)
    axes = figure.add_axes((0.01, 0.0, 0.98, 1 - 0.5 / height))
    axes.imshow(_mosaic(images[shown], lines), cmap='gray_r', vmin=0, vmax=255, interpolation='nearest')
    for position, row in enumerate(shown):
        line, column = divmod(position, COLUMNS)
        text = f'{predictions.labels[row]} → {predictions.predicted[row]}  {predictions.probability[row]:.0%}'
        axes.text(column * 32 + 14, line * 38 + 29, text, ha='center', va='top', fontsize=7)
    cut = f', the first {len(shown)} shown' if len(shown) < len(rows) else ''
    axes.set_title(f'{len(rows):,} misclassified{cut}: true → predicted, probability; the most confident first')
    axes.set_axis_off()
    return figure


def _mosaic(images: np.ndarray, lines: int) -> np.ndarray:
    """Tiles of 38 x 32 pixels, each of them an image with room for a line of text below it."""
    tiles = np.zeros((lines * COLUMNS, 38, 32), np.uint8)
    tiles[: len(images), :28, 2:30] = images.reshape(-1, 28, 28)
    mosaic: np.ndarray = tiles.reshape(lines, COLUMNS, 38, 32).swapaxes(1, 2).reshape(lines * 38, COLUMNS * 32)
    return mosaic


class Answer(NamedTuple):
    """One digit's answer."""

    title: str  # for people
    given: np.ndarray  # uint8 [height, width]
    seen: 'Digit'
    probabilities: np.ndarray  # float32 [10]


@own_style
def answers_figure(answers: Sequence[Answer]) -> Figure:
    """Draws a line for each of the first 40 answers: given, the steps of its preparation, seen, probabilities."""
    shown = answers[:MOST_SHOWN]
    steps = max((len(answer.seen.steps) for answer in shown), default=0)
    figure = new_figure(7.2 + 1.4 * steps, 1.7 * len(shown) + 0.4)
    grid = figure.subplots(len(shown), steps + 3, squeeze=False, width_ratios=(*[1] * (steps + 2), 2.2))
    for (left, *middle, seen, bars), answer in zip(grid, shown, strict=True):
        pictures = [(left, 'given', answer.given, 255), (seen, 'seen by the network', answer.seen.image, 255)]
        for axes, (title, ink) in zip(middle, answer.seen.steps, strict=False):
            pictures.append((axes, title, np.pad(ink, max(ink.shape) // 10), 1))  # a 1 is nothing but ink
        for axes in (left, *middle, seen):
            axes.set_axis_off()
        for axes, title, picture, white in pictures:
            axes.imshow(picture, cmap='gray', vmin=0, vmax=white, interpolation='nearest')
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
