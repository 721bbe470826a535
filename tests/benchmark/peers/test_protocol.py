import json

import numpy as np
import pytest

from graph_mlp.benchmark.peers.protocol import Job
from graph_mlp.benchmark.workers import write_job
from graph_mlp.config import RunConfig
from graph_mlp.data.batches import epoch_order
from graph_mlp.data.dataset import Dataset, Split
from graph_mlp.data.pixels import network_inputs

PIXELS = np.full((5, 784), 51, np.uint8)
SPLIT = Split(PIXELS, np.arange(5, dtype=np.int32))
TINY = Dataset('digits', 'five grey images', '0', SPLIT, SPLIT, SPLIT)


def job(folder, **settings):
    """A job of five images in batches of 2."""
    write_job(folder, TINY, RunConfig((3, 2), batch_size=2, seed=7, **settings), 1, 'auto', None)
    return Job(folder)


def test_the_order_is_the_trainers(tmp_path):
    order = job(tmp_path).order(4)
    [expected] = epoch_order(5, batch_size=2, seed=7, epoch=4)
    assert order.shape == (2, 2)
    np.testing.assert_array_equal(order, expected)


def test_scaled_pixels_are_the_networks_inputs(tmp_path):
    scaled = job(tmp_path).scaled(PIXELS)
    assert scaled.dtype == np.float32
    np.testing.assert_array_equal(scaled, network_inputs(PIXELS))
    assert scaled[0, 0] == pytest.approx(0.2)


def test_layers_come_from_the_input_to_the_output(tmp_path):
    hidden, output = job(tmp_path).layers()
    assert [[array.shape for array in layer] for layer in hidden] == [
        [(784, 3), (3,), (3,), (3,)],
        [(3, 2), (2,), (2,), (2,)],
    ]
    assert [array.shape for array in output] == [(2, 10), (10,)]
    _, _, gamma, beta = hidden[0]
    assert (gamma.tolist(), beta.tolist()) == ([1, 1, 1], [0, 0, 0])


def test_without_batch_norm_gamma_and_beta_are_none(tmp_path):
    hidden, _ = job(tmp_path, batch_norm=False).layers()
    assert [layer[2:] for layer in hidden] == [[None, None], [None, None]]


def test_images_labels_and_settings_are_the_folders(tmp_path):
    read = job(tmp_path)
    np.testing.assert_array_equal(read.pixels, PIXELS)
    assert read.train_labels.tolist() == read.test_labels.tolist() == [0, 1, 2, 3, 4]
    assert read.settings == json.loads((tmp_path / 'settings.json').read_text())
