"""Every peer that is installed here begins with the same weights and learns the same from the same batches."""

import pytest

from graph_mlp.benchmark.workers import PEERS, Worker, missing_requirement, write_job
from graph_mlp.config import RunConfig
from graph_mlp.runtime.process import available_cores

OTHERS = [name for name in PEERS if name not in ('ours-1', 'sklearn', 'tensorflow1')]


@pytest.fixture(scope='module', params=[False, True], ids=['plain', 'batch norm'])
def job(request, tmp_path_factory, digits):
    """A job on the digits, whether it has batch norm, and the accuracies of the notebook's loop after two epochs."""
    folder = tmp_path_factory.mktemp('job')
    config = RunConfig((20, 10), 'elu', batch_norm=request.param, dataset='digits')
    write_job(folder, digits, config, threads=1, device='cpu', images=None)
    return folder, config.batch_norm, accuracies('ours-1', folder)


def accuracies(name, folder):
    """Test accuracy before training and after each of two epochs."""
    with Worker(name, folder, available_cores()[:1]) as worker:
        measured = [worker.accuracy()]
        for epoch in range(2):
            worker.epoch(epoch)
            measured.append(worker.accuracy())
    return measured


@pytest.mark.parametrize('name', OTHERS)
def test_it_learns_what_the_notebooks_loop_learns(job, name):
    folder, batch_norm, expected = job
    if requirement := missing_requirement(name, None):
        pytest.skip(requirement)
    if batch_norm and name in ('keras', 'torch', 'torch-compile'):
        pytest.skip('its accuracy is by moving averages')
    assert expected[2] > expected[0] + 0.05
    # Two of the 400 images: a rounding may move an image across the border between two classes.
    assert accuracies(name, folder) == pytest.approx(expected, abs=2 / 400)
