"""What every data set looks like to the rest of the program, and the batches that are made of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

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

    images: np.ndarray  # uint8 [n, pixels]; float32 [n, k], principal components
    labels: np.ndarray  # int32 [n], from 0


class Dataset(NamedTuple):
    """Three splits and where they come from."""

    name: str  # 'mnist', 'digits', 'fashion-mnist', or 'idx-' or 'data-' and the checksum's first eight hex digits
    title: str  # for people
    sha256: str  # of all the data: part of a run's identity
    train: Split
    validation: Split
    test: Split
    height: int = 28  # pixels
    width: int = 28
    classes: int = 10
    class_names: tuple[str, ...] = ()  # by class; empty: their numbers

    @property
    def flag(self) -> str:
        """What --dataset takes for it: its name, or 'mnist' for whatever lies where the user says."""
        return self.name if self.name in ('digits', 'fashion-mnist') else 'mnist'

    @property
    def settings(self) -> dict[str, Any]:
        """The fields of RunConfig that the data settle."""
        return {'dataset': self.name, 'height': self.height, 'width': self.width, 'classes': self.classes}

    @property
    def shared_image_count(self) -> int:
        """How many test images are training or validation images too."""
        known = {hash(image.tobytes()) for split in (self.train, self.validation) for image in split.images}
        return sum(hash(image.tobytes()) in known for image in self.test.images)

    def map_images(self, function: Callable[[np.ndarray], np.ndarray]) -> 'Dataset':
        """The same data with `function` of the images of every split, such as a projection."""
        train, validation, test = (
            Split(function(split.images), split.labels) for split in (self.train, self.validation, self.test)
        )
        return self._replace(train=train, validation=validation, test=test)


def class_name(number: int, names: Sequence[str]) -> str:
    """What people call a class: its name, or its number where it has none."""
    return names[number] if number < len(names) else str(number)


def make_split(
    images: np.ndarray, labels: np.ndarray, source: str, size: tuple[int, ...] = (28, 28), classes: int = 10
) -> Split:
    """Checks images uint8 [n, height, width] of this size and labels [n] below `classes`, and flattens the images.

    Raises DataError naming `source`.
    """
    if images.shape[1:] != size:
        found, expected = ('x'.join(map(str, each)) for each in (images.shape[1:], size))
        raise DataError(f'{source}: images of {found} pixels, expected {expected}')
    if len(images) != len(labels):
        raise DataError(f'{source}: {len(images)} images but {len(labels)} labels; use files that belong together')
    if len(images) == 0:
        raise DataError(f'{source}: no images at all')
    for label in (labels.min(), labels.max()):
        if not 0 <= label < classes:
            raise DataError(f'{source}: a label is {label}, expected 0 to {classes - 1}')
    return Split(images.reshape(len(images), -1), labels.astype(np.int32))


def epoch_order(count: int, batch_size: int, seed: int, epoch: int, keep_last: bool = False) -> list[np.ndarray]:
    """The rows of each batch of an epoch, a function of (seed, epoch) alone.

    Consecutive slices of `numpy.random.RandomState([seed, epoch]).permutation(count)`. The whole batches come
    as one int32 array [count // batch_size, batch_size]; with `keep_last` the remainder follows as a second
    array [1, count % batch_size], where there is one. Raises UsageError where no batch would be left.
    """
    steps_per_epoch(count, batch_size, keep_last)  # raises
    order = np.random.RandomState([seed, epoch]).permutation(count).astype(np.int32)
    whole = count // batch_size * batch_size
    parts = [order[:whole].reshape(-1, batch_size)] if whole else []
    return [*parts, order[whole:].reshape(1, -1)] if keep_last and whole < count else parts


def steps_per_epoch(count: int, batch_size: int, keep_last: bool = False) -> int:
    """How many batches an epoch has; raises UsageError where it has none."""
    if count < (1 if keep_last else batch_size):
        raise UsageError(
            f'batch size {batch_size} is larger than the {count} training images: choose a smaller --batch-size'
        )
    return -(-count // batch_size) if keep_last else count // batch_size


def next_batch(X: np.ndarray, y: np.ndarray, order: Iterable[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """What the notebook's loop iterates: batch after batch, as the placeholders take it.

    Args: X uint8 [n, pixels], or float32 [n, k], principal components; y int32 [n]; order, what `epoch_order`
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
    classes: int = 10

    @classmethod
    def of(cls, probabilities: np.ndarray, labels: np.ndarray) -> 'Predictions':
        """Reads them off float32 [n, classes]."""
        return cls(labels, probabilities.argmax(axis=1), probabilities.max(axis=1), probabilities.shape[1])

    def counts(self) -> np.ndarray:
        """The confusion matrix: int [classes, classes], images by true class (rows) and predicted class."""
        size = self.classes
        return np.bincount(size * self.labels + self.predicted, minlength=size**2).reshape(size, size)

    def worst_first(self) -> np.ndarray:
        """The rows of misclassified images, int [wrong], the most confident mistake first."""
        wrong = np.flatnonzero(self.labels != self.predicted)
        return wrong[np.argsort(-self.probability[wrong], kind='stable')]
