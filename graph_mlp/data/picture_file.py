"""Opening a picture: any usual file becomes grey levels, and nothing in it is trusted."""

import io
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from graph_mlp.data.picture import LEAST_CONTRAST
from graph_mlp.data.regular import open_regular
from graph_mlp.errors import DataError, reason

# Pillow's names; the readers of other formats are never asked.
FORMATS = ('PNG', 'JPEG', 'GIF', 'WEBP', 'BMP')
SUFFIXES = ('.png', '.jpg', '.jpeg', '.gif', '.webp', '.bmp')
MOST_BYTES = 2**26  # of a file
MOST_PIXELS = 50_000_000  # decoded, 200 MB with colours and transparency


def read_picture(path: str | Path) -> np.ndarray:
    """The grey levels of a PNG, JPEG, GIF, WebP or BMP file, `-` being standard input: [height, width], 0 to 255.

    Returns uint8; of 16 bits float32, which keeps what is between two levels. The picture is turned as its EXIF data
    say; transparency becomes white, or black where the ink itself is white; of an animation the first frame counts.
    Raises DataError, without the path, where the file cannot be read, is no such image, is damaged, or has more than
    64 MiB or 50 million pixels.
    """
    content = read_bytes(path)
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # Pillow's, on odd metadata and on sizes, which are checked below
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
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
    image = image.convert('RGBA')
    on_white = _on_paper(image, 'white')
    return on_white if np.ptp(on_white) >= LEAST_CONTRAST else _on_paper(image, 'black')


def _on_paper(image: Any, colour: str) -> np.ndarray:
    from PIL import Image

    paper = Image.new('RGBA', image.size, colour)
    paper.alpha_composite(image)
    return np.asarray(paper.convert('L'))
