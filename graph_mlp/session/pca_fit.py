"""Fits the PCA in a process of its own: scikit-learn, once imported, would keep 86 MiB for the whole run."""

import io
import signal
import subprocess
import sys
from typing import BinaryIO

import numpy as np

from graph_mlp.config import PIXELS
from graph_mlp.data import pca
from graph_mlp.errors import RunError
from graph_mlp.runtime.process import last_line, own_command, return_freed_memory

COMMAND = 'pca'


def fit(images: np.ndarray, components: int) -> tuple[pca.Projection, float]:
    """`pca.fit` on pixels, uint8 [n, 784], in another process unless this one has imported scikit-learn already.

    A study's worker has, and whoever trains on scikit-learn's digits.
    """
    if 'sklearn' not in sys.modules:
        return fit_in_own_process(images, components)
    result = pca.fit(images, components)
    return_freed_memory()
    return result


def fit_in_own_process(images: np.ndarray, components: int) -> tuple[pca.Projection, float]:
    """`pca.fit` on pixels, uint8 [n, 784], in another process.

    Raises UsageError where there are fewer images than components; RunError where the process fails, whose cause says
    what the process printed.
    """
    pca.check_components(components, len(images))
    process = subprocess.run(
        own_command(COMMAND, components, '--debug'),
        input=images.astype(np.uint8, casting='safe', copy=False).reshape(-1).data,
        capture_output=True,
        check=False,
    )
    printed = process.stderr.decode(errors='replace')
    if process.returncode != 0:
        raise RunError(f'the PCA was not fitted: {_reason(process)}') from ChildProcessError(printed)
    sys.stderr.write(printed)
    with np.load(io.BytesIO(process.stdout), allow_pickle=False) as arrays:
        return pca.Projection(arrays['mean'], arrays['components']), float(arrays['seconds'])


def _reason(process: subprocess.CompletedProcess[bytes]) -> str:
    if process.returncode == -signal.SIGKILL:
        return 'its process was killed; is there enough memory?'
    if process.returncode < 0:
        return f'its process was ended by {signal.Signals(-process.returncode).name}'
    if not process.stderr.strip():
        return f'its process ended with status {process.returncode}'
    return last_line(process.stderr)


def fit_stdin(stdin: BinaryIO, stdout: BinaryIO, components: int) -> None:
    """What the other process does: reads pixels, a byte each, and writes mean, components and seconds as `.npz`."""
    images = np.frombuffer(stdin.read(), np.uint8).reshape(-1, PIXELS)
    projection, seconds = pca.fit(images, components)
    np.savez(stdout, **projection._asdict(), seconds=seconds)
