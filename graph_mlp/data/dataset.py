"""What every data set looks like to the rest of the program."""

from typing import NamedTuple

import numpy as np

from graph_mlp.errors import DataError

SPLITS = ('train', 'validation', 'test')


class Split(NamedTuple):
    """Images and their classes."""

    images: np.ndarray  # uint8 [n, 784], pixels; float32 [n, k], principal components
    labels: np.ndarray  # int32 [n], 0 to 9

    def without_images(self) -> 'Split':
        """The labels alone, where the images are held elsewhere."""
        return self._replace(images=np.empty((len(self.labels), 0), self.images.dtype))


class Inputs(NamedTuple):
    """Three splits that a network trains and is measured on: all pixels, or all principal components."""

    train: Split
    validation: Split
    test: Split


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

    def without_training_images(self) -> 'Dataset':
        """What is left of it once the training images, 43 MB of MNIST's, are in the graph."""
        return self._replace(train=self.train.without_images())

    @property
    def inputs(self) -> Inputs:
        """The pixels themselves, for a network without PCA."""
        return Inputs(self.train, self.validation, self.test)


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
