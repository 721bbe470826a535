"""`graph_mlp.tf1` for tests in this process, where other tests need eager execution, and a small MNIST."""

import gzip
import struct

import numpy as np
import pytest
import tensorflow.compat.v1 as tensorflow


@pytest.fixture
def tf():
    """The module, in a new default graph."""
    import graph_mlp.tf1

    tensorflow.disable_eager_execution()
    with tensorflow.Graph().as_default():
        yield graph_mlp.tf1
    tensorflow.reset_default_graph()  # `enable_eager_execution` refuses to follow a used default graph
    tensorflow.enable_eager_execution()


@pytest.fixture(scope='session')
def small_mnist(tmp_path_factory):
    """A folder with 5,104 training images, each of one grey level, and 3 of the test; image n has label n % 10."""
    folder = tmp_path_factory.mktemp('tf1') / 'MNIST_data'
    folder.mkdir()
    for name, count in (('train', 5104), ('t10k', 3)):
        levels = np.arange(count) % 256
        images = np.repeat(levels.astype(np.uint8), 784).tobytes()
        labels = (np.arange(count) % 10).astype(np.uint8).tobytes()
        with gzip.open(folder / f'{name}-images-idx3-ubyte.gz', 'wb', compresslevel=1) as file:
            file.write(struct.pack('>4i', 2051, count, 28, 28) + images)
        with gzip.open(folder / f'{name}-labels-idx1-ubyte.gz', 'wb') as file:
            file.write(struct.pack('>2i', 2049, count) + labels)
    return folder
