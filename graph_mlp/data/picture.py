"""The digits in a picture, prepared as MNIST's makers prepared theirs.

A network that was trained on MNIST knows digits of one form: light ink on black, strokes of one width, fitted
into 20 x 20 pixels with smoothed edges and placed in 28 x 28 by the centre of mass (LeCun, Bottou, Bengio and Haffner
1998, section III.A; http://yann.lecun.com/exdb/mnist). `read_digits` gives that form to a scan, a photograph or a
drawing:

1. `ink`       How much ink is at every pixel (graph_mlp/data/ink.py).
2. `shapes`    Ink that hangs together; specks are left out, strokes of one digit joined, lines of digits found.
3. `enlarged`  160 pixels on the longer side, each ink or paper: where ink is at least half of the most around it.
4. `redrawn`   Thickened or thinned by a signed distance transform until strokes will be 2.2 pixels wide.
5. `boxed`     Cropped to the ink and averaged by area to 20 pixels on the longer side.
6. `centred`   The strongest pixel becomes 255, and the centre of mass comes to row and column 14 of 28 x 28, to half
               a pixel, as in every image of MNIST.
"""

import math
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from graph_mlp.data.ink import ink, reduced, resized
from graph_mlp.errors import DataError

FIELD = 28  # pixels, the side of MNIST's images
BOX = 20  # pixels, the longer side of the ink in them
CENTRE = 14  # the row and the column, counted from 0, at which their centre of mass lies, to half a pixel
STROKE = 2.2  # pixels, the median width of their strokes by `stroke_width`, which leaves out their soft edges
FINE = 8  # pixels of an enlarged digit in one of MNIST
LEAST_PART = 0.01  # of the strongest stroke's ink: less is a speck
MOST_STROKES = 400  # in a picture of digits
MOST_PARTS = 12  # strokes of a digit, in the mean of a picture
LONGEST = 6.5  # how often the longer side all strokes of a digit may be long
WIDEST_STROKE = 8.0  # pixels: a pen's widest is about 6
UNEVEN = 0.42  # how far the widths of strokes deviate from their mean, as a part of it
LONGEST_UNEVEN = 3.75  # as LONGEST, of redrawn strokes whose widths deviate more: so are those of clothes and bags
LEAST_INNER = 0.1  # of all ink, which lies away from the picture's edges: then what touches them does not count
TOO_MANY = 'it shows {} separate shapes: it is no picture of digits, or has too coarse a noise'
LEAST_DIGIT = 0.4  # of the usual height: what is lower is no digit
# All of the taller stroke's height:
LOW = 0.6  # how tall a stroke may be that is no digit beside another one
NEAR = 0.25  # how far such a stroke may lie from the other
ABOVE = 0.35  # how far above or below the other it may lie
BROKEN = 0.15  # how far above each other the parts of a broken stroke may lie


class Shape(NamedTuple):
    """The ink of one digit, or of one stroke of it, within its own rectangle."""

    ink: np.ndarray  # float64 [height, width], 0 to 1; the ink of other shapes is 0
    top: int  # the rectangle's first row in the picture
    bottom: int  # the row after its last
    left: int
    right: int

    def is_within(self, height: int, width: int) -> bool:
        """Whether it touches none of the picture's edges."""
        return self.top > 0 and self.bottom < height and self.left > 0 and self.right < width

    def joined(self, other: 'Shape') -> 'Shape':
        """Both shapes as one."""
        top, bottom = min(self.top, other.top), max(self.bottom, other.bottom)
        left, right = min(self.left, other.left), max(self.right, other.right)
        ink = np.zeros((bottom - top, right - left))
        for shape in (self, other):
            ink[shape.top - top : shape.bottom - top, shape.left - left : shape.right - left] += shape.ink
        return Shape(ink, top, bottom, left, right)


class Digit(NamedTuple):
    """One digit of a picture."""

    image: np.ndarray  # uint8 [28, 28], what the network takes
    line: int = 1  # its line in the picture, from the top
    position: int = 1  # its place in the line, from the left
    box: tuple[int, int, int, int] | None = None  # left, top, right, bottom in the picture's pixels; None: all of it
    steps: tuple[tuple[str, np.ndarray], ...] = ()  # the name and the picture, 0 to 1, of each step before the last


def prepare_image(grey: np.ndarray) -> np.ndarray:
    """The one digit in a picture as uint8 [28, 28]; the errors of `read_digits`, and DataError where there are more."""
    digits = read_digits(grey)
    if len(digits) > 1:
        raise DataError(f'it shows {len(digits)} digits: give one digit a picture')
    return digits[0].image


def read_digits(grey: np.ndarray) -> list[Digit]:
    """All digits of a picture, line by line; one that has MNIST's form already is taken as it is.

    Args: grey, numbers [height, width] from 0 (black) to 255 (white), of dark ink or of light ink.
    Raises DataError where there is no ink, nearly no contrast, what looks like no digits, or a side of less than 8
    pixels.
    """
    if looks_prepared(grey):
        return [Digit(rounded(grey))]
    page = reduced(grey)
    factor = grey.shape[0] // page.shape[0]
    found = [(shape, enlarged(shape)) for shape in shapes(ink(page))]
    masks = {shape[1:]: large for shape, large in found if is_written(large)}
    if 2 * len(masks) <= len(found):
        raise DataError('it does not look like digits, whose strokes are shorter, narrower or more even')
    digits = []
    for number, line in enumerate(lines([shape for shape, _ in found if shape[1:] in masks]), 1):
        for position, shape in enumerate(line, 1):
            large = masks[shape[1:]]
            pen = redrawn(large)
            box = (shape.left * factor, shape.top * factor, shape.right * factor, shape.bottom * factor)
            steps = (
                ('ink', shape.ink),
                (f'strokes of {stroke_width(large):.1f}', large),
                (f'redrawn, {stroke_width(pen):.1f}', pen),
            )
            digits.append(Digit(centred(boxed(pen)), number, position, box, steps))
    return digits


def looks_prepared(grey: np.ndarray) -> bool:
    """Whether a picture is 28 x 28 with light ink, 20 pixels large, on black, its centre of mass at the centre.

    "At the centre" is within a pixel; black and white may be 16 grey levels off, since JPEG changes them.
    """
    if grey.shape != (FIELD, FIELD) or grey.max() < 239 or np.median(grey) > 16:
        return False
    is_ink = grey > 16
    rows, columns = np.flatnonzero(is_ink.any(axis=1)), np.flatnonzero(is_ink.any(axis=0))
    longer = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    return 18 <= longer <= BOX and all(abs(place - CENTRE) <= 1 for place in ndimage.center_of_mass(grey))


def enlarged(shape: Shape) -> np.ndarray:
    """A shape's ink, 160 pixels on its longer side, cropped to bool [height, width].

    Ink is what has at least half of the most ink within three pixels of MNIST, so that faint strokes stay complete
    beside strong ones, and a blurred stroke is as wide as it was drawn.
    """
    scale = BOX * FINE / max(shape.ink.shape)
    amount = np.pad(shape.ink, 1)
    large = resized(amount, *(round(length * scale) for length in amount.shape))
    return cropped((large > 0.1) & (large >= ndimage.maximum_filter(large, 3 * FINE + 1) / 2))


def cropped(mask: np.ndarray) -> np.ndarray:
    """The rectangle of what is True."""
    inside: np.ndarray = mask[ndimage.find_objects(mask.astype(int))[0]]
    return inside


def ridge(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distance of every pixel of bool [height, width] to paper, and where it is the largest: the skeleton."""
    distance = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    return distance, mask & (distance == ndimage.maximum_filter(distance, 3))


def stroke_widths(mask: np.ndarray) -> np.ndarray:
    """How wide the strokes in bool [height, width] are along their skeleton, in pixels where the longer side has 20."""
    distance, skeleton = ridge(mask)
    widths: np.ndarray = (2 * distance[skeleton] - 1) * BOX / max(mask.shape)
    return widths


def stroke_width(mask: np.ndarray) -> float:
    """The median of `stroke_widths`."""
    return float(np.median(stroke_widths(mask)))


def stroke_length(mask: np.ndarray, width: float) -> float:
    """How often the longer side the strokes of such a width, in pixels where that side has 20, are long."""
    return float(mask.sum() * BOX / (width * max(mask.shape) ** 2))


def is_written(mask: np.ndarray) -> bool:
    """Whether the strokes in bool [height, width] are as long, as wide and as even as a digit's."""
    widths = stroke_widths(mask)
    width = float(np.median(widths))
    if width > WIDEST_STROKE or stroke_length(mask, width) > LONGEST:
        return False
    is_even = bool(widths.std() <= UNEVEN * widths.mean())
    return is_even or stroke_length(redrawn(mask), STROKE) <= LONGEST_UNEVEN


def redrawn(mask: np.ndarray) -> np.ndarray:
    """Strokes made so wide that they have 2.2 pixels once the longer side has 20: bool, cropped.

    Both sides of a stroke move by r: w + 2 r is 2.2 / 20 of the longer side, which grows by 2 r too. Of a stroke that
    thinning would remove, the ridge stays, as thick as it may be.
    """
    longer = max(mask.shape)
    r = (STROKE - stroke_width(mask)) * longer / BOX / 2 / (1 - STROKE / BOX)
    mask = np.pad(mask, max(0, math.ceil(r)) + 1)
    inner, skeleton = ridge(mask)
    outer = ndimage.distance_transform_edt(~mask)
    kept = ndimage.distance_transform_edt(~skeleton) <= STROKE * longer / BOX / 2 - 1
    return cropped((outer - inner + np.where(mask, 0.5, -0.5) <= r) | (mask & kept))


def boxed(mask: np.ndarray) -> np.ndarray:
    """Bool [height, width] averaged by area to 20 pixels on its longer side: float64 [at most 20, at most 20]."""
    scale = BOX / max(mask.shape)
    return resized(mask, math.floor(mask.shape[0] * scale + 0.5), math.floor(mask.shape[1] * scale + 0.5), 'BOX')


def centred(box: np.ndarray) -> np.ndarray:
    """A box of at most 20 x 20 in 28 x 28, stretched so that its strongest pixel is 255: uint8 [28, 28].

    Its centre of mass comes nearest to the field's centre, but no pixel falls out of the field.
    """
    levels = rounded(box * (255 / box.max()))
    first_row, first_column = (
        min(max(math.ceil(CENTRE - 0.5 - place), 0), FIELD - length)
        for place, length in zip(ndimage.center_of_mass(levels), box.shape, strict=True)
    )
    field = np.zeros((FIELD, FIELD), np.uint8)
    field[first_row : first_row + box.shape[0], first_column : first_column + box.shape[1]] = levels
    return field


def rounded(values: np.ndarray) -> np.ndarray:
    """Numbers from 0 to 255 as uint8, halves up."""
    levels: np.ndarray = np.floor(values + 0.5).astype(np.uint8)
    return levels


def shapes(ink: np.ndarray) -> list[Shape]:
    """The digits in `ink`, float64 [height, width], the strongest first; at least one if there is any ink.

    Two strokes are of one digit where `belong_together` says so. The strongest are compared first, and what has been
    joined is compared again, until nothing more is joined. Raises DataError where there are more than 400 strokes, or
    more than 12 to a digit.
    """
    parts = strokes(ink)
    if len(parts) > MOST_STROKES:
        raise DataError(TOO_MANY.format(len(parts)))
    number = len(parts)
    inner = [part for part in parts if part.is_within(*ink.shape)]
    if sum(part.ink.sum() for part in inner) > LEAST_INNER * ink.sum():
        parts = inner  # at the picture's edges there are a table's, a finger's, or a shadow's
    while pair := next((pair for pair in combinations(parts, 2) if belong_together(*pair)), None):
        parts = [pair[0].joined(pair[1]), *(part for part in parts if part is not pair[0] and part is not pair[1])]
    if number > MOST_PARTS * len(parts):
        raise DataError(TOO_MANY.format(number))
    usual = usual_height(parts)
    return [part for part in parts if part.ink.shape[0] >= LEAST_DIGIT * usual]


def usual_height(shapes: list[Shape]) -> int:
    """The height of the shape up to which, from the strongest, half of all ink lies."""
    amounts = np.cumsum([shape.ink.sum() for shape in shapes])
    return len(shapes[int(np.searchsorted(amounts, amounts[-1] / 2))].ink)


def lines(shapes: list[Shape]) -> list[list[Shape]]:
    """Shapes as lines from the top, each from left to right.

    The lines' slope is the median of those from each shape to the next one on its right. A line ends where the heights
    of the centres, less the slope, leave a gap of more than half of the usual height.
    """
    size = usual_height(shapes)
    places = np.array([((shape.left + shape.right) / 2, (shape.top + shape.bottom) / 2) for shape in shapes])
    slopes = []
    for x, y in places:
        right = places[(places[:, 0] > x + size / 4) & (np.abs(places[:, 1] - y) < 0.6 * size)]
        if len(right):
            next_x, next_y = right[right[:, 0].argmin()]
            slopes.append((next_y - y) / (next_x - x))
    heights = places[:, 1] - (np.median(slopes) if slopes else 0) * places[:, 0]
    order = np.argsort(heights)
    ends = np.flatnonzero(np.diff(heights[order]) > size / 2) + 1
    return [sorted((shapes[row] for row in line), key=lambda shape: shape.left) for line in np.split(order, ends)]


def strokes(ink: np.ndarray) -> list[Shape]:
    """Ink that hangs together, diagonally too, the strongest stroke first.

    What has less than a hundredth of the strongest one's ink is a speck and left out.
    """
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

    They are where one is low, at most six tenths as tall as the other, and near: as the bar that flies off to the right
    of a 5 not farther away than a quarter of the taller one's height, or 0.35 above or below it. And they are where
    they lie above each other, as the halves of a broken 8: the narrower one is over or under the other by at least
    half of its width, not farther away than 0.15 of the taller one's height. Digits that stand beside each other are
    about equally tall, and the lines of a page farther away.
    """
    (height, width), (other_height, other_width) = one.ink.shape, other.ink.shape
    taller, lower = max(height, other_height), min(height, other_height)
    # The gaps between the rectangles; where they overlap, below 0.
    across = max(one.left, other.left) - min(one.right, other.right)
    down = max(one.top, other.top) - min(one.bottom, other.bottom)
    is_low = lower <= LOW * taller
    is_above = -across >= min(width, other_width) / 2 and down <= (ABOVE if is_low else BROKEN) * taller
    return bool(is_above or (is_low and max(across, down) <= NEAR * taller))
