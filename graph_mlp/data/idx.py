"""IDX files: the format of MNIST, EMNIST, QMNIST and Fashion-MNIST, and which four of them are one data set."""

import gzip
import math
import os
import re
import zlib
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase, digits
from typing import IO, NamedTuple

import numpy as np

from graph_mlp.errors import DataError
from graph_mlp.files import open_regular, sha256

MAX_CONTENT = 2**30  # bytes; MNIST's largest file holds 47,040,016
FILES = ('train-images-idx3-ubyte', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte')
# Also as archives unpack them (train-images.idx3-ubyte), as EMNIST's and QMNIST's makers name theirs.
_NAME = re.compile(r'(|qmnist-|emnist-[a-z]+-)(train|t10k|test)-(images|labels)[-.]idx[123]-(?:ubyte|int)(?:\.gz)?')
_MERGED = f'{digits}{ascii_uppercase}abdefghnqrt'  # the other small letters look like their capitals
EMNIST_CLASSES = {'byclass': digits + ascii_uppercase + ascii_lowercase, 'letters': ascii_uppercase}
EMNIST_CLASSES |= {'bymerge': _MERGED, 'balanced': _MERGED, 'digits': '', 'mnist': ''}


class IdxFile(NamedTuple):
    """One file's content."""

    array: np.ndarray  # uint8, of the dimensions in the header; int32 [n], QMNIST's labels
    sha256: str  # of the uncompressed file, header included


def read_idx(path: Path, dimensions: int) -> IdxFile:
    """Reads an IDX file of unsigned bytes (http://yann.lecun.com/exdb/mnist, "the IDX file format").

    It must have as many `dimensions`, 1 for labels and 3 for images. QMNIST's labels, int32 [n] or [n, 8], come too.
    Raises DataError, naming the file, where it cannot be read, is not IDX of that many dimensions, is larger
    than 1 GiB, is shorter or longer than its header says, or fails gzip's own check.
    """
    try:
        with open_regular(path) as file:
            is_gzip = file.read(2) == b'\x1f\x8b'
            file.seek(0)
            return _read(path, gzip.GzipFile(fileobj=file) if is_gzip else file, dimensions)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f'{path} is a damaged gzip file ({error}): fetch it again') from None
    except (OSError, ValueError) as error:
        raise DataError(f'{path} cannot be read: {getattr(error, "strerror", None) or error}') from None


def _read(path: Path, stream: IO[bytes] | gzip.GzipFile, dimensions: int) -> IdxFile:
    header = stream.read(4)
    magic = bytes([0, 0, 8, dimensions])
    is_wide = dimensions == 1 and header in (b'\0\0\x0c\1', b'\0\0\x0c\2')
    if header != magic and not is_wide:
        raise DataError(
            f'{path} is not an IDX file of {"images" if dimensions == 3 else "labels"}: it begins with '
            f'{header.hex() or "nothing"}, expected {magic.hex()}; put the original file there'
        )
    header += stream.read(4 * header[3])
    if len(header) < 4 + 4 * header[3]:
        raise DataError(f'{path} ends within its header: fetch it again')
    shape = tuple(int.from_bytes(header[first : first + 4], 'big') for first in range(4, len(header), 4))
    size = math.prod(shape) * (4 if is_wide else 1)
    described = ' x '.join(map(str, shape)) + (' x 4' if is_wide else '')
    if size > MAX_CONTENT:
        most = f'{MAX_CONTENT // 2**30} GiB'
        raise DataError(f'{path} claims {described} bytes, more than {most}: use fewer images, or fetch it again')
    # The byte past the end makes gzip read on to its checksum, and shows a file that is too long.
    content = stream.read(size + 1)
    if len(content) != size:
        held = f'{len(content)} bytes' if len(content) < size else 'more'
        raise DataError(f'{path} claims {described} bytes and holds {held}: fetch it again')
    array: np.ndarray = np.frombuffer(content, '>i4' if is_wide else np.uint8).reshape(shape)
    if is_wide:
        array = array.reshape(len(array), -1)[:, :1].ravel().astype(np.int32)
    return IdxFile(array, sha256(header + content))


def data_files(folder: Path) -> dict[str, Path]:
    """The four files in `folder` by MNIST's names, plain before `.gz`; raises DataError where several sets do."""
    sets: dict[str, dict[str, Path]] = {}
    for name in sorted(os.listdir(folder), reverse=True) if folder.is_dir() else ():  # MNIST's own name, plain, last
        if (match := _NAME.fullmatch(name)) and not (folder / name).is_dir():
            number = 2 * (match[2] != 'train') + (match[3] == 'labels')
            sets.setdefault(match[1], {})[FILES[number]] = folder / name
    if len(sets) > 1 and '' not in sets:
        raise DataError(f'{folder} holds {len(sets)} data sets, {", ".join(sorted(sets))}: give each its own folder')
    return sets.get('') or next(iter(sets.values()), {})


def read_files(paths: dict[str, Path]) -> tuple[dict[str, IdxFile], tuple[str, ...]]:
    """The four files by MNIST's names, and the classes' names, empty where they are numbers.

    EMNIST's images are transposed, so that they are upright. Its letters, the classes 1 to 26, become 0 to 25.
    """
    files = {name: read_idx(paths[name], dimensions=3 if 'images' in name else 1) for name in FILES}
    kind = re.sub('emnist-|-?(train|t10k)-.*', '', paths[FILES[0]].name)
    if kind in EMNIST_CLASSES:
        first = 1 if kind == 'letters' else 0
        for name, (array, checksum) in files.items():
            upright = array.swapaxes(1, 2) if array.ndim == 3 else array.astype(np.int32) - first
            files[name] = IdxFile(upright, checksum)
    return files, tuple(EMNIST_CLASSES.get(kind, ''))
