"""Which data a run uses: MNIST where it can be had, scikit-learn's digits where it cannot."""

import os
import sys
from pathlib import Path

from graph_mlp.data import mnist
from graph_mlp.data.dataset import Dataset
from graph_mlp.data.digits import load_digits
from graph_mlp.errors import DataError


def load_dataset(dataset: str | None = None, data_dir: str | Path | None = None) -> Dataset:
    """Loads 'mnist' or 'digits', or, with None, MNIST if it can be had and else the digits.

    A folder that the user names, by `data_dir` or $GRAPH_MLP_DATA, is read as it is: what it lacks is an error.
    Where none is named, MNIST is downloaded once into the user's cache folder, and the digits stand in where that
    is impossible, which is said in two lines on stderr.
    Raises DataError where files are missing from a named folder, damaged or incomplete, and where `mnist` was asked
    for and cannot be downloaded.
    """
    if dataset == 'digits':
        return load_digits()
    named = data_dir or os.environ.get('GRAPH_MLP_DATA')
    if named:
        if not Path(named).is_dir():
            source = '--data-dir' if data_dir else '$GRAPH_MLP_DATA'
            raise DataError(
                f"{source} names {named}, which is not a folder: name a folder with MNIST's four files, or leave it out"
            )
        return mnist.load_mnist(Path(named))
    return _load_or_download(is_required=dataset == 'mnist')


def _load_or_download(is_required: bool) -> Dataset:
    import pooch

    folder = Path(pooch.os_cache('graph_mlp')) / 'mnist'
    missing = len(mnist.CONTENT_SHA256) - len(mnist.data_files(folder))
    if missing:
        try:
            mnist.download(folder)
        except DataError as error:
            if is_required or missing < len(mnist.CONTENT_SHA256):
                raise DataError(
                    f'MNIST is not whole in {folder} and cannot be downloaded: {error}; '
                    f'put {", ".join(f"{name}.gz" for name in mnist.CONTENT_SHA256)} into a folder and name it with '
                    '--data-dir'
                ) from None
            print(f'MNIST is not in {folder} and cannot be downloaded: {error}', file=sys.stderr)
            print(
                "training on scikit-learn's bundled digits instead; for MNIST put its four files into a folder "
                'and name it with --data-dir',
                file=sys.stderr,
            )
            return load_digits()
    return mnist.load_mnist(folder)
