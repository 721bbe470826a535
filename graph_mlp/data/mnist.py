"""MNIST from four files, or scikit-learn's digits where it cannot be had: verified, split as in 2017."""

import gzip
import logging
import math
import os
import sys
import threading
import zlib
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from graph_mlp.data.dataset import Dataset, Split, make_split
from graph_mlp.errors import DataError
from graph_mlp.files import open_regular, sha256

MIRRORS = ('https://storage.googleapis.com/cvdf-datasets/mnist/', 'https://ossci-datasets.s3.amazonaws.com/mnist/')
# SHA-256 of the gzip files as the mirrors serve them, for the download ...
GZIP_SHA256 = {
    'train-images-idx3-ubyte': '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
    'train-labels-idx1-ubyte': '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
    't10k-images-idx3-ubyte': '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
    't10k-labels-idx1-ubyte': 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
}
# ... and of their content, which alone decides whether a folder holds MNIST.
CONTENT_SHA256 = {
    'train-images-idx3-ubyte': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    'train-labels-idx1-ubyte': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    't10k-images-idx3-ubyte': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    't10k-labels-idx1-ubyte': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
}
VALIDATION = 5_000  # images, the first of the training file
PATIENCE = 20.0  # seconds without a first byte after which a download counts as impossible
_TIMEOUT = (4, 10)  # seconds to connect, seconds between two pieces
DIGITS_VALIDATION, DIGITS_TEST = 200, 400  # of the 1,797 digits; the other 1,197 train
MAX_CONTENT = 2**30  # bytes; MNIST's largest file holds 47,040,016


class IdxFile(NamedTuple):
    """One file's content."""

    array: np.ndarray  # uint8, of the dimensions in the header
    sha256: str  # of the uncompressed file, header included


def read_idx(path: Path, dimensions: int) -> IdxFile:
    """Reads an IDX file of unsigned bytes (http://yann.lecun.com/exdb/mnist, "the IDX file format").

    It must have as many `dimensions`, 1 for labels and 3 for images.
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
    header = stream.read(4 + 4 * dimensions)
    magic = bytes([0, 0, 8, dimensions])
    if header[:4] != magic:
        raise DataError(
            f'{path} is not an IDX file of {"images" if dimensions == 3 else "labels"}: it begins with '
            f'{header[:4].hex() or "nothing"}, expected {magic.hex()}; put the original file there'
        )
    if len(header) < 4 + 4 * dimensions:
        raise DataError(f'{path} ends within its header: fetch it again')
    shape = tuple(int.from_bytes(header[first : first + 4], 'big') for first in range(4, len(header), 4))
    size = math.prod(shape)
    described = ' x '.join(map(str, shape))
    if size > MAX_CONTENT:
        most = f'{MAX_CONTENT // 2**30} GiB'
        raise DataError(f'{path} claims {described} bytes, more than {most}: use fewer images, or fetch it again')
    # The byte past the end makes gzip read on to its checksum, and shows a file that is too long.
    content = stream.read(size + 1)
    if len(content) != size:
        held = f'{len(content)} bytes' if len(content) < size else 'more'
        raise DataError(f'{path} claims {described} bytes and holds {held}: fetch it again')
    return IdxFile(np.frombuffer(content, np.uint8).reshape(shape), sha256(header + content))


def cache_folder() -> Path:
    """Where MNIST is kept once it is downloaded."""
    import pooch

    return Path(pooch.os_cache('graph_mlp')) / 'mnist'


def data_files(folder: Path) -> dict[str, Path]:
    """Which of the four files lie in `folder`, by name without `.gz`; where both forms do, the plain one."""
    either = ((name, folder / f'{name}{suffix}') for name in CONTENT_SHA256 for suffix in ('.gz', ''))
    return {name: path for name, path in either if path.exists()}


def load_mnist(folder: Path) -> Dataset:
    """Reads the four files in `folder`; splits 55,000 / 5,000 / 10,000, validation being the first 5,000.

    Another data set of the same shape is accepted and named by its checksum instead of `mnist`.
    Raises DataError where a file is missing, damaged, or not of 28 x 28 images and labels 0 to 9.
    """
    paths = data_files(folder)
    missing = sorted(set(CONTENT_SHA256) - set(paths))
    if missing:
        raise DataError(f'{folder} lacks {", ".join(f"{name}[.gz]" for name in missing)}; put them there')
    files = {name: _read_part(paths[name], name) for name in CONTENT_SHA256}
    arrays = [file.array for file in files.values()]
    train = make_split(arrays[0], arrays[1], f'{folder}, train files')
    test = make_split(arrays[2], arrays[3], f'{folder}, t10k files')
    if len(train.labels) <= VALIDATION:
        raise DataError(f'{folder}: {len(train.labels)} training images, of which {VALIDATION} validate; use more')
    together = sha256(''.join(file.sha256 for file in files.values()).encode())
    is_mnist = all(file.sha256 == CONTENT_SHA256[name] for name, file in files.items())
    return Dataset(
        name='mnist' if is_mnist else f'idx-{together[:8]}',
        title='MNIST' if is_mnist else f'data of {folder} (not MNIST, checksum {together[:8]})',
        sha256=together,
        train=Split(train.images[VALIDATION:], train.labels[VALIDATION:]),
        validation=Split(train.images[:VALIDATION], train.labels[:VALIDATION]),
        test=test,
    )


def _read_part(path: Path, name: str) -> IdxFile:
    return read_idx(path, dimensions=3 if 'images' in name else 1)


def download(folder: Path) -> None:
    """Fetches what `folder` lacks of MNIST from the first mirror that answers; a bar on stderr.

    pooch checks each file against its SHA-256 and renames it when it is complete.
    Raises DataError, saying what was tried, where no mirror sent a byte within about 20 s, where the transfer
    stalled, or where files already there are of another data set.
    """
    for name, path in data_files(folder).items():
        if _read_part(path, name).sha256 != CONTENT_SHA256[name]:
            raise DataError(f'{path} is not MNIST and the other files of its set are missing from {folder}; add them')
    failures: list[str] = []
    has_answered = threading.Event()
    # A thread, because resolving a host name has no timeout of its own.
    worker = threading.Thread(target=_fetch_missing, args=(folder, has_answered, failures), daemon=True)
    worker.start()
    if not has_answered.wait(PATIENCE):
        raise DataError(f'no answer within {PATIENCE:.0f} s from {" or ".join(MIRRORS)}')
    worker.join()
    if len(data_files(folder)) < len(GZIP_SHA256):
        raise DataError('; '.join(failures))


def _fetch_missing(folder: Path, has_answered: threading.Event, failures: list[str]) -> None:
    import pooch

    pooch.get_logger().setLevel(logging.ERROR)
    for mirror in MIRRORS:
        try:
            missing = sorted(GZIP_SHA256.keys() - data_files(folder).keys())
            registry = {f'{name}.gz': f'sha256:{GZIP_SHA256[name]}' for name in missing}
            source = pooch.create(path=folder, base_url=mirror, registry=registry)
            source.is_available(f'{missing[0]}.gz', downloader=pooch.HTTPDownloader(timeout=_TIMEOUT))
            has_answered.set()
            for name in registry:
                source.fetch(name, downloader=pooch.HTTPDownloader(progressbar=True, timeout=_TIMEOUT))
            break
        except Exception as error:  # whatever a network can raise: the next mirror may do better
            failures.append(f'{mirror} failed ({_innermost(error)})')
    has_answered.set()


def _innermost(error: BaseException) -> str:
    while cause := error.__cause__ or error.__context__:
        error = cause
    return f'{type(error).__name__}: {error}'.splitlines()[0][:120]


def load_digits() -> Dataset:
    """The images of `sklearn.datasets.load_digits` in 28 x 28: each of their 8 x 8 pixels a 3 x 3 block.

    Grey levels 0 to 16 become 0 to 255. The split follows the bundled order: the first 200 images validate,
    the next 1,197 train, the last 400 (by other writers) test.
    """
    import sklearn.datasets

    bundled = sklearn.datasets.load_digits()
    levels = np.round(bundled.images * (255 / 16)).astype(np.uint8)
    images = np.pad(np.kron(levels, np.ones((1, 3, 3), np.uint8)), ((0, 0), (2, 2), (2, 2)))
    labels = bundled.target
    ends = (0, DIGITS_VALIDATION, len(labels) - DIGITS_TEST, len(labels))
    parts = {name: slice(*ends[number : number + 2]) for number, name in enumerate(('validation', 'train', 'test'))}
    return Dataset(
        name='digits',
        title="scikit-learn's bundled digits (not MNIST)",
        sha256=sha256(images.tobytes() + labels.astype(np.uint8).tobytes()),
        **{name: make_split(images[part], labels[part], f'digits, {name}') for name, part in parts.items()},
    )


def load_dataset(dataset: str | None = None, data_dir: str | Path | None = None) -> Dataset:
    """Loads 'mnist' or 'digits', or, with None, MNIST if it can be had and else the digits.

    A folder that the user names, by `data_dir` or $GRAPH_MLP_DATA, is read as it is: what it lacks is an error.
    Where none is named, MNIST is downloaded once into the user's cache folder, and the digits stand in where that
    is impossible, which is said in two lines on stderr.
    Raises DataError where files are missing from a named folder, damaged or incomplete, and where `mnist` was asked
    for and cannot be downloaded.
    """
    if dataset == 'digits':
        return load_digits()
    named = data_dir or os.environ.get('GRAPH_MLP_DATA')
    if named:
        if not Path(named).is_dir():
            source = '--data-dir' if data_dir else '$GRAPH_MLP_DATA'
            raise DataError(
                f"{source} names {named}, which is not a folder: name a folder with MNIST's four files, or leave it out"
            )
        return load_mnist(Path(named))
    folder = cache_folder()
    missing = len(CONTENT_SHA256) - len(data_files(folder))
    try:
        if missing:
            download(folder)
    except DataError as error:
        if dataset == 'mnist' or missing < len(CONTENT_SHA256):
            names = ', '.join(f'{name}.gz' for name in CONTENT_SHA256)
            raise DataError(
                f'MNIST is not complete in {folder} and cannot be downloaded: {error}; put {names} into a folder and '
                'name it with --data-dir'
            ) from None
        print(
            f"MNIST is not in {folder} and cannot be downloaded: {error}\ntraining on scikit-learn's bundled digits "
            'instead; for MNIST put its four files into a folder and name it with --data-dir',
            file=sys.stderr,
        )
        return load_digits()
    return load_mnist(folder)
