"""`tensorflow.examples.tutorials.mnist.input_data` of TensorFlow 1.x: MNIST for a loop over `next_batch`."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.data.dataset import Split, network_inputs
from graph_mlp.data.mnist import CONTENT_SHA256, data_files, download, load_mnist
from graph_mlp.errors import DataError
from graph_mlp.tf1.offered import only_these_arguments, only_these_names

__getattr__ = only_these_names('input_data', ('read_data_sets',))


class DataSet:
    """Images and labels, and the position of `next_batch` in them."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, seed: int | None):
        self.images = images  # float32 [n, 784], 0 to 1
        self.labels = labels  # uint8 [n]; with one_hot float64 [n, 10]
        self.epochs_completed = 0
        self._position = 0
        self._order = np.arange(len(labels))
        self._random = np.random.RandomState(tf.get_seed(None)[0] if seed is None else seed)

    @property
    def num_examples(self) -> int:
        """How many images there are."""
        return len(self.labels)

    @only_these_arguments
    def next_batch(self, batch_size: int, *, shuffle: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """The next `batch_size` images and labels; a batch may end one epoch and begin the next.

        With `shuffle` every epoch has an order of its own: for a seed, that of TensorFlow 1.x's helper. `images` and
        `labels` keep theirs, where TensorFlow 1.x reordered them.
        """
        if not 1 <= batch_size <= self.num_examples:
            raise ValueError(f'batch_size {batch_size}: choose from 1 to {self.num_examples}, the number of images')
        if shuffle and self._position == self.epochs_completed == 0:
            self._random.shuffle(self._order)
        rows = self._order[self._position : self._position + batch_size]
        self._position += len(rows)
        missing = batch_size - len(rows)
        if missing:
            self.epochs_completed += 1
            if shuffle:
                self._order = self._order[self._random.permutation(self.num_examples)]
            rows = np.concatenate([rows, self._order[:missing]])
            self._position = missing
        return self.images[rows], self.labels[rows]


class Datasets(NamedTuple):
    """What `read_data_sets` returns."""

    train: DataSet
    validation: DataSet
    test: DataSet


@only_these_arguments
def read_data_sets(
    train_dir: str, *, one_hot: bool = False, validation_size: int = 5000, seed: int | None = None
) -> Datasets:
    """MNIST from its four files in `train_dir`; what is missing is downloaded there first, as in TensorFlow 1.x.

    The first `validation_size` images of the training file validate, the rest train. `seed` orders `next_batch`;
    without it the graph's seed does, and where there is none every call has another order.
    Raises DataError where files are damaged or can be neither found nor downloaded.
    """
    folder = Path(train_dir)
    if len(data_files(folder)) < len(CONTENT_SHA256):
        try:
            download(folder)
        except DataError as error:
            names = ', '.join(f'{name}.gz' for name in CONTENT_SHA256)
            raise DataError(f'MNIST is not whole in {folder} ({error}); put {names} there') from None
    mnist = load_mnist(folder)
    images, labels = (np.concatenate(parts) for parts in zip(mnist.validation, mnist.train, strict=True))
    if not 0 <= validation_size < len(labels):
        raise ValueError(f'validation_size {validation_size}: choose from 0 to {len(labels) - 1}')
    splits = (
        Split(images[validation_size:], labels[validation_size:]),
        Split(images[:validation_size], labels[:validation_size]),
        mnist.test,
    )
    return Datasets(*(
        DataSet(
            network_inputs(split.images), np.eye(10)[split.labels] if one_hot else split.labels.astype(np.uint8), seed
        )
        for split in splits
    ))  # fmt: skip
