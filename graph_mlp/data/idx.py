"""One IDX file, gzipped or not, into an array: checked before anything is allocated."""

import gzip
import hashlib
import math
import os
import zlib
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from graph_mlp.data.regular import open_regular
from graph_mlp.errors import DataError

MAX_CONTENT = 2**30  # bytes; MNIST's largest file holds 47,040,016
# Deflate cannot shrink more than about 1032 to 1 (zlib's technical notes), so a header that says more lies.
_MAX_INFLATION = 1032


class IdxFile(NamedTuple):
    """One file's content."""

    array: np.ndarray  # uint8, of the dimensions in the header
    sha256: str  # of the uncompressed file, header included


def read_idx(path: Path, dimensions: int) -> IdxFile:
    """Reads an IDX file of unsigned bytes (http://yann.lecun.com/exdb/mnist, "the IDX file format").

    Args: dimensions, how many the file must have: 1 for labels, 3 for images.
    Returns the array, uint8, and the checksum of the uncompressed file.
    Raises DataError, naming the file, where it cannot be read, is not IDX of that many dimensions, is larger
    than 1 GiB, is shorter or longer than its header says, or fails gzip's own check.
    """
    try:
        with open_regular(path) as file:
            if file.read(2) == b'\x1f\x8b':
                file.seek(0)
                max_bytes = _MAX_INFLATION * os.fstat(file.fileno()).st_size
                with gzip.GzipFile(fileobj=file) as stream:
                    return _read(path, stream, dimensions, max_bytes)
            file.seek(0)
            return _read(path, file, dimensions, os.fstat(file.fileno()).st_size)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f'{path} is a damaged gzip file ({error}): fetch it again') from None
    except OSError as error:
        raise DataError(f'{path} cannot be read: {error.strerror or error}') from None
    except ValueError as error:
        raise DataError(f'{path} cannot be read: {error}') from None


def _read(path: Path, stream: IO[bytes] | gzip.GzipFile, dimensions: int, max_bytes: int) -> IdxFile:
    header = stream.read(4 + 4 * dimensions)
    magic = bytes([0, 0, 8, dimensions])
    if header[:4] != magic:
        raise DataError(
            f'{path} is not an IDX file of {dimensions} dimension{"s"[: dimensions > 1]}: it begins with '
            f'{header[:4].hex() or "nothing"}, expected {magic.hex()}; put the original file there'
        )
    if len(header) < 4 + 4 * dimensions:
        raise DataError(f'{path} ends within its header: fetch it again')
    shape = tuple(int.from_bytes(header[first : first + 4], 'big') for first in range(4, len(header), 4))
    size = math.prod(shape)
    described = ' x '.join(map(str, shape))
    if size > MAX_CONTENT or len(header) + size > max_bytes:
        raise DataError(f'{path} claims {described} bytes, more than the file can hold: fetch it again')
    # The byte past the end makes gzip read on to its checksum, and shows a file that is too long.
    content = stream.read(size + 1)
    if len(content) != size:
        held = f'{len(content)} bytes' if len(content) < size else 'more'
        raise DataError(f'{path} claims {described} bytes and holds {held}: fetch it again')
    digest = hashlib.sha256(header)
    digest.update(content)
    return IdxFile(np.frombuffer(content, np.uint8).reshape(shape), digest.hexdigest())
