"""MNIST from four files: those in a folder or downloaded ones, verified, split as in 2017."""

import hashlib
import logging
import threading
from pathlib import Path
from typing import Any

from graph_mlp.data.dataset import Dataset, make_split
from graph_mlp.data.idx import read_idx
from graph_mlp.errors import DataError

MIRRORS = (
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
)
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


def data_files(folder: Path) -> dict[str, Path]:
    """Which of the four files lie in `folder`, by name without `.gz`; where both forms do, the plain one."""
    paths = {}
    for name in CONTENT_SHA256:
        for path in (folder / name, folder / f'{name}.gz'):
            if path.exists():
                paths[name] = path
                break
    return paths


def load_mnist(folder: Path) -> Dataset:
    """Reads the four files in `folder`; splits 55,000 / 5,000 / 10,000, validation being the first 5,000.

    Another data set of the same shape is accepted and named by its checksum instead of `mnist`.
    Raises DataError where a file is missing, damaged, or not of 28 x 28 images and labels 0 to 9.
    """
    paths = data_files(folder)
    missing = sorted(set(CONTENT_SHA256) - set(paths))
    if missing:
        raise DataError(f'{folder} lacks {", ".join(f"{name}[.gz]" for name in missing)}; put the file there')
    files = {name: read_idx(path, 3 if 'images' in name else 1) for name, path in paths.items()}
    train = make_split(
        files['train-images-idx3-ubyte'].array, files['train-labels-idx1-ubyte'].array, f'{folder}, train files'
    )
    test = make_split(
        files['t10k-images-idx3-ubyte'].array, files['t10k-labels-idx1-ubyte'].array, f'{folder}, t10k files'
    )
    if len(train.labels) <= VALIDATION:
        raise DataError(
            f'{folder}: {len(train.labels)} training images, of which {VALIDATION} would validate; use more'
        )
    checksums = {name: file.sha256 for name, file in files.items()}
    together = hashlib.sha256(''.join(checksums[name] for name in CONTENT_SHA256).encode()).hexdigest()
    is_mnist = checksums == CONTENT_SHA256
    return Dataset(
        name='mnist' if is_mnist else f'idx-{together[:8]}',
        title='MNIST' if is_mnist else f'data of {folder} (not MNIST, checksum {together[:8]})',
        sha256=together,
        train=type(train)(*(part[VALIDATION:] for part in train)),
        # Copies: a view would keep the training images in memory.
        validation=type(train)(*(part[:VALIDATION].copy() for part in train)),
        test=test,
    )


def download(folder: Path) -> None:
    """Fetches what `folder` lacks of MNIST from the first mirror that answers; a bar on stderr.

    Each file is checked against its SHA-256 and appears by rename of the whole (pooch).
    Raises DataError, saying what was tried, where no mirror sent a byte within about 20 s, where the transfer
    stalled, or where files already there are of another data set.
    """
    for name, path in data_files(folder).items():
        if read_idx(path, 3 if 'images' in name else 1).sha256 != CONTENT_SHA256[name]:
            raise DataError(f'{path} is not MNIST and the other files of its set are missing from {folder}; add them')
    failures: list[str] = []
    progress = _Progress()
    # A thread, because resolving a host name has no timeout of its own.
    worker = threading.Thread(target=_fetch_missing, args=(folder, progress, failures), daemon=True)
    worker.start()
    worker.join(PATIENCE)
    if worker.is_alive() and not progress.has_begun:
        raise DataError(f'no answer within {PATIENCE:.0f} s from {" or ".join(MIRRORS)}')
    worker.join()
    if len(data_files(folder)) < len(GZIP_SHA256):
        raise DataError('; '.join(failures))


def _fetch_missing(folder: Path, progress: '_Progress', failures: list[str]) -> None:
    import pooch

    pooch.get_logger().setLevel(logging.ERROR)
    for mirror in MIRRORS:
        try:
            registry = {
                f'{name}.gz': f'sha256:{GZIP_SHA256[name]}' for name in GZIP_SHA256.keys() - data_files(folder).keys()
            }
            source = pooch.create(path=folder, base_url=mirror, registry=registry)
            for name in sorted(registry):
                source.fetch(name, downloader=pooch.HTTPDownloader(progressbar=progress, timeout=_TIMEOUT))
            return
        except Exception as error:  # whatever a network can raise: the next mirror may do better
            failures.append(f'{mirror} failed ({_innermost(error)})')


def _innermost(error: BaseException) -> str:
    while cause := error.__cause__ or error.__context__:
        error = cause
    return f'{type(error).__name__}: {error}'.splitlines()[0][:120]


class _Progress:
    """pooch's progress protocol: shows a tqdm bar, and knows whether a first byte has come."""

    def __init__(self) -> None:
        self.has_begun = False
        self.total = 0
        self._bar: Any = None

    def update(self, size: int) -> None:
        import tqdm

        if self._bar is None:
            self._bar = tqdm.tqdm(total=self.total, unit='B', unit_scale=True, desc='MNIST', leave=False)
        self.has_begun = self.has_begun or size > 0
        self._bar.update(size)

    def reset(self) -> None:
        self.close()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar = None
