"""Many pictures at once: files and folders in, images of MNIST's form out, and a line about each that is refused."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from graph_mlp.data.picture import FIELD, prepare_image, prepare_row, rounded
from graph_mlp.data.picture_file import SUFFIXES, read_picture
from graph_mlp.errors import DataError

Preparation = Literal['digit', 'row', 'raw']
PREVIEW = 160  # pixels, the most of a side of what is kept of a picture to show it


class Picture(NamedTuple):
    """One digit of one file."""

    file: str  # as it was named
    digit: int  # its number in the file, from the left, from 1
    preview: np.ndarray  # uint8 [height, width], the file's grey levels made small
    image: np.ndarray  # uint8 [28, 28], what the network takes


class Pictures(NamedTuple):
    """What became of the files."""

    pictures: list[Picture]
    refusals: list[str]  # 'file: why', a line each


def prepare_pictures(paths: Iterable[str], preparation: Preparation = 'digit') -> Pictures:
    """Reads and prepares files, `-` for standard input, and what images lie in folders, in the order of their names.

    Args: preparation 'digit' for one digit a picture; 'row' for digits from left to right; 'raw' for pictures of
    28 x 28 whose grey levels are taken as they are. What is refused does not keep the others from being prepared.
    """
    pictures, refusals = [], []
    for path in paths:
        try:
            for file in files_of(path):
                try:
                    pictures += prepared(file, preparation)
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


def prepared(file: str, preparation: Preparation) -> list[Picture]:
    """The digits of one file; raises DataError."""
    grey = read_picture(file)
    if preparation == 'raw':
        if grey.shape != (FIELD, FIELD):
            raise DataError(f'it is {grey.shape[1]} x {grey.shape[0]} pixels: --raw takes 28 x 28, so leave it out')
        images = [rounded(grey)]
    else:
        images = prepare_row(grey) if preparation == 'row' else [prepare_image(grey)]
    factor = -(-max(grey.shape) // PREVIEW)
    preview = rounded(grey[::factor, ::factor])
    return [Picture(file, number, preview, image) for number, image in enumerate(images, 1)]


def one_line(name: str) -> str:
    """A file's name as part of a line: control characters and what is not Unicode as `\\n`, `\\t` or `\\x1b`."""
    return ''.join(
        character if character.isprintable() and character != '\\' else character.encode('unicode_escape').decode()
        for character in name
    )
