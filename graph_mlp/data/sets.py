"""Data sets of the user's own, in an `.npz` file or a folder of pictures, and how any set of files is split."""

import math
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from graph_mlp.config import MOST_PIXELS
from graph_mlp.data import idx
from graph_mlp.data.dataset import Dataset, Split, class_name, make_split
from graph_mlp.data.pca import read_array
from graph_mlp.errors import DataError
from graph_mlp.files import open_regular, sha256

VALIDATION = 5_000  # images, the first of MNIST's training file
NPZ_ARRAYS = ('x_train', 'y_train', 'x_test', 'y_test')


def load_npz(path: Path) -> Dataset:
    """Reads an `.npz` file like Keras's, without pickle; raises DataError where it is another one, or damaged."""
    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            arrays = [read_array(archive, name, _check) for name in NPZ_ARRAYS]
    except Exception as error:  # zipfile and NumPy's header parser raise a dozen kinds, tokenize.TokenError too
        raise DataError(f'{path} is not an .npz file with {", ".join(NPZ_ARRAYS)}: {error}') from None
    return dataset_of(path, 'data', sha256(path), arrays)


def _check(name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
    is_images = name.startswith('x')
    is_right = dtype == np.uint8 if is_images else dtype.kind in 'iu'
    if not is_right or len(shape) != (3 if is_images else 1) or math.prod(shape) * dtype.itemsize > idx.MAX_CONTENT:
        raise ValueError(f'{name} is {dtype} {list(shape)}, not uint8 [n, height, width], or integers [n] for labels')


def load_pictures(folder: Path) -> Dataset:
    """Reads pictures of one size, a subfolder for each class, in `train` and `test` or in the folder itself.

    The subfolders' sorted names are the classes'. Without `test` the first of every five pictures of a class, by name,
    test. Raises DataError.
    """
    from graph_mlp.data.pictures import one_line

    train = folder / 'train' if subfolders(folder / 'train') else folder
    names = subfolders(train)
    if train != folder and (others := set(subfolders(folder)) - {'train', 'test'}):
        advice = 'move it away, or its pictures into train, of which a tenth validates'
        raise DataError(f'{folder / min(others)} is neither train nor test: {advice}')
    images, labels = _read(train, names)
    if train != folder and subfolders(folder / 'test'):
        arrays = [images, labels, *_read(folder / 'test', names)]
    else:
        held = every(labels, 5)
        arrays = [images[~held], labels[~held], images[held], labels[held]]
    names = tuple(map(one_line, names))
    parts = [*names, *(f'{array.shape} {sha256(array.tobytes())}' for array in arrays)]
    return dataset_of(folder, 'data', sha256('/'.join(parts).encode()), arrays, names)


def subfolders(folder: Path) -> tuple[str, ...]:
    """The names of a folder's folders, sorted, without hidden ones; none where there is no folder."""
    paths = folder.iterdir() if folder.is_dir() else ()
    return tuple(sorted(path.name for path in paths if path.is_dir() and not path.name.startswith('.')))


def _read(folder: Path, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 [n, height, width] and labels int32 [n]; raises DataError naming the file."""
    from graph_mlp.data.picture import rounded
    from graph_mlp.data.pictures import files_of, read_picture

    images: dict[str, np.ndarray] = {}
    labels: list[int] = []
    for name in subfolders(folder):
        path = str(folder / name)
        try:
            if name not in names:
                raise DataError('it is no class of the training pictures')
            for path in files_of(path):  # noqa: B020
                images[path] = rounded(read_picture(path))
                labels.append(names.index(name))
                first, image = next(iter(images.items()))
                if images[path].shape != image.shape:
                    sizes = (f'{one.shape[1]} x {one.shape[0]} pixels' for one in (images[path], image))
                    raise DataError(f'it has {next(sizes)}, {first} has {next(sizes)}: give all one size')
                if image.size * len(images) > idx.MAX_CONTENT:
                    raise DataError('with it the pictures have more than 1 GiB: use fewer or smaller ones')
        except DataError as error:
            raise DataError(f'{path}: {error}') from None
    return np.stack([*images.values()]), np.array(labels, np.int32)


def dataset_of(
    source: Path, kind: str, checksum: str, arrays: Sequence[np.ndarray], class_names: tuple[str, ...] = ()
) -> Dataset:
    """Finds size and classes, and takes validation images from the training images.

    The first 5,000 validate, as MNIST's do; of images of another size, of other than ten classes, or of no more images,
    the first of every ten of a class, or of as many more as leave about 5,000.

    Args: kind, what its name begins with; checksum of all the data, in hex; arrays, training images uint8
    [n, height, width], their labels [n], test images, their labels; class_names, empty: numbers to the largest label.
    Raises DataError where these do not fit together, or a class has fewer than two images to train and validate with.
    """
    images, labels, test_images, test_labels = arrays
    height, width = size = images.shape[1:]
    classes = len(class_names) or min(int(labels.max(initial=1)) + 1, len(labels))
    if not 0 < min(size) <= max(size) <= MOST_PIXELS:
        raise DataError(f'{source}: images of {height} x {width} pixels, expected sides from 1 to {MOST_PIXELS}')
    train = make_split(images, labels, f'{source}, training images', size, classes)
    test = make_split(test_images, test_labels, f'{source}, test images', size, classes)
    count, counts = len(labels), np.bincount(train.labels, minlength=classes)
    if classes < 2:
        raise DataError(f'{source}: all images are of one class, expected two classes or more')
    if counts.min() < 2:
        rare = class_name(int(counts.argmin()), class_names)
        raise DataError(f'{source}: class {rare} has {counts.min()} images to train and validate with, expected 2')
    parts: Any = slice(VALIDATION), slice(VALIDATION, None)  # which copy nothing
    if (*size, classes) != (28, 28, 10) or count <= VALIDATION:
        parts = (held := every(train.labels, max(10, -(-count // VALIDATION)))), ~held
    validation, train = (Split(train.images[rows], train.labels[rows]) for rows in parts)
    name, title = f'{kind}-{checksum[:8]}', f'data of {source} (not MNIST, checksum {checksum[:8]})'
    return Dataset(name, title, checksum, train, validation, test, height, width, classes, class_names)


def every(labels: np.ndarray, number: int) -> np.ndarray:
    """Which images are the first of every `number` of their class, in their order: bool [n]."""
    held = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        held[np.flatnonzero(labels == label)[::number]] = True
    return held
