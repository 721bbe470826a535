import json
import subprocess
import sys

import numpy as np
import pytest

from graph_mlp.benchmark.peers.protocol import Job
from graph_mlp.benchmark.workers import SCRIPTS
from graph_mlp.data.batches import epoch_order
from graph_mlp.data.pixels import network_inputs

SETTINGS = {
    'seed': 7, 'batch_size': 3, 'pixel_scale': 0.5,
    'hidden_layer_names': [['hidden1', 'batch_normalization'], ['hidden2', 'batch_normalization_1']],
}  # fmt: skip
IMAGES = np.arange(20, dtype=np.uint8).reshape(10, 2)


def kernels():
    """Weights without batch norm, each kernel of a number of its own."""
    weights = {}
    for number, name in enumerate(('hidden1', 'hidden2', 'output')):
        weights[f'{name}/kernel'] = np.full((2, 2), number, np.float32)
        weights[f'{name}/bias'] = np.full(2, 10 + number, np.float32)
    return weights


def folder_of_job(folder, weights=None, **settings):
    """What `write_job` writes, of ten images of two pixels."""
    (folder / 'settings.json').write_text(json.dumps({**SETTINGS, **settings}))
    for name in ('train', 'test'):
        np.save(folder / f'{name}_images.npy', IMAGES)
        np.save(folder / f'{name}_labels.npy', np.arange(10, dtype=np.int32))
    np.savez(folder / 'weights.npz', **(weights or kernels()))
    return folder


def test_the_order_of_an_epoch_is_that_of_bin_train(tmp_path):
    [expected] = epoch_order(10, batch_size=3, seed=7, epoch=5)
    np.testing.assert_array_equal(Job(folder_of_job(tmp_path)).order(5), expected)


def test_every_image_is_in_one_batch_at_most(tmp_path):
    order = Job(folder_of_job(tmp_path)).order(0)
    assert order.shape == (3, 3)  # the tenth image fills no batch
    assert len(set(order.ravel())) == 9


def test_pixels_are_scaled_as_the_network_takes_them(tmp_path):
    job = Job(folder_of_job(tmp_path, pixel_scale=float(np.float32(1 / 255))))
    assert job.scaled(job.pixels).dtype == np.float32
    np.testing.assert_array_equal(job.scaled(job.pixels), network_inputs(IMAGES))


def test_layers_without_batch_norm_have_neither_gamma_nor_beta(tmp_path):
    hidden, output = Job(folder_of_job(tmp_path)).layers()
    assert [(kernel[0, 0], bias[0], gamma, beta) for kernel, bias, gamma, beta in hidden] == [
        (0, 10, None, None),
        (1, 11, None, None),
    ]
    assert [value.flat[0] for value in output] == [2, 12]


def test_a_layer_with_batch_norm_has_the_gamma_and_beta_of_its_own_scope(tmp_path):
    weights = kernels()
    for number, scope in enumerate(('batch_normalization', 'batch_normalization_1')):
        weights[f'{scope}/gamma'] = np.full(2, 20 + number, np.float32)
        weights[f'{scope}/beta'] = np.full(2, 30 + number, np.float32)
    hidden, _ = Job(folder_of_job(tmp_path, weights)).layers()
    assert [(gamma[0], beta[0]) for _, _, gamma, beta in hidden] == [(20, 30), (21, 31)]


# Its "accuracy" is the number of rows it was trained on.
PEER = f"""
import os, sys
sys.path.insert(0, {str(SCRIPTS)!r})
import protocol

class Counting(protocol.Peer):
    def __init__(self, job):
        super().__init__(job)
        print('a banner of a library')
        os.system('echo a line of a child')
        self.rows = 0

    def epoch(self, order):
        self.rows += order.size

    def accuracy(self):
        return self.rows

protocol.serve(Counting)
"""


@pytest.fixture(scope='module')
def answers(tmp_path_factory):
    """What the peer answers to two epochs, `accuracy` and `quit`, and whatever else it prints on stderr."""
    folder = folder_of_job(tmp_path_factory.mktemp('job'))
    (folder / 'peer.py').write_text(PEER)
    process = subprocess.run(
        [sys.executable, str(folder / 'peer.py'), str(folder)],
        input='epoch 0\nepoch 1\naccuracy\nquit\naccuracy\n', capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return [json.loads(line) for line in process.stdout.splitlines()], process.stderr


def test_every_question_has_one_answer_until_quit(answers):
    records, _ = answers
    assert [list(record) for record in records] == [['ready'], ['seconds'], ['seconds'], ['accuracy'], ['peak_mib']]


def test_a_peer_trains_on_the_order_of_each_epoch(answers):
    assert answers[0][3] == {'accuracy': 18.0}  # three batches of three, twice


def test_what_a_library_prints_is_no_answer(answers):
    records, stderr = answers
    assert records[0] == {'ready': True}
    assert sorted(stderr.splitlines()) == ['a banner of a library', 'a line of a child']
