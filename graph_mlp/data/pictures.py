"""Pictures in files and folders: opened, prepared, a line about each that is refused; nothing in them is trusted."""

import io
import os
import sys
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from graph_mlp.data.ink import LEAST_CONTRAST
from graph_mlp.data.picture import FIELD, Digit, read_digits, rounded
from graph_mlp.errors import DataError, reason
from graph_mlp.files import open_regular

Preparation = Literal['digits', 'plain', 'raw']
PREVIEW = 160  # pixels, the most of a side of what is kept of a picture to show it
# Pillow's names; the readers of other formats are never asked.
FORMATS = ('PNG', 'JPEG', 'GIF', 'WEBP', 'BMP', 'JPEG2000', 'TIFF')
SUFFIXES = (
    '.png', '.jpg', '.jpeg', '.gif', '.webp', '.bmp', '.jp2', '.tif', '.tiff', '.avif', '.heic', '.heif',
)  # fmt: skip
MOST_BYTES = 2**26  # of a file
MOST_PIXELS = 50_000_000  # decoded, 200 MB with colours and transparency


class Picture(NamedTuple):
    """One digit of one file."""

    file: str  # as it was named
    number: int  # its number in the file, line by line, from 1
    preview: np.ndarray  # uint8 [height, width], the file's grey levels made small
    digit: Digit


class Pictures(NamedTuple):
    """What became of the files."""

    pictures: list[Picture]
    refusals: list[str]  # 'file: why', a line each


def prepare_pictures(
    paths: Iterable[str], preparation: Preparation = 'digits', size: tuple[int, int] = (FIELD, FIELD)
) -> Pictures:
    """Reads and prepares files, `-` for standard input, and what images lie in folders, in the order of their names.

    `preparation` is 'digits' for pictures of one or more digits, 'raw' for pictures of `size`, height and width, whose
    grey levels are taken as they are, 'plain' for those that are resized, each pixel being the mean of the area that it
    covers. What is refused does not keep the others from being prepared.
    """
    pictures, refusals = [], []
    for path in paths:
        try:
            for file in files_of(path):
                try:
                    pictures += prepared(file, preparation, size)
                except DataError as error:
                    refusals.append(f'{one_line(file)}: {error}')
        except DataError as error:
            refusals.append(f'{one_line(path)}: {error}')
    return Pictures(pictures, refusals)


def files_of(path: str) -> Iterator[str]:
    """The path itself, or a folder's images by name; raises DataError where a folder has none or cannot be read."""
    if path == '-' or not os.path.isdir(path):
        yield path
        return
    try:
        names = sorted(name for name in os.listdir(path) if name.lower().endswith(SUFFIXES))
    except OSError as error:
        raise DataError(f'it cannot be read: {error.strerror}') from None
    if not names:
        raise DataError(f'the folder has no image: their names end in {", ".join(SUFFIXES)}')
    yield from (str(Path(path) / name) for name in names)


def prepared(file: str, preparation: Preparation, size: tuple[int, int]) -> list[Picture]:
    """The digits of one file, or its one image; see `prepare_pictures`; raises DataError."""
    grey = read_picture(file)
    (rows, columns), (height, width) = grey.shape, size
    if preparation == 'raw' and grey.shape != size:
        raise DataError(f'it is {columns} x {rows} pixels: --raw takes {width} x {height}, so leave it out')
    if preparation == 'digits':
        digits = read_digits(grey)
    else:
        from PIL import Image

        resized = Image.fromarray(grey.astype(np.float32)).resize((width, height), Image.Resampling.BOX)
        digits = [Digit(rounded(np.asarray(resized)))]
    factor = -(-max(grey.shape) // PREVIEW)
    preview = rounded(grey[::factor, ::factor])
    return [Picture(file, number, preview, digit) for number, digit in enumerate(digits, 1)]


def one_line(name: str) -> str:
    """A file's name as part of a line: control characters and what is not Unicode as `\\n`, `\\t` or `\\x1b`."""
    return ''.join(
        character if character.isprintable() and character != '\\' else character.encode('unicode_escape').decode()
        for character in name
    )


def read_picture(path: str | Path) -> np.ndarray:
    """The grey levels of a PNG, JPEG, GIF, WebP, BMP or TIFF file, `-` being standard input: [height, width], 0 to 255.

    And of an AVIF file where Pillow can, of a HEIC file where pillow-heif is installed.

    Returns uint8; of 16 bits float32, which keeps what is between two levels. The picture is turned as its EXIF data
    say; transparency becomes white, or black where the ink itself is white; of an animation the first frame counts.
    Raises DataError, without the path, where the file cannot be read, is no such image, is damaged, or has more than
    64 MiB or 50 million pixels.
    """
    content = read_bytes(path)
    from PIL import Image, ImageOps, UnidentifiedImageError

    formats = FORMATS if content[4:8] != b'ftyp' else _phones_format(content[8:12])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # Pillow's, on odd metadata and on sizes, which are checked below
            with Image.open(io.BytesIO(content), formats=formats) as image:
                width, height = image.size
                if width * height > MOST_PIXELS:
                    raise DataError(f'its {width} x {height} pixels are too many: make it smaller than {MOST_PIXELS:,}')
                return grey_levels(ImageOps.exif_transpose(image))
    except (DataError, MemoryError):
        raise
    except UnidentifiedImageError:
        raise DataError(f'it is not an image: give a {", ".join(FORMATS[:-1])} or {FORMATS[-1]} file') from None
    except Image.DecompressionBombError:
        raise DataError(f'its pixels are too many: make it smaller than {MOST_PIXELS:,}') from None
    except Exception as error:  # Pillow's readers raise a dozen kinds where a file is damaged
        raise DataError(f'it is a damaged image ({reason(error)[:100]}): save it once more') from None


def _phones_format(brand: bytes) -> tuple[str, ...]:
    """Pillow's name of a format of phones' photographs, once its reader is there; raises DataError without it."""
    if brand in (b'avif', b'avis'):
        from PIL import features

        if not features.check('avif'):
            raise DataError('it is an AVIF image: install Pillow 11.3 or newer, or save it as a JPEG')
        return ('AVIF',)
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        raise DataError('it is a HEIC photograph: install pillow-heif, or save it as a JPEG') from None
    register_heif_opener()
    return ('HEIF',)


def read_bytes(path: str | Path) -> bytes:
    """The content of a regular file or of standard input; raises DataError where it is neither or too large."""
    try:
        if str(path) == '-':
            content = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with open_regular(Path(path)) as file:
                content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise DataError(f'it cannot be read: {error.strerror}') from None
    except ValueError as error:  # also of a null byte in a path
        raise DataError(f'{error}: give a file, a folder, or - for what comes through a pipe') from None
    if len(content) > MOST_BYTES:
        raise DataError(f'it has more than {MOST_BYTES // 2**20} MiB: make it smaller')
    return content


def grey_levels(image: Any) -> np.ndarray:
    """A Pillow image as uint8 or float32 [height, width], 0 to 255; a colour's grey is that of ITU-R BT.601."""
    if image.mode.startswith('I'):  # 16 bits: the only grey levels of more than 8 in these formats
        return np.asarray(image).astype(np.float32) / 257
    if not image.has_transparency_data:
        return np.asarray(image.convert('L'))
    from PIL import Image

    for colour in ('white', 'black'):
        paper = Image.new('RGBA', image.size, colour)
        paper.alpha_composite(image.convert('RGBA'))
        grey = np.asarray(paper.convert('L'))
        if np.ptp(grey) >= LEAST_CONTRAST:
            break
    return grey
