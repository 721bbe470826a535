"""A picture of one digit, prepared as MNIST's makers prepared theirs.

A network that was trained on MNIST knows digits of one form: light ink on black, fitted into 20 x 20 pixels with
smoothed edges and placed in 28 x 28 by its centre of mass (LeCun, Bottou, Bengio and Haffner 1998, section III.A;
http://yann.lecun.com/exdb/mnist). `prepare_image` gives that form to a scan, a photograph or a drawing:

1. `reduced`   Squares of f x f pixels become their mean, with the smallest whole f that leaves at most 2^18 pixels.
2. `ground`    The paper's shade is a plane through the medians of the four sides, each of them a twentieth of the
               picture's shorter side wide. So a shadow that grows evenly across the paper is no ink.
3. `ink`       Where the picture differs from its ground, darker or lighter: the direction in which the cubes of the
               differences sum up, so that noise, which goes both ways, does not decide. Full ink is the mean of what
               exceeds half of the strongest. Less than a quarter of full ink, or than four standard deviations of
               the ground's noise, is none.
4. `shapes`    Ink that hangs together; specks are left out, strokes of one digit joined.
5. `boxed`     Cropped to the ink and resampled by area, so that the longer side has 20 pixels.
6. `centred`   The strongest pixel becomes 255, and the centre of mass comes to row and column 14 of 28 x 28, to half
               a pixel, as in every image of MNIST.

This is plain arithmetic on float64 that rounds halves up; the median of an even count is the mean of the middle two.
"""

import math
from itertools import combinations
from typing import NamedTuple

import numpy as np

from graph_mlp.errors import DataError

FIELD = 28  # pixels, the side of MNIST's images
BOX = 20  # pixels, the longer side of the ink in them
CENTRE = 14  # the row and the column, counted from 0, at which their centre of mass lies, to half a pixel
MOST_PIXELS = 2**18  # of a reduced picture
LEAST_PIXELS = 8  # the shorter side of a picture, reduced or not
SIDE_PART = 20  # a side is a twentieth of the shorter one wide
LEAST_CONTRAST = 24.0  # of 255 grey levels, between ground and full ink
FAINTEST_INK = 0.25  # of full ink
DEVIATIONS = 4.0  # of the ground's noise, which ink exceeds
LEAST_PART = 0.01  # of the strongest stroke's ink: less is a speck
MOST_STROKES = 200  # in a picture of digits
# All of the taller stroke's height:
ABOVE = 0.5  # how far above each other two strokes of one digit may lie
LOW = 0.6  # how tall a stroke may be that is no digit beside another one
NEAR = 0.25  # how far such a stroke may lie from the other
NORMAL_DEVIATION = 1.4826  # standard deviations of a normal distribution in its median absolute deviation


class Shape(NamedTuple):
    """The ink of one digit, or of one stroke of it, within its own rectangle."""

    ink: np.ndarray  # float64 [height, width], 0 to 1; the ink of other shapes is 0
    top: int  # the rectangle's first row in the picture
    bottom: int  # the row after its last
    left: int
    right: int

    def joined(self, other: 'Shape') -> 'Shape':
        """Both shapes as one."""
        top, bottom = min(self.top, other.top), max(self.bottom, other.bottom)
        left, right = min(self.left, other.left), max(self.right, other.right)
        ink = np.zeros((bottom - top, right - left))
        for shape in (self, other):
            ink[shape.top - top : shape.bottom - top, shape.left - left : shape.right - left] += shape.ink
        return Shape(ink, top, bottom, left, right)


def prepare_image(grey: np.ndarray) -> np.ndarray:
    """The one digit in a picture as an image of MNIST's form; one that has this form already is returned as it is.

    Args: grey, numbers [height, width] from 0 (black) to 255 (white), of dark ink or of light ink.
    Returns uint8 [28, 28]. Raises DataError where there is no ink, nearly no contrast, more than one shape, or a side
    of less than 8 pixels.
    """
    digits = prepare_row(grey)
    if len(digits) > 1:
        raise DataError(f'it shows {len(digits)} separate shapes: give one digit a picture, or read a row with --row')
    return digits[0]


def prepare_row(grey: np.ndarray) -> list[np.ndarray]:
    """All digits of a picture from left to right, each prepared as `prepare_image` does; the same errors but one."""
    if looks_prepared(grey):
        return [rounded(grey)]
    return [centred(boxed(shape)) for shape in shapes(ink(reduced(grey)))]


def looks_prepared(grey: np.ndarray) -> bool:
    """Whether a picture is 28 x 28 with light ink, 20 pixels large, on black, its centre of mass at the centre.

    "At the centre" is within a pixel; black and white may be 16 grey levels off, since JPEG changes them.
    """
    if grey.shape != (FIELD, FIELD) or grey.max() < 239 or np.median(grey) > 16:
        return False
    from scipy import ndimage

    is_ink = grey > 16
    rows, columns = np.flatnonzero(is_ink.any(axis=1)), np.flatnonzero(is_ink.any(axis=0))
    longer = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    return 18 <= longer <= BOX and all(abs(place - CENTRE) <= 1 for place in ndimage.center_of_mass(grey))


def reduced(grey: np.ndarray) -> np.ndarray:
    """Squares of f x f pixels as their mean, f = ceil(sqrt(pixels / 2^18)); rows and columns left over are dropped.

    Raises DataError where a side has less than 8 pixels, before or after.
    """
    factor = math.ceil(math.sqrt(grey.size / MOST_PIXELS))
    rows, columns = (length // max(1, factor) for length in grey.shape)
    if min(rows, columns) < LEAST_PIXELS:
        height, width = grey.shape
        raise DataError(f'{width} x {height} pixels are too small or too narrow to hold a digit')
    squares = grey[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor)
    means: np.ndarray = squares.mean(axis=(1, 3), dtype=np.float64)
    return means


def ground(grey: np.ndarray) -> tuple[np.ndarray, float]:
    """The paper's shade at every pixel, float64 [height, width], and the standard deviation of its noise.

    With the medians of the four sides the shade at (x, y), measured from the centre in widths and heights, is
    `mean of the four + x (right - left) / (1 - side / width) + y (bottom - top) / (1 - side / height)`.
    """
    height, width = grey.shape
    side = max(1, min(height, width) // SIDE_PART)
    sides = (np.s_[:side], np.s_[-side:], np.s_[:, :side], np.s_[:, -side:])
    medians = [float(np.median(grey[strip])) for strip in sides]
    x = (np.arange(width) + 0.5) / width - 0.5
    y = (np.arange(height) + 0.5) / height - 0.5
    across = (medians[3] - medians[2]) / (1 - side / width)
    down = (medians[1] - medians[0]) / (1 - side / height)
    shade = sum(medians) / 4 + across * x + down * y[:, None]
    differences = np.concatenate([np.abs(grey - shade)[strip].ravel() for strip in sides])
    return shade, NORMAL_DEVIATION * float(np.median(differences))


def ink(grey: np.ndarray) -> np.ndarray:
    """How much ink is at every pixel: float64 [height, width], 0 for none to 1 for full.

    Raises DataError where full ink differs from the ground by less than 24 grey levels, or by less than the noise
    that it has to exceed.
    """
    shade, noise = ground(grey)
    darker = shade - grey
    difference = np.maximum(darker if (darker * darker * darker).sum() >= 0 else -darker, 0.0)
    place = max(8, difference.size // 4096)  # among the strongest; a single pixel may be noise
    strongest = math.floor(np.partition(difference, -place, axis=None)[-place])
    full = float(difference[difference >= strongest / 2].mean())
    if full < LEAST_CONTRAST:
        missing = 'no ink' if full < LEAST_CONTRAST / 3 else 'nearly no contrast between ink and paper'
        raise DataError(f'it has {missing}: full ink differs by {full:.0f} of 255 grey levels from the paper')
    faintest = max(FAINTEST_INK, DEVIATIONS * noise / full)
    if faintest > 1:
        raise DataError('its edges are as uneven as its ink: leave some clear paper around the digit')
    amount = np.minimum(difference / full, 1.0)
    return np.where(amount < faintest, 0.0, amount)


def boxed(shape: Shape) -> np.ndarray:
    """A shape's ink resampled by area to 20 pixels on its longer side: float64 [at most 20, at most 20]."""
    height, width = shape.ink.shape
    scale = BOX / max(height, width)
    rows, columns = (max(1, math.floor(length * scale + 0.5)) for length in (height, width))
    # Not `@`: products this small take BLAS longer to share among its threads than to compute.
    lines = np.einsum('ij,jk->ik', area_weights(height, rows), shape.ink)
    box: np.ndarray = np.einsum('ik,lk->il', lines, area_weights(width, columns))
    return box


def area_weights(length: int, target: int) -> np.ndarray:
    """The matrix that averages `length` pixels into `target` by area: float64 [target, length], each row sums to 1.

    Target pixel i covers `i length / target` to `(i + 1) length / target`, and takes from each pixel what it covers.
    """
    step = length / target
    first = np.arange(target)[:, None] * step
    pixel = np.arange(length)
    covered = np.minimum(pixel + 1, first + step) - np.maximum(pixel, first)
    weights: np.ndarray = np.maximum(covered, 0.0) / step
    return weights


def centred(box: np.ndarray) -> np.ndarray:
    """A box of at most 20 x 20 in 28 x 28, stretched so that its strongest pixel is 255: uint8 [28, 28].

    Its centre of mass comes nearest to the field's centre, but no pixel falls out of the field.
    """
    from scipy import ndimage

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
    (height, width), (other_height, other_width) = one.ink.shape, other.ink.shape
    taller, lower = max(height, other_height), min(height, other_height)
    # The gaps between the rectangles; where they overlap, below 0.
    across = max(one.left, other.left) - min(one.right, other.right)
    down = max(one.top, other.top) - min(one.bottom, other.bottom)
    is_above = -across >= min(width, other_width) / 2 and down <= ABOVE * taller
    return is_above or bool(lower <= LOW * taller and max(across, down) <= NEAR * taller)
