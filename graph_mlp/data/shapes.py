"""Which ink of a picture is one digit: connected ink, its specks left out and the strokes of a digit together."""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from graph_mlp.errors import DataError

LEAST_PART = 0.01  # of the strongest stroke's ink: less is a speck
MOST_STROKES = 200  # in a picture of digits
# All of the taller stroke's height:
ABOVE = 0.5  # how far above each other two strokes of one digit may lie
LOW = 0.6  # how tall a stroke may be that is no digit beside another one
NEAR = 0.25  # how far such a stroke may lie from the other


class Shape(NamedTuple):
    """The ink of one digit, or of one stroke of it, within its own rectangle."""

    ink: np.ndarray  # float64 [height, width], 0 to 1; the ink of other shapes is 0
    top: int  # the rectangle's first row in the picture
    bottom: int  # the row after its last
    left: int
    right: int

    @property
    def height(self) -> int:
        """In pixels, as everything here."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """The rectangle's columns."""
        return self.right - self.left

    def joined(self, other: 'Shape') -> 'Shape':
        """Both shapes as one."""
        top, bottom = min(self.top, other.top), max(self.bottom, other.bottom)
        left, right = min(self.left, other.left), max(self.right, other.right)
        ink = np.zeros((bottom - top, right - left))
        for shape in (self, other):
            ink[shape.top - top : shape.bottom - top, shape.left - left : shape.right - left] += shape.ink
        return Shape(ink, top, bottom, left, right)


def shapes(ink: np.ndarray) -> list[Shape]:
    """The digits in `ink`, float64 [height, width], from left to right; at least one if there is any ink.

    Two strokes are of one digit where `belong_together` says so. The strongest are compared first, and what has been
    joined is compared again, until nothing more is joined. Raises DataError where there are more than 200 strokes.
    """
    parts = strokes(ink)
    if len(parts) > MOST_STROKES:
        raise DataError(f'it shows {len(parts)} separate shapes: it is no picture of digits, or has too coarse a noise')
    while pair := next((pair for pair in combinations(parts, 2) if belong_together(*pair)), None):
        parts = [pair[0].joined(pair[1]), *(part for part in parts if part is not pair[0] and part is not pair[1])]
    return sorted(parts, key=lambda shape: (shape.left, shape.top))


def strokes(ink: np.ndarray) -> list[Shape]:
    """Ink that hangs together, diagonally too, the strongest stroke first.

    What has less than a hundredth of the strongest one's ink is a speck and left out.
    """
    from scipy import ndimage

    labels, count = ndimage.label(ink > 0, structure=np.ones((3, 3)))
    amounts = np.bincount(labels.ravel(), weights=ink.ravel(), minlength=count + 1)[1:]
    rectangles = ndimage.find_objects(labels)
    parts = []
    for number in np.argsort(-amounts, kind='stable'):
        if amounts[number] >= LEAST_PART * amounts.max():
            rows, columns = rectangles[number]
            part = np.where(labels[rows, columns] == number + 1, ink[rows, columns], 0.0)
            parts.append(Shape(part, rows.start, rows.stop, columns.start, columns.stop))
    return parts


def belong_together(one: Shape, other: Shape) -> bool:
    """Whether two shapes are strokes of one digit.

    They are where they lie above each other, as the halves of a broken 8: the narrower one is over or under the other
    by at least half of its width, not farther away than half of the taller one's height. And they are where one is
    low, as the bar that flies off to the right of a 5: at most six tenths as tall as the other and not farther away
    than a quarter of the taller one's height. Digits that stand beside each other are about equally tall.
    """
    taller, lower = max(one.height, other.height), min(one.height, other.height)
    # The gaps between the rectangles; where they overlap, below 0.
    across = max(one.left, other.left) - min(one.right, other.right)
    down = max(one.top, other.top) - min(one.bottom, other.bottom)
    if -across >= min(one.width, other.width) / 2 and down <= ABOVE * taller:
        return True
    return lower <= LOW * taller and max(across, down) <= NEAR * taller
