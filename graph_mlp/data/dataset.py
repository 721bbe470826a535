"""What every data set looks like to the rest of the program, and the batches that are made of it."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from graph_mlp.errors import DataError, UsageError

SPLITS = ('train', 'validation', 'test')
PIXEL_SCALE = np.float32(1 / 255)


def network_inputs(images: np.ndarray) -> np.ndarray:
    """Images as the placeholder X takes them, float32 of the same shape.

    uint8 is pixels, 0 to 255, which become `float32(pixel) * float32(1 / 255)` in [0, 1], as TensorFlow's 2017
    helper did; float32 is what the network takes already, scaled pixels or principal components.
    """
    return images.astype(np.float32) * PIXEL_SCALE if images.dtype == np.uint8 else images


class Split(NamedTuple):
    """Images and their classes."""

    images: np.ndarray  # uint8 [n, 784], pixels; float32 [n, k], principal components
    labels: np.ndarray  # int32 [n], 0 to 9


class Dataset(NamedTuple):
    """Three splits and where they come from."""

    name: str  # 'mnist', 'digits' or 'idx-' and the first eight hex digits of the checksum
    title: str  # for people
    sha256: str  # of all the data: part of a run's identity
    train: Split
    validation: Split
    test: Split

    @property
    def flag(self) -> str:
        """What --dataset takes for it: 'digits', or 'mnist' for MNIST's four files, whatever they hold."""
        return 'digits' if self.name == 'digits' else 'mnist'

    def map_images(self, function: Callable[[np.ndarray], np.ndarray]) -> 'Dataset':
        """The same data with `function` of the images of every split, such as a projection."""
        train, validation, test = (
            Split(function(split.images), split.labels) for split in (self.train, self.validation, self.test)
        )
        return self._replace(train=train, validation=validation, test=test)


def make_split(images: np.ndarray, labels: np.ndarray, source: str) -> Split:
    """Checks images [n, 28, 28] and labels [n] and flattens them; raises DataError naming `source`."""
    if images.shape[1:] != (28, 28):
        raise DataError(f'{source}: images of {"x".join(map(str, images.shape[1:]))} pixels, expected 28x28')
    if len(images) != len(labels):
        raise DataError(f'{source}: {len(images)} images but {len(labels)} labels; use files that belong together')
    if len(images) == 0:
        raise DataError(f'{source}: no images at all')
    if labels.max() > 9:
        raise DataError(f'{source}: a label is {labels.max()}, expected 0 to 9')
    return Split(images.reshape(len(images), 784), labels.astype(np.int32))


def epoch_steps(count: int, batch_size: int, keep_last: bool = False) -> int:
    """How many batches an epoch of so many images has."""
    return -(-count // batch_size) if keep_last else count // batch_size


def epoch_order(count: int, batch_size: int, seed: int, epoch: int, keep_last: bool = False) -> list[np.ndarray]:
    """The rows of each batch of an epoch, a function of (seed, epoch) alone.

    Consecutive slices of `numpy.random.RandomState([seed, epoch]).permutation(count)`. The whole batches come
    as one int32 array [count // batch_size, batch_size]; with `keep_last` the remainder follows as a second
    array [1, count % batch_size], where there is one. Raises UsageError where no batch would be left.
    """
    order = np.random.RandomState([seed, epoch]).permutation(count).astype(np.int32)
    whole = count // batch_size * batch_size
    parts = [order[:whole].reshape(-1, batch_size)] if whole else []
    if keep_last and whole < count:
        parts.append(order[whole:].reshape(1, -1))
    if not parts:
        raise UsageError(f'batch size {batch_size} is larger than the {count} training images: choose a smaller one')
    return parts


def next_batch(X: np.ndarray, y: np.ndarray, order: Iterable[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """What the notebook's loop iterates: batch after batch, as the placeholders take it.

    Args: X uint8 [n, 784], pixels, or float32 [n, k], principal components; y int32 [n]; order, what `epoch_order`
    returns, arrays int [steps, batch] of rows. Yields (X_batch float32 [batch, features], y_batch [batch]).
    """
    for steps in order:
        for rows in steps:
            yield network_inputs(X[rows]), y[rows]


class Predictions(NamedTuple):
    """What a network says of n images."""

    labels: np.ndarray  # int [n], the true classes
    predicted: np.ndarray  # int [n], the most probable class
    probability: np.ndarray  # float32 [n], of the predicted class

    @classmethod
    def of(cls, probabilities: np.ndarray, labels: np.ndarray) -> 'Predictions':
        """Reads them off float32 [n, 10]."""
        return cls(labels, probabilities.argmax(axis=1), probabilities.max(axis=1))

    def counts(self) -> np.ndarray:
        """The confusion matrix: int [10, 10], images by true class (rows) and predicted class."""
        return np.bincount(10 * self.labels + self.predicted, minlength=100).reshape(10, 10)

    def worst_first(self) -> np.ndarray:
        """The rows of misclassified images, int [wrong], the most confident mistake first."""
        wrong = np.flatnonzero(self.labels != self.predicted)
        return wrong[np.argsort(-self.probability[wrong], kind='stable')]
