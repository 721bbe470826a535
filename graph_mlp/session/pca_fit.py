"""The fit of the PCA in a process of its own, so that the memory it takes is given back before TensorFlow needs it."""

import io
import subprocess
import sys
from typing import BinaryIO

import numpy as np

from graph_mlp.config import PIXELS
from graph_mlp.data import pca
from graph_mlp.errors import RunError, UsageError
from graph_mlp.runtime.process import own_command, return_freed_memory

COMMAND = 'pca'


def fit(images: np.ndarray, components: int) -> tuple[pca.Projection, float]:
    """`pca.fit`, in another process unless this one has imported scikit-learn already, as a study's worker has.

    The fit takes 430 MiB for a while, and scikit-learn, once it is imported, 86 MiB as long as its process runs.
    """
    if 'sklearn.decomposition' not in sys.modules:
        return fit_apart(images, components)
    result = pca.fit(images, components)
    return_freed_memory()
    return result


def fit_apart(images: np.ndarray, components: int) -> tuple[pca.Projection, float]:
    """`pca.fit` on pixels, uint8 [n, 784], in another process; raises UsageError or RunError with what it says."""
    process = subprocess.run(
        own_command(COMMAND, components), input=np.ascontiguousarray(images).reshape(-1).data, capture_output=True,
        check=False,
    )  # fmt: skip
    if process.returncode != 0:
        message = process.stderr.decode(errors='replace').strip().removeprefix(f'{COMMAND}: ')
        error = UsageError if process.returncode == UsageError.exit_status else RunError
        raise error(message or 'the process that fits the PCA was killed: is there enough memory?')
    with np.load(io.BytesIO(process.stdout), allow_pickle=False) as arrays:
        return pca.Projection(arrays['mean'], arrays['components']), float(arrays['seconds'])


def serve(stdin: BinaryIO, stdout: BinaryIO, components: int) -> None:
    """The other process: reads the pixels, one byte each, and writes mean, components and seconds as `.npz`."""
    images = np.frombuffer(stdin.read(), np.uint8).reshape(-1, PIXELS)
    projection, seconds = pca.fit(images, components)
    np.savez(stdout, **projection._asdict(), seconds=seconds)
