"""What peers share, and that every peer that is installed here learns the same from the same batches."""

import importlib.util
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from graph_mlp.benchmark.measure import PEERS, SCRIPTS, Job, peer, write_job
from graph_mlp.benchmark.peers import protocol
from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import epoch_order, network_inputs
from graph_mlp.runtime.process import available_cores

JOB = SimpleNamespace(
    config={'seed': 7, 'batch_size': 3}, kernel_shapes=[[784, 300], [300, 10]], labels=np.arange(10, dtype=np.int32)
)


def test_the_order_of_an_epoch_is_that_of_bin_train():
    [expected] = epoch_order(10, batch_size=3, seed=7, epoch=5)
    np.testing.assert_array_equal(protocol.Job.order(JOB, 5), expected)


def test_data_in_order_is_the_batches_one_after_another():
    job = SimpleNamespace(order=lambda epoch: np.array([[3, 1], [0, 2]]), labels=np.arange(10, 20))
    images, labels = protocol.Job.in_order(job, np.arange(10), 0)
    assert (images.tolist(), labels.tolist()) == ([3, 1, 0, 2], [13, 11, 10, 12])


def test_pixels_are_scaled_as_the_network_takes_them():
    pixels = np.arange(256, dtype=np.uint8)
    assert protocol.Job.scaled(pixels).dtype == np.float32
    np.testing.assert_array_equal(protocol.Job.scaled(pixels), network_inputs(pixels))


def test_a_kernel_is_uniform_within_glorots_limits():
    for kernel, shape in zip(protocol.Job.kernels(JOB), JOB.kernel_shapes, strict=True):
        limit = np.sqrt(6 / sum(shape))
        assert (kernel.dtype, list(kernel.shape)) == (np.float32, shape)
        assert np.abs(kernel).max() == pytest.approx(limit, rel=2e-3)
        assert kernel.mean() == pytest.approx(0, abs=0.03 * limit)
        assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=2e-2)


def test_every_question_has_one_answer_and_what_a_library_prints_is_none(tmp_path, digits):
    write_job(tmp_path, digits, Job(RunConfig(batch_size=5), 7, [[0]]), 'cpu')
    # Its accuracy is the number of rows that it was trained on.
    (tmp_path / 'peer.py').write_text(f"""
import os, sys
sys.path.insert(0, {str(SCRIPTS)!r})
import protocol
job, rows = protocol.Job(), []
print('a banner of a library')
os.system('echo a line of a child')
job.serve(prepared=job.order, epoch=rows.extend, accuracy=lambda: sum(map(len, rows)))
""")
    process = subprocess.run(
        [sys.executable, str(tmp_path / 'peer.py'), str(tmp_path), ''],
        input='ready\nepoch 0\nepoch 1\naccuracy\npeak\n', capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    ready, *seconds, accuracy, peak_mib = map(float, process.stdout.split())
    assert (ready, accuracy) == (0, 10)  # a batch of five, twice
    assert [0 < value < 1 for value in seconds] == [True, True]
    assert 10 < peak_mib < 1000
    assert sorted(process.stderr.splitlines()) == ['a banner of a library', 'a line of a child']


@pytest.fixture(
    scope='module',
    params=[pytest.param(False, id='plain'), pytest.param(True, id='batch norm', marks=pytest.mark.heavy)],
)
def job(request, tmp_path_factory, digits):
    """A job on the digits, whether it has batch norm, and the accuracies of the notebook's loop after two epochs."""
    folder = tmp_path_factory.mktemp('job')
    config = RunConfig(hidden_sizes=(20, 10), batch_norm=request.param, batch_size=35, dataset='digits')
    write_job(folder, digits, Job(config, len(digits.train.labels), [available_cores()[:1]]), 'cpu')
    return folder, config.batch_norm, accuracies('ours-1', folder)


def accuracies(name, folder, tf1_python=None):
    """Test accuracy before training and after each of two epochs."""
    with peer(name, folder, available_cores()[:1], tf1_python) as ask:
        return [ask('accuracy'), *(ask(request) for epoch in (0, 1) for request in (f'epoch {epoch}', 'accuracy'))][::2]


@pytest.mark.parametrize('name', [name for name in PEERS if name not in ('ours-1', 'sklearn')])
def test_it_learns_what_the_notebooks_loop_learns(job, name, request, monkeypatch):
    monkeypatch.delenv('TF2_BEHAVIOR', raising=False)  # which today's TensorFlow has set in this process
    folder, batch_norm, expected = job
    python = request.config.getoption('tf1_python') if name == 'tensorflow1' else None
    module = {'ours': 'tensorflow', 'tensorflow1': 'sys'}.get(name, name.split('-')[0])
    if not importlib.util.find_spec(module) or (name == 'tensorflow1' and not python):
        pytest.skip(f'{name} is not installed here')
    if batch_norm and name in ('keras', 'torch', 'torch-compile'):
        pytest.skip('its accuracy is by moving averages')
    assert expected[2] > expected[0] + 0.05
    # Two of the 400 images: a rounding may move an image across the border between two classes.
    assert accuracies(name, folder, python) == pytest.approx(expected, abs=2 / 400)
