"""Which data a run uses: MNIST where it can be had, scikit-learn's digits where it cannot."""

import os
import sys
from pathlib import Path

from graph_mlp.data import mnist
from graph_mlp.data.dataset import Dataset
from graph_mlp.data.digits import load_digits
from graph_mlp.errors import DataError


def data_folder(data_dir: str | None) -> Path:
    """`--data-dir`, else `$GRAPH_MLP_DATA`, else `graph_mlp/mnist` in the user's cache folder."""
    named = data_dir or os.environ.get('GRAPH_MLP_DATA')
    if named:
        return Path(named)
    import pooch

    return Path(pooch.os_cache('graph_mlp')) / 'mnist'


def load_dataset(dataset: str | None, data_dir: str | None) -> Dataset:
    """Loads 'mnist' or 'digits', or, with None, MNIST if it is there or can be downloaded and else the digits.

    The fall-back is announced in two lines on stderr. Raises DataError where files are damaged or incomplete,
    and where `mnist` was asked for and is neither there nor downloadable.
    """
    if dataset == 'digits':
        return load_digits()
    folder = data_folder(data_dir)
    missing = len(mnist.CONTENT_SHA256) - len(mnist.data_files(folder))
    if missing:
        try:
            mnist.download(folder)
        except DataError as error:
            if dataset == 'mnist' or missing < len(mnist.CONTENT_SHA256):
                raise DataError(
                    f'MNIST is not whole in {folder} and cannot be downloaded: {error}; '
                    f'put {", ".join(f"{name}.gz" for name in mnist.CONTENT_SHA256)} there'
                ) from None
            print(f'MNIST is not in {folder} and cannot be downloaded: {error}', file=sys.stderr)
            print(
                "training on scikit-learn's bundled digits instead; for MNIST put its four files into a folder "
                'and name it with --data-dir',
                file=sys.stderr,
            )
            return load_digits()
    return mnist.load_mnist(folder)
