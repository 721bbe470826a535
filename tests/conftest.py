"""Fixtures that several rooms share."""

import os
from pathlib import Path

import pytest

from graph_mlp.data.digits import load_digits
from graph_mlp.data.mnist import data_files, load_mnist
from graph_mlp.runtime.tuning import tune_tensorflow

ROOT = Path(__file__).parents[1]
RECORDED = Path(__file__).parent / 'recorded'
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
tune_tensorflow()  # so that what is tested in this process is what the commands run


def pytest_addoption(parser):
    parser.addoption('--faults', action='store_true', help='kill and damage hundreds of times instead of a few')
    parser.addoption('--tf1-python', metavar='PATH', help='a Python 3.7 with tensorflow==1.15.5, to load exports in')
    parser.addoption('--fuzz', type=int, default=150, metavar='N', help='cases per fuzzed format (default 150)')


@pytest.fixture(scope='session')
def dose(request):
    """'few' kills and damages, or with --faults 'all'."""
    return 'all' if request.config.getoption('faults') else 'few'


@pytest.fixture(scope='session')
def mnist_folder():
    """The folder that GRAPH_MLP_DATA names, where it holds MNIST."""
    folder = os.environ.get('GRAPH_MLP_DATA')
    if not folder or len(data_files(Path(folder))) < 4:
        pytest.skip('needs MNIST: set GRAPH_MLP_DATA to a folder with its four files')
    return Path(folder)


@pytest.fixture(scope='session')
def mnist(mnist_folder):
    return load_mnist(mnist_folder)


@pytest.fixture(scope='session')
def digits():
    return load_digits()
