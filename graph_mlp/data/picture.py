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
4. `shapes`    Ink that hangs together; specks are left out, strokes of one digit joined (graph_mlp/data/shapes.py).
5. `boxed`     Cropped to the ink and resampled by area, so that the longer side has 20 pixels.
6. `centred`   The strongest pixel becomes 255, and the centre of mass comes to row and column 14 of 28 x 28, to half
               a pixel, as in every image of MNIST.

This is plain arithmetic on float64 that rounds halves up; the median of an even count is the mean of the middle two.
"""

import math

import numpy as np

from graph_mlp.data.shapes import Shape, shapes
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
NORMAL_DEVIATION = 1.4826  # standard deviations of a normal distribution in its median absolute deviation


def prepare_image(grey: np.ndarray) -> np.ndarray:
    """The one digit in a picture as an image of MNIST's form; one that has this form already is returned as it is.

    Args: grey, numbers [height, width] from 0 (black) to 255 (white), of dark ink or of light ink.
    Returns uint8 [28, 28]. Raises DataError where there is no ink, nearly no contrast, more than one shape, or a side
    of less than 8 pixels.
    """
    if looks_prepared(grey):
        return rounded(grey)
    digits = prepared_shapes(grey)
    if len(digits) > 1:
        raise DataError(f'it shows {len(digits)} separate shapes: give one digit a picture, or read a row with --row')
    return digits[0]


def prepare_row(grey: np.ndarray) -> list[np.ndarray]:
    """All digits of a picture from left to right, each prepared as `prepare_image` does; the same errors but one."""
    return [rounded(grey)] if looks_prepared(grey) else prepared_shapes(grey)


def prepared_shapes(grey: np.ndarray) -> list[np.ndarray]:
    """Every shape in a picture, from left to right, as uint8 [28, 28]."""
    return [centred(boxed(shape)) for shape in shapes(ink(reduced(grey)))]


def looks_prepared(grey: np.ndarray) -> bool:
    """Whether a picture is 28 x 28 with light ink, 20 pixels large, on black, its centre of mass at the centre.

    "At the centre" is within a pixel; black and white may be 16 grey levels off, since JPEG changes them.
    """
    if grey.shape != (FIELD, FIELD) or grey.max() < 239 or np.median(grey) > 16:
        return False
    is_ink = grey > 16
    rows, columns = np.flatnonzero(is_ink.any(axis=1)), np.flatnonzero(is_ink.any(axis=0))
    longer = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    return 18 <= longer <= BOX and all(abs(place - CENTRE) <= 1 for place in centre_of_mass(grey))


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
    medians = [float(np.median(strip)) for strip in sides(grey, side)]
    x = (np.arange(width) + 0.5) / width - 0.5
    y = (np.arange(height) + 0.5) / height - 0.5
    across = (medians[3] - medians[2]) / (1 - side / width)
    down = (medians[1] - medians[0]) / (1 - side / height)
    shade = sum(medians) / 4 + across * x + down * y[:, None]
    differences = np.concatenate([strip.ravel() for strip in sides(np.abs(grey - shade), side)])
    return shade, NORMAL_DEVIATION * float(np.median(differences))


def sides(grey: np.ndarray, side: int) -> tuple[np.ndarray, ...]:
    """The outermost `side` rows at the top and the bottom, and columns at the left and the right."""
    return grey[:side], grey[-side:], grey[:, :side], grey[:, -side:]


def ink(grey: np.ndarray) -> np.ndarray:
    """How much ink is at every pixel: float64 [height, width], 0 for none to 1 for full.

    Raises DataError where full ink differs from the ground by less than 24 grey levels, or by less than the noise
    that it has to exceed.
    """
    shade, noise = ground(grey)
    darker = shade - grey
    difference = np.maximum(darker if (darker * darker * darker).sum() >= 0 else -darker, 0.0)
    strongest = exceeded_by(difference, max(8, difference.size // 4096))
    full = float(difference[difference >= strongest / 2].mean())
    if full < LEAST_CONTRAST:
        missing = 'no ink' if full < LEAST_CONTRAST / 3 else 'nearly no contrast between ink and paper'
        raise DataError(f'it has {missing}: full ink differs by {full:.0f} of 255 grey levels from the paper')
    faintest = max(FAINTEST_INK, DEVIATIONS * noise / full)
    if faintest > 1:
        raise DataError('its edges are as uneven as its ink: leave some clear paper around the digit')
    amount = np.minimum(difference / full, 1.0)
    return np.where(amount < faintest, 0.0, amount)


def exceeded_by(values: np.ndarray, count: int) -> int:
    """The largest whole number that at least `count` of the values, from 0 to 255, reach."""
    histogram = np.bincount(np.floor(values).astype(np.int64).ravel())
    reached = histogram[::-1].cumsum()[::-1]  # by level: how many values are at least that
    return int(np.flatnonzero(reached >= count)[-1])


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
    levels = rounded(box * (255 / box.max()))
    first_row, first_column = (
        min(max(math.ceil(CENTRE - 0.5 - place), 0), FIELD - length)
        for place, length in zip(centre_of_mass(levels), box.shape, strict=True)
    )
    field = np.zeros((FIELD, FIELD), np.uint8)
    field[first_row : first_row + box.shape[0], first_column : first_column + box.shape[1]] = levels
    return field


def centre_of_mass(levels: np.ndarray) -> tuple[float, float]:
    """The row and the column of the centre of mass, the first of each being 0."""
    mass = levels.astype(np.float64)
    rows, columns = (np.arange(length) for length in mass.shape)
    return float(mass.sum(axis=1) @ rows / mass.sum()), float(mass.sum(axis=0) @ columns / mass.sum())


def rounded(values: np.ndarray) -> np.ndarray:
    """Numbers from 0 to 255 as uint8, halves up."""
    levels: np.ndarray = np.floor(values + 0.5).astype(np.uint8)
    return levels
