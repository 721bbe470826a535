"""Fixtures and helpers that several packages share."""

import os
import time
from pathlib import Path

import msgspec
import pytest

from graph_mlp.config import RunConfig
from graph_mlp.data.idx import data_files
from graph_mlp.data.mnist import load_digits, load_mnist
from graph_mlp.runtime.startup import compiler_flags, quiet_tensorflow
from graph_mlp.tags import parse_tag

ROOT = Path(__file__).parents[1]
RECORDED = Path(__file__).parent / 'recorded'
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
# What is tested in this process is what the commands run.
with quiet_tensorflow(compiler_flags(RunConfig(), threads=2)):
    import tensorflow.compat.v1 as tf


def wait_until(condition, seconds=120):
    """Fails where the condition does not come true within so many seconds."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, f'not within {seconds} s'
        time.sleep(0.02)


def pytest_addoption(parser):
    parser.addoption('--faults', action='store_true', help='every case; kill and damage hundreds of times, not a few')
    parser.addoption('--tf1-python', metavar='PATH', help='a Python 3.7 with tensorflow==1.15.5, to load exports in')
    parser.addoption('--fuzz', type=int, default=100, metavar='N', help='cases per fuzzed format (default 100)')


def pytest_collection_modifyitems(config, items):
    if not config.getoption('faults'):
        items[:] = [item for item in items if not item.get_closest_marker('heavy')]


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


@pytest.fixture
def train(tmp_path, monkeypatch):
    """Trains a small run on the digits in this process, as bin/train does; returns its Run.

    The pictures for TensorBoard, which take a second, are drawn where they are asked for.
    """
    from graph_mlp.start import Options, start
    from graph_mlp.store.run import Run

    monkeypatch.setenv('TF_XLA_FLAGS', '--tf_xla_persistent_cache_directory=')  # the user's cache is left alone

    def trained(tag='relu-4', saves='saves', options=None, pictures=False, **given):
        if not pictures:
            monkeypatch.setattr('graph_mlp.summaries.dashboards.pictures', lambda *arguments: tf.Summary())
        options = Options(**{'saves': str(tmp_path / saves), 'dataset': 'digits', 'threads': 1, **(options or {})})
        start(tag, {**(parse_tag(tag) or {}), 'epochs': 2, **given}, options)
        return Run(tmp_path / saves, f'digits_{tag}')

    return trained


@pytest.fixture
def results():
    """What a run has computed: its weights and slots, and its metrics but for the seconds."""

    def found(run):
        state = run.newest_state()
        reader = tf.train.load_checkpoint(str(state.checkpoint.prefix))
        weights = {name: reader.get_tensor(name).tobytes() for name in reader.get_variable_to_shape_map()}
        history = [msgspec.structs.replace(row, train_seconds=0.0, evaluation_seconds=0.0) for row in state.history]
        return weights, history

    return found
