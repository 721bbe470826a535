"""How much ink is at every pixel of a picture: the paper's shade is taken off, and so are frames and ruled lines.

1. `reduced`   Squares of f x f pixels become their mean, with the smallest whole f that leaves at most 2^20 pixels.
2. `is_light`  Ink is lighter than its paper where the cubes of the differences from a coarse median sum up that way.
3. `ink`       The paper is the closing of the grey levels (Serra 1982): what is darker and narrower than 0.4 of the
               picture is ink, so that shadows, lamps and yellowish paper are none. Full ink is the mean of what exceeds
               half of the strongest. Less than a quarter of full ink, or than four standard deviations of the noise,
               is none.
4. `without_lines`  Straight lines across the picture are removed, but not where a stroke crosses them.
"""

import math
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage

from graph_mlp.errors import DataError

MOST_PIXELS = 2**20  # of a reduced picture
LEAST_PIXELS = 8  # the shorter side of a picture, reduced or not
WIDEST_INK = 0.4  # of the longer side
LEAST_CONTRAST = 24.0  # of 255 grey levels, between paper and full ink
FAINTEST_INK = 0.25  # of full ink
DEVIATIONS = 4.0  # of the noise, which ink exceeds
NORMAL_DEVIATION = 3.138  # standard deviations of a normal distribution in the lower quartile of its absolute values
STEEPEST = 0.2  # rows that a ruled line falls or rises in a column
LINE, LONE_LINE = 0.6, 0.95  # how much of the way across the picture one of several lines, and a single one, covers
LEAST_SMOOTHED = 100  # pixels, the shorter side of a picture whose noise is smoothed
LEAST_LINED = 64  # pixels, the shorter side of a picture in which a line is none of a digit's own
REACH = 0.8  # of the way, from a line's first ink to its last
THICKEST_LINE = 0.04  # of the shorter side


def resized(levels: np.ndarray, height: int, width: int, filter_name: str = 'BILINEAR') -> np.ndarray:
    """Pillow's resampling of numbers [height, width], anti-aliased: float64 of the new size."""
    image = Image.fromarray(levels.astype(np.float32))
    return np.asarray(image.resize((max(1, width), max(1, height)), Image.Resampling[filter_name]), np.float64)


def reduced(grey: np.ndarray) -> np.ndarray:
    """Squares of f x f pixels as their mean, f = ceil(sqrt(pixels / 2^20)); rows and columns left over are dropped.

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


def is_light(grey: np.ndarray) -> bool:
    """Whether ink is lighter than paper: noise goes both ways, so that the cubes of the differences decide."""
    height, width = grey.shape
    scale = min(1, 48 / max(height, width))
    small = resized(grey, round(height * scale), round(width * scale), 'BOX')
    paper = ndimage.median_filter(small, max(small.shape) // 2 | 1, mode='nearest')
    return float(((resized(paper, height, width) - grey) ** 3).sum()) < 0


def ink(grey: np.ndarray) -> np.ndarray:
    """How much ink is at every pixel: float64 [height, width], 0 for none to 1 for full.

    Raises DataError where full ink differs from the paper by less than 24 grey levels, or by less than the noise
    that it has to exceed.
    """
    page = 255.0 - grey if is_light(grey) else grey
    page = ndimage.gaussian_filter(page, 1) if min(page.shape) > LEAST_SMOOTHED else page  # a dithered stroke has holes
    size = int(WIDEST_INK * max(page.shape))
    difference = darkness(page, size)
    inside = ndimage.distance_transform_edt(difference > max(strongest_of(difference), 1) / 2)
    if inside.any():  # strokes are four times as wide as the median distance in them: four times that follows shadows
        size = min(size, int(16 * np.median(inside[inside > 0])))
    difference = darkness(page, size)
    strongest = strongest_of(difference)
    noise = NORMAL_DEVIATION * float(np.quantile(np.abs(difference - ndimage.uniform_filter(difference, 3)), 0.25))
    difference = np.maximum(difference, 0)
    full = float(difference[difference >= strongest / 2].mean())
    if full < LEAST_CONTRAST:
        missing = 'no ink' if full < LEAST_CONTRAST / 3 else 'nearly no contrast between ink and paper'
        raise DataError(f'it has {missing}: full ink differs by {full:.0f} of 255 grey levels from the paper')
    faintest = max(FAINTEST_INK, DEVIATIONS * noise / full)
    if faintest > 1:
        raise DataError('its edges are as uneven as its ink: leave some clear paper around the digit')
    amount = np.minimum(difference / full, 1.0)
    return without_lines(np.where(amount < faintest, 0.0, amount), amount > faintest / 2)


def darkness(page: np.ndarray, size: int) -> np.ndarray:
    """By how many of 255 grey levels each pixel is darker than the paper, whose dark places are wider than `size`."""
    margin = size // 2 + 2
    # Beyond the edges the shade falls or rises as it does towards them.
    beyond = np.pad(page, margin, mode='reflect', reflect_type='odd').clip(0, 255)
    paper = ndimage.grey_closing(beyond, max(3, size))[margin:-margin, margin:-margin]
    difference: np.ndarray = 255 * (1 - page / np.maximum(paper, 64))  # a shadow dims ink and paper alike
    difference -= np.median(difference)
    return difference


def strongest_of(difference: np.ndarray) -> int:
    """The level that at least eight pixels and one in 4096 reach; a single pixel may be noise."""
    place = max(8, difference.size // 4096)
    return math.floor(float(np.partition(difference, -place, axis=None)[-place]))


def without_lines(ink: np.ndarray, faint: np.ndarray) -> np.ndarray:
    """The ink without straight lines across the picture, unless there is nothing else: a lone line may be a one.

    Lines are sought in `faint`, bool [height, width], which has the fainter ink too.
    """
    if min(ink.shape) < LEAST_LINED:
        return ink
    rest = _without_rows(_without_rows(ink, faint).T, faint.T).T
    return rest if rest.sum() > 0.1 * ink.sum() else ink


def _without_rows(ink: np.ndarray, faint: np.ndarray) -> np.ndarray:
    """Without the lines that cross the picture from left to right, nearly level.

    They are rows of the picture sheared by one slope on which ink covers most of the columns, of which a sample is
    looked at. Where strokes above or below continue in a line, they stay complete.
    """
    height, width = ink.shape
    sample = np.unique(np.linspace(0, width - 1, 160).astype(int))
    rows, columns = np.nonzero(ndimage.maximum_filter1d(faint[:, sample], 3, axis=0))  # lines waver
    reach = math.ceil(STEEPEST * width / 2) + 1

    def sheared(rows: np.ndarray, columns: np.ndarray, slope: float) -> Any:
        return np.rint(rows - slope * (columns - width / 2)).astype(int) + reach

    def counts(rows: np.ndarray, columns: np.ndarray, slope: float) -> Any:
        return np.bincount(sheared(rows, sample[columns], slope), minlength=height + 2 * reach)

    slopes = np.arange(-STEEPEST, STEEPEST, max(0.001, 1 / width))
    slope = max(slopes, key=lambda slope: float((counts(rows, columns, slope) ** 4.0).sum()))
    every_row, every_column = np.indices((height, len(sample))).reshape(2, -1)
    inside = np.maximum(counts(every_row, every_column, slope), len(sample) / 3)
    covered = counts(rows, columns, slope) / inside
    places = sheared(rows, sample[columns], slope)
    lines = []
    for (line,) in ndimage.find_objects(ndimage.label(covered > LINE)[0]):
        reached = np.ptp(columns[(places >= line.start) & (places < line.stop)]) / inside[line].max()
        if line.stop - line.start - 2 <= max(2, THICKEST_LINE * min(ink.shape)) and reached > REACH:
            lines.append(line)
    if not lines or (len(lines) == 1 and covered[lines[0]].max() < LONE_LINE):
        return ink
    is_line = np.zeros(len(covered), bool)
    for line in lines:
        is_line[line] = True
    band = is_line[sheared(np.arange(height)[:, None], np.arange(width), slope)]
    reach = max(line.stop - line.start for line in lines) // 2 + 2
    strokes = ndimage.maximum_filter1d(np.where(band, 0.0, ink), 2 * reach + 1, axis=0)
    return np.where(band & (strokes == 0), 0.0, ink)
