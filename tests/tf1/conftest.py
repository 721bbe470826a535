"""`graph_mlp.tf1` for tests in this process, where other tests need eager execution, and a small MNIST."""

import gzip
import json
import struct
import subprocess
import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tensorflow

from tests.cli.commands import environment
from tests.conftest import RECORDED, ROOT


@pytest.fixture
def tf():
    """The module, in a new default graph."""
    import graph_mlp.tf1

    tensorflow.disable_eager_execution()
    with tensorflow.Graph().as_default():
        yield graph_mlp.tf1
    tensorflow.reset_default_graph()  # `enable_eager_execution` refuses to follow a used default graph
    tensorflow.enable_eager_execution()


@pytest.fixture
def run_python(tmp_path):
    """Runs code with these arguments in a process of its own, in `folder`; returns its stdout.

    `quietly` makes sure that nothing is on stderr.
    """

    def run(code, *arguments, folder=tmp_path, quietly=False):
        done = subprocess.run(
            [sys.executable, '-c', code, *map(str, arguments)], cwd=folder, capture_output=True, text=True,
            check=False, timeout=600, env={**environment(tmp_path), 'PYTHONPATH': str(ROOT)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert not (quietly and done.stderr)
        return done.stdout

    return run


@pytest.fixture(scope='session')
def as_recorded():
    """Checks what a program of programs.py has computed against the record of TensorFlow 1.15."""
    files = [json.loads((RECORDED / name).read_text()) for name in ('layers.json', 'seeded.json')]
    recorded = {name: values for file in files for name, values in file.items()}
    return lambda computed, name: check(computed, recorded[name], name)


def check(computed, recorded, where):
    """Names and counts are equal, numbers as close as two kernels' last bits."""
    if isinstance(recorded, dict):
        assert list(computed) == list(recorded), where
        for key in recorded:
            check(computed[key], recorded[key], f'{where}, {key}')
    elif recorded and isinstance(recorded, list) and isinstance(recorded[0], (list, float)):
        for number, (one, other) in enumerate(zip(computed, recorded, strict=True)):
            check(one, other, f'{where}, {number}')
    elif isinstance(recorded, float):
        assert computed == pytest.approx(recorded, rel=1e-5, abs=2e-6), where
    else:
        assert computed == recorded, where


@pytest.fixture(scope='session')
def small_mnist(tmp_path_factory):
    """A folder with 5,104 training images, each of one grey level, and 3 of the test; image n has label n % 10."""
    folder = tmp_path_factory.mktemp('tf1') / 'MNIST_data'
    folder.mkdir()
    for name, count in (('train', 5104), ('t10k', 3)):
        images = np.repeat((np.arange(count) % 256).astype(np.uint8), 784).tobytes()
        labels = (np.arange(count) % 10).astype(np.uint8).tobytes()
        with gzip.open(folder / f'{name}-images-idx3-ubyte.gz', 'wb', compresslevel=1) as file:
            file.write(struct.pack('>4i', 2051, count, 28, 28) + images)
        with gzip.open(folder / f'{name}-labels-idx1-ubyte.gz', 'wb') as file:
            file.write(struct.pack('>2i', 2049, count) + labels)
    return folder
