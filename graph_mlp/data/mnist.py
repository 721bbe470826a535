"""The data sets that have names, downloaded once, and whatever else lies where the user says."""

import hashlib
import itertools
import logging
import os
import sys
import threading
from pathlib import Path

import numpy as np

from graph_mlp.data.dataset import Dataset, make_split
from graph_mlp.data.idx import FILES, data_files, read_files, read_idx
from graph_mlp.data.sets import dataset_of, load_npz, load_pictures, subfolders
from graph_mlp.errors import DataError
from graph_mlp.files import sha256

MIRRORS = {
    'mnist': ('https://storage.googleapis.com/cvdf-datasets/mnist/', 'https://ossci-datasets.s3.amazonaws.com/mnist/'),
    'fashion-mnist': ('http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',),
}
# Of the gzip files as the mirrors serve them, in the order of FILES, for the download ...
GZIP_CHECKSUMS = {
    'mnist': (
        'sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
        'sha256:3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
        'sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
        'sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
    ),
    'fashion-mnist': (  # whose makers publish MD5 alone
        'md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d', 'md5:25c81989df183df01b3e8a0aad5dffbe',
        'md5:bef4ecab320f06d8554ea6380940ec79', 'md5:bb300cfdad3c16e7a12a480ee83cd310',
    ),
}  # fmt: skip
# ... and of their content, which alone decides whether a folder holds MNIST.
CONTENT_SHA256 = (
    'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
)
TITLES = {'mnist': 'MNIST', 'fashion-mnist': 'Fashion-MNIST'}
FASHION = ('T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot')
PATIENCE = 20.0  # seconds without a first byte after which a download counts as impossible
_TIMEOUT = (4, 10)  # seconds to connect, seconds between two pieces
DIGITS_VALIDATION, DIGITS_TEST = 200, 400  # of the 1,797 digits; the other 1,197 train


def cache_folder(name: str = 'mnist') -> Path:
    """Where a data set is kept once it is downloaded."""
    import pooch

    return Path(pooch.os_cache('graph_mlp')) / name


def load_files(path: Path) -> Dataset:
    """Reads an `.npz` file, or a folder of IDX files, of one `.npz` file, or of pictures; raises DataError."""
    archives = [path] if path.is_file() else sorted(path.glob('*.npz'))
    is_idx = path.is_dir() and (bool(data_files(path)) or (len(archives) != 1 and not subfolders(path)))
    return load_mnist(path) if is_idx else load_npz(archives[0]) if len(archives) == 1 else load_pictures(path)


def load_mnist(folder: Path) -> Dataset:
    """Reads four IDX files in `folder`; splits MNIST 55,000 / 5,000 / 10,000, validation being the first 5,000.

    Another data set is accepted and named by its checksum instead of `mnist`, Fashion-MNIST by its name.
    Raises DataError where a file is missing or damaged, or where images and labels do not fit together.
    """
    paths = data_files(folder)
    missing = sorted(set(FILES) - set(paths))
    if missing:
        lacking = ', '.join(f'{name}[.gz]' for name in missing)
        raise DataError(
            f'{folder} lacks {lacking}; put them there, or one .npz file, or a folder of pictures per class'
        )
    files, class_names = read_files(paths)
    together = sha256(''.join(file.sha256 for file in files.values()).encode())
    dataset = dataset_of(folder, 'idx', together, [file.array for file in files.values()], class_names)
    if all(file.sha256 == known for file, known in zip(files.values(), CONTENT_SHA256, strict=True)):
        return dataset._replace(name='mnist', title='MNIST')
    if all(_belongs_to('fashion-mnist', name, paths[name]) for name in reversed(FILES)):  # a small file first
        return dataset._replace(name='fashion-mnist', title='Fashion-MNIST', class_names=FASHION)
    return dataset


def _belongs_to(dataset: str, name: str, path: Path) -> bool:
    """Whether a file is that of a data set: MNIST's by its content, Fashion-MNIST's as it is served."""
    if dataset == 'mnist':
        return read_idx(path, 3 if 'images' in name else 1).sha256 == CONTENT_SHA256[FILES.index(name)]
    algorithm, checksum = GZIP_CHECKSUMS[dataset][FILES.index(name)].split(':')
    return hashlib.new(algorithm, path.read_bytes()).hexdigest() == checksum


def download(folder: Path, dataset: str = 'mnist') -> None:
    """Fetches what `folder` lacks of a published data set from the first mirror that answers; a bar on stderr.

    pooch checks each file against its checksum and renames it when it is complete.
    Raises DataError, saying what was tried, where no mirror sent a byte within about 20 s, where the transfer
    stalled, or where files already there are of another data set.
    """
    for name, path in data_files(folder).items():
        if not _belongs_to(dataset, name, path):
            raise DataError(f'{path} is not {TITLES[dataset]}, the rest of its set is missing from {folder}; add it')
    failures: list[str] = []
    has_answered = threading.Event()
    # A thread, because resolving a host name has no timeout of its own.
    worker = threading.Thread(target=_fetch_missing, args=(folder, dataset, has_answered, failures), daemon=True)
    worker.start()
    if not has_answered.wait(PATIENCE):
        raise DataError(f'no answer within {PATIENCE:.0f} s from {" or ".join(MIRRORS[dataset])}')
    worker.join()
    if len(data_files(folder)) < len(FILES):
        raise DataError('; '.join(failures))


def _fetch_missing(folder: Path, dataset: str, has_answered: threading.Event, failures: list[str]) -> None:
    import pooch

    pooch.get_logger().setLevel(logging.ERROR)
    for mirror in MIRRORS[dataset]:
        try:
            known = dict(zip(FILES, GZIP_CHECKSUMS[dataset], strict=True))
            missing = sorted(known.keys() - data_files(folder).keys())
            registry = {f'{name}.gz': known[name] for name in missing}
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
    validation, train, test = (
        make_split(images[first:end], labels[first:end], 'digits') for first, end in itertools.pairwise(ends)
    )
    checksum = sha256(images.tobytes() + labels.astype(np.uint8).tobytes())
    return Dataset('digits', "scikit-learn's bundled digits (not MNIST)", checksum, train, validation, test)


def load_dataset(dataset: str | None = None, data_dir: str | Path | None = None) -> Dataset:
    """Loads 'mnist', 'digits' or 'fashion-mnist', or, with None, MNIST if it can be had and else the digits.

    What the user names, by `data_dir` or $GRAPH_MLP_DATA, a folder or an `.npz` file, is read as it is: what it lacks
    is an error. Where nothing is named, MNIST or Fashion-MNIST is downloaded once into the user's cache folder. The
    digits stand in for MNIST where that is impossible, which is said in two lines on stderr.
    Raises DataError where files are missing from a named folder, damaged or incomplete, and where a data set was asked
    for and cannot be downloaded.
    """
    if dataset == 'digits':
        return load_digits()
    named = data_dir or os.environ.get('GRAPH_MLP_DATA')
    if named:
        if not (Path(named).is_dir() or Path(named).is_file()):
            source = '--data-dir' if data_dir else '$GRAPH_MLP_DATA'
            raise DataError(f'{source} names {named}, which is not a folder or an .npz file: name one, or leave it out')
        found = load_files(Path(named))
        if dataset != 'fashion-mnist' or found.name == dataset:
            return found
        if data_dir:
            raise DataError(f'--data-dir {named} holds {found.title}, not Fashion-MNIST: drop one of the two flags')
    name = dataset if dataset in MIRRORS else 'mnist'
    folder, title = cache_folder(name), TITLES[name]
    missing = len(FILES) - len(data_files(folder))
    try:
        if missing:
            download(folder, name)
    except DataError as error:
        if dataset or missing < len(FILES):
            names = ', '.join(f'{name}.gz' for name in FILES)
            raise DataError(
                f'{title} is not complete in {folder} and cannot be downloaded: {error}; put {names} into a folder and '
                'name it with --data-dir'
            ) from None
        print(
            f"MNIST is not in {folder} and cannot be downloaded: {error}\ntraining on scikit-learn's bundled digits "
            'instead; for MNIST put its four files into a folder and name it with --data-dir',
            file=sys.stderr,
        )
        return load_digits()
    return load_mnist(folder)
