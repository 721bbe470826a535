"""The notebook's optional PCA: fitted once on the training images, kept beside the checkpoint."""

import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from graph_mlp.data.dataset import network_inputs
from graph_mlp.errors import DataError, UsageError
from graph_mlp.files import open_regular

BLOCK = 4096  # images converted at a time: all of MNIST's training images take 172 MB in float32


class Projection(NamedTuple):
    """An affine map from pixels to principal components."""

    mean: np.ndarray  # float32 [pixels]
    components: np.ndarray  # float32 [k, pixels], orthonormal rows, largest variance first

    def project(self, images: np.ndarray) -> np.ndarray:
        """`(images - mean) @ components.T`: pixels, uint8 or scaled float32 [n, pixels], to float32 [n, k]."""
        projected = np.empty((len(images), len(self.components)), np.float32)
        for first in range(0, len(images), BLOCK):
            block = slice(first, first + BLOCK)
            np.matmul(network_inputs(images[block]) - self.mean, self.components.T, out=projected[block])
        return projected

    def equals(self, other: 'Projection') -> bool:
        """Whether both project alike, to the last bit."""
        return all(map(np.array_equal, self, other))

    def save(self, file: BinaryIO) -> None:
        """Writes both arrays to an open `.npz` file."""
        np.savez(file, mean=self.mean, components=self.components)


def fit(images: np.ndarray, components: int) -> tuple[Projection, float]:
    """Fits scikit-learn's PCA on pixels, uint8 or scaled float32 [n, pixels]; returns it and the seconds of the fit.

    The notebook's `PCA(n_components=k)`, with the solver pinned: what `auto` picks depends on scikit-learn's
    version and on the shape, and one of its picks is random. `covariance_eigh` is exact and the fastest here.
    Signs are scikit-learn's: a component's entry of largest magnitude is positive (in 1.0 it was the projection's).
    """
    from sklearn.decomposition import PCA

    if components > len(images):
        raise UsageError(f'{components} input features from {len(images)} images: choose at most {len(images)}')
    start = time.perf_counter()
    # In double precision: the covariance squares the condition number, and float32 would show it.
    double = np.empty(images.shape, np.float64)
    for first in range(0, len(images), BLOCK):
        double[first : first + BLOCK] = network_inputs(images[first : first + BLOCK])
    pca = PCA(n_components=components, svd_solver='covariance_eigh').fit(double)
    seconds = time.perf_counter() - start
    return Projection(pca.mean_.astype(np.float32), pca.components_.astype(np.float32)), seconds


def load(path: Path, components: int, pixels: int = 784) -> Projection:
    """Reads what `Projection.save` wrote, without pickle.

    Raises DataError where the file is missing, damaged, or not float arrays [pixels] and [components, pixels]; the
    shapes are read and compared before the arrays are allocated.
    """
    expected_shapes = {'mean': (pixels,), 'components': (components, pixels)}

    def check(name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
        if shape != expected_shapes[name] or dtype not in (np.float32, np.float64):
            raise ValueError(f'{name} is {dtype} {list(shape)}, expected float32 {list(expected_shapes[name])}')

    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            mean, rows = (read_array(archive, name, check).astype(np.float32) for name in expected_shapes)
    except FileNotFoundError:
        raise DataError(f'{path} is missing: it holds the PCA that belongs to the checkpoint') from None
    except Exception as error:  # zipfile and NumPy's header parser raise a dozen kinds, tokenize.TokenError too
        raise DataError(f'{path} is not the PCA of {components} components: {error}') from None
    return Projection(mean, rows)


def load_given(path: Path, components: int, pixels: int = 784) -> Projection:
    """`load` of a file that the user names, which may be made of pixels to 255; raises DataError then too."""
    projection = load(path, components, pixels)
    if abs(projection.mean).max() > 2:
        raise DataError(f'{path} is not a PCA of pixels from 0 to 1: its mean goes to {projection.mean.max():g}')
    return projection


def read_array(
    archive: zipfile.ZipFile, name: str, check: Callable[[str, tuple[int, ...], np.dtype], object]
) -> np.ndarray:
    """An array of an `.npz` file, without pickle; not read where `check` raises, given its name, shape and dtype."""
    with archive.open(f'{name}.npy') as file:
        version = np.lib.format.read_magic(file)
        if version != (1, 0):
            raise ValueError(f'{name} is written in format {version}, expected (1, 0)')
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    check(name, shape, dtype)
    with archive.open(f'{name}.npy') as file:
        array: np.ndarray = np.lib.format.read_array(file, allow_pickle=False)
    if not np.isfinite(array).all():
        raise ValueError(f'{name} holds numbers that are not finite')
    return array
