"""`tensorflow.examples.tutorials.mnist.input_data` of TensorFlow 1.x: MNIST for a loop over `next_batch`."""

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.data.dataset import PIXEL_SCALE
from graph_mlp.data.idx import FILES, data_files
from graph_mlp.data.mnist import cache_folder, download
from graph_mlp.data.mnist import load_mnist as load_split
from graph_mlp.errors import DataError
from graph_mlp.tf1.offered import only_these_arguments, only_these_names

__getattr__ = only_these_names('input_data', ('read_data_sets', 'load_mnist', 'DataSet', 'Datasets'))


class DataSet:
    """Images and labels, and the position of `next_batch` in them, which is ordered by NumPy's global generator."""

    def __init__(
        self, images: Any, labels: Any, fake_data: bool = False, one_hot: bool = False, dtype: Any = tf.float32,
        reshape: bool = True, seed: int | None = None,
    ):  # fmt: skip
        """Seeds NumPy's generator, by the graph's seed where none is given, and prepares the images.

        Args:
            images: uint8 [n, 28, 28, 1].
            labels: uint8 [n], or float64 [n, 10] with one 1 per row.
            fake_data: 10,000 examples that do not exist, of which `next_batch(fake_data=True)` makes some up.
            one_hot: the form of the fake labels.
            dtype: tf.uint8 for pixels, tf.float32 for 0 to 1.
            reshape: whether an image becomes a row of 784.
            seed: of the order.

        Raises:
            TypeError: another dtype.
        """
        graph_seed, op_seed = tf.get_seed(seed)
        np.random.seed(graph_seed if seed is None else op_seed)
        if tf.as_dtype(dtype).base_dtype not in (tf.uint8, tf.float32):
            raise TypeError(f'Invalid image dtype {dtype!r}, expected uint8 or float32')
        if not fake_data:
            images = images.reshape(len(images), -1) if reshape else images
            images = images.astype(np.float32) * PIXEL_SCALE if tf.as_dtype(dtype) == tf.float32 else images
        self.one_hot, self.num_examples = one_hot, 10000 if fake_data else len(labels)
        self.images, self.labels = images, labels
        self.epochs_completed = self._position = 0

    @only_these_arguments
    def next_batch(self, batch_size: int, fake_data: bool = False, shuffle: bool = True) -> tuple[Any, Any]:
        """The next `batch_size` images and labels; a batch may end one epoch and begin the next.

        With `shuffle` every epoch reorders `images` and `labels`, as TensorFlow 1.x does.
        """
        if fake_data:
            return [[1] * 784] * batch_size, [[1] + [0] * 9 if self.one_hot else 0] * batch_size
        if not 1 <= batch_size <= self.num_examples:
            raise ValueError(f'batch_size {batch_size}: choose from 1 to {self.num_examples}, the number of images')
        if shuffle and self._position == self.epochs_completed == 0:
            self._reorder()
        rest = slice(self._position, self._position + batch_size)
        images, labels = self.images[rest], self.labels[rest]
        self._position += len(labels)
        missing = batch_size - len(labels)
        if missing:
            self.epochs_completed += 1
            if shuffle:
                self._reorder()
            images = np.concatenate([images, self.images[:missing]])
            labels = np.concatenate([labels, self.labels[:missing]])
            self._position = missing
        return images, labels

    def _reorder(self) -> None:
        order = np.arange(self.num_examples)
        np.random.shuffle(order)
        self.images, self.labels = self.images[order], self.labels[order]


class Datasets(NamedTuple):
    """What `read_data_sets` returns."""

    train: DataSet
    validation: DataSet
    test: DataSet


DataSets = Datasets


@only_these_arguments
def read_data_sets(
    train_dir: str, fake_data: bool = False, one_hot: bool = False, dtype: Any = tf.float32, reshape: bool = True,
    validation_size: int = 5000, seed: int | None = None, source_url: str | None = None,
) -> Datasets:  # fmt: skip
    """MNIST from its four files in `train_dir`, in $GRAPH_MLP_DATA or in this package's data folder.

    Where none has them, they are downloaded into the last; what `train_dir` lacks of them is downloaded there.
    The first `validation_size` images of the training file validate, the rest train.

    Args: fake_data, dtype, reshape, see DataSet; one_hot, whether a label is a row of ten, float64, instead of a
    number, uint8; seed of the order of `next_batch`, else the graph's; source_url is not used, since a download is
    checked against MNIST's checksums.
    Raises DataError where files are damaged or can be neither found nor downloaded.
    """
    how = {'dtype': dtype, 'reshape': reshape, 'seed': seed}
    if fake_data:
        return Datasets(*(DataSet([], [], True, one_hot, **how) for _ in range(3)))
    mnist = load_split(_folder(Path(train_dir)))
    images, labels = (np.concatenate(parts) for parts in zip(mnist.validation, mnist.train, strict=True))
    if not 0 <= validation_size < len(labels):
        raise ValueError(f'validation_size {validation_size}: choose from 0 to {len(labels) - 1}')
    splits = (
        (images[validation_size:], labels[validation_size:]),
        (images[:validation_size], labels[:validation_size]),
        mnist.test,
    )
    return Datasets(*(
        DataSet(
            images.reshape(-1, mnist.height, mnist.width, 1),
            np.eye(mnist.classes)[labels] if one_hot else labels.astype(np.uint8), **how
        )
        for images, labels in splits
    ))  # fmt: skip


def load_mnist(train_dir: str = 'MNIST-data') -> Datasets:
    """`read_data_sets` with its defaults."""
    return read_data_sets(train_dir)


def load_dataset(name: str) -> Datasets:
    """`tf.contrib.learn.datasets.load_dataset`; raises ValueError for another name than 'mnist'."""
    if name != 'mnist':
        raise ValueError(f'load_dataset: graph_mlp.tf1 has no {name}; scikit-learn has iris')
    return read_data_sets('MNIST-data')


def _folder(given: Path) -> Path:
    """The folder that has the four files."""
    own = cache_folder()
    named = os.environ.get('GRAPH_MLP_DATA')
    for folder in (given, *([Path(named)] if named else ()), own):
        if len(data_files(folder)) == len(FILES):
            return folder
    target = given if data_files(given) else own
    try:
        download(target)
    except DataError as error:
        names = ', '.join(f'{name}.gz' for name in FILES)
        raise DataError(f'MNIST is not whole in {given} ({error}); put {names} there') from None
    return target
