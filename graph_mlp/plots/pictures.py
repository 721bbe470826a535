"""Pictures of images: where a classifier errs, and what it says of a user's own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from graph_mlp.data.dataset import Predictions, class_name
from graph_mlp.plots.style import COLOURS, new_figure, own_style

if TYPE_CHECKING:
    from graph_mlp.data.picture import Digit

MOST_LABELLED = 100  # classes of a confusion matrix that has names and counts: with more it is too large to draw
COLUMNS = 15  # images side by side on the sheet
SHEET = 300  # most images on a sheet, as many as a reader looks through
MOST_SHOWN = 40  # answers on a figure
LARGEST = 112  # pixels of an image's side on the sheet
LONGEST = 12  # characters of a class's name, of which both ends are shown


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f'{name[:6]}…{name[-5:]}'


@own_style
def confusion_matrix(matrix: np.ndarray, names: Sequence[str] = ()) -> Figure:
    """Draws int [classes, classes] counts, rows the true classes; only the mistakes are shaded, by their number."""
    mistakes = matrix * (1 - np.eye(len(matrix), dtype=int))
    labels = [_short(class_name(number, names)) for number in range(len(matrix))]
    longest = max(map(len, labels)) if names else 1
    letters = 10 if len(matrix) <= 20 else 6  # points
    side = min(max(6.4, 0.3 * len(matrix)), 0.3 * MOST_LABELLED)  # inches
    figure = new_figure(side, side)
    axes = figure.subplots()
    axes.imshow(mistakes, cmap='Oranges', vmax=max(1, mistakes.max()))
    for (row, column), count in np.ndenumerate(matrix):
        if count and len(matrix) <= MOST_LABELLED:
            colour = 'white' if mistakes[row, column] > 0.6 * mistakes.max() else 'black'
            weight = 'bold' if row == column else 'normal'
            axes.text(column, row, count, ha='center', va='center', color=colour, weight=weight, size=letters)
    if len(matrix) <= MOST_LABELLED:
        axes.set_xticks(range(len(matrix)), labels, rotation=90 if longest > 2 else 0, parse_math=False)
        axes.set_yticks(range(len(matrix)), labels, parse_math=False)
    axes.set_xlabel('predicted class')
    axes.set_ylabel('true class')
    axes.set_title(f'{mistakes.sum():,} of {matrix.sum():,} images misclassified')
    return figure


@own_style
def misclassified_sheet(
    images: np.ndarray, predictions: Predictions, names: Sequence[str] = (), most: int = SHEET
) -> Figure:
    """Draws the misclassified images, the most confident mistake first.

    The line under an image gives its true and its predicted class and the probability of the predicted class.

    Args: images uint8 [n, height, width]; predictions of them; names of the classes, empty: their numbers; most, how
    many are drawn.
    """
    rows = predictions.worst_first()
    shown = rows[:most]
    lines = max(1, -(-len(shown) // COLUMNS))
    step = -(-max(images.shape[1:]) // LARGEST)
    images = images[shown, ::step, ::step]
    mosaic, (_, height, width) = _mosaic(images, lines), images.shape
    tile_height, tile_width = mosaic.shape[0] / lines, mosaic.shape[1] / COLUMNS
    inches = 0.88 * (tile_height / tile_width) / (38 / 32) * lines + 0.5
    figure = new_figure(11, inches, layout=None)
    axes = figure.add_axes((0.01, 0.0, 0.98, 1 - 0.5 / inches))
    axes.imshow(mosaic, cmap='gray_r', vmin=0, vmax=255, interpolation='nearest')
    for position, row in enumerate(shown):
        line, column = divmod(position, COLUMNS)
        true, predicted = (_short(class_name(one[row], names)) for one in (predictions.labels, predictions.predicted))
        is_long = len(true + predicted) > 6  # more than fits on one line
        text = f'{true} →{chr(10) if is_long else " "}{predicted}  {predictions.probability[row]:.0%}'
        place = column * tile_width + width / 2, line * tile_height + height + width / 28
        axes.text(*place, text, ha='center', va='top', fontsize=5 if is_long else 7, parse_math=False)
    cut = f', the first {len(shown)} shown' if len(shown) < len(rows) else ''
    axes.set_title(f'{len(rows):,} misclassified{cut}: true → predicted, probability; the most confident first')
    axes.set_axis_off()
    return figure


def _mosaic(images: np.ndarray, lines: int) -> np.ndarray:
    """Tiles of an image each, uint8 [n, height, width], with room for text below it: 38 x 32 pixels for 28 x 28."""
    _, height, width = images.shape
    left, below = width // 14, 10 * width // 28
    tiles = np.pad(images, ((0, lines * COLUMNS - len(images)), (0, below), (left, left)))
    _, height, width = tiles.shape
    mosaic: np.ndarray = tiles.reshape(lines, COLUMNS, height, width).swapaxes(1, 2).reshape(lines * height, -1)
    return mosaic


class Answer(NamedTuple):
    """One digit's answer."""

    title: str  # for people
    given: np.ndarray  # uint8 [height, width]
    seen: 'Digit'
    probabilities: np.ndarray  # float32 [classes]
    names: Sequence[str] = ()  # the classes'; empty: their numbers


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
        order = np.sort(np.argsort(-answer.probabilities, kind='stable')[:10])  # the ten digits, or ten classes
        colours = [COLOURS[1] if number == best else COLOURS[0] for number in order]
        bars.bar(range(len(order)), answer.probabilities[order], color=colours)
        bars.set_ylim(0, 1)
        labels = [_short(class_name(number, answer.names)) for number in order]
        bars.set_xticks(range(len(order)), labels, rotation=90 if max(map(len, labels)) > 2 else 0, parse_math=False)
        title = f'{answer.title}: {class_name(best, answer.names)} ({answer.probabilities[best]:.1%})'
        bars.set_title(title, fontsize=9, parse_math=False)
        bars.spines[['top', 'right']].set_visible(False)
    if len(shown) < len(answers):
        figure.suptitle(f'the first {len(shown)} of {len(answers)} answers', fontsize=9)
    return figure
