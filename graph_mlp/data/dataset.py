"""What every data set looks like to the rest of the program."""

from typing import NamedTuple

import numpy as np

from graph_mlp.errors import DataError

SPLITS = ('train', 'validation', 'test')


class Split(NamedTuple):
    """Images and their classes."""

    images: np.ndarray  # uint8 [n, 784]; float32 [n, k] after PCA
    labels: np.ndarray  # int32 [n], 0 to 9


class Inputs(NamedTuple):
    """Three splits as the network takes them: uint8 pixels, or float32 principal components [n, k]."""

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
    def inputs(self) -> Inputs:
        """The pixels themselves, for a network without PCA."""
        return Inputs(self.train, self.validation, self.test)


def scaled(images: np.ndarray) -> np.ndarray:
    """Pixels 0 to 255 as float32 in [0, 1]: `float32(pixel) * float32(1 / 255)`, as TensorFlow's 2017 helper did."""
    return images.astype(np.float32) * np.float32(1 / 255)


def as_fed(images: np.ndarray) -> np.ndarray:
    """What the placeholder X takes: pixels scaled, principal components as they are."""
    return scaled(images) if images.dtype == np.uint8 else images


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
