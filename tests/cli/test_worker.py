"""`graph-mlp worker`, the process that bin/study starts to train many runs."""

import csv
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.analysis.workers import Worker
from tests.cli.commands import environment
from tests.conftest import ROOT

DIGITS = ('--dataset', 'digits', '--threads', '1')
RUNS = {
    'notebook': ('--tag', 'BN_ADAM_elu-8', '--epochs', '2', '--steps-per-run', '1'),
    'compiled': ('--tag', 'PCA8_relu-9', '--epochs', '2', '--steps-per-run', '5'),
    'again': ('--tag', 'BN_ADAM_elu-8', '--epochs', '2', '--steps-per-run', '1'),
}


def started_worker(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('os.environ', environment(folder))
        return Worker(1)


@pytest.fixture(scope='module')
def worker(tmp_path_factory):
    """For the runs of several tests, as it is for those of a study."""
    worker = started_worker(tmp_path_factory.mktemp('worker'))
    yield worker
    worker.terminate()
    worker.close()


@pytest.fixture
def claim(tmp_path):
    """What a run holds while it is trained."""
    with open(tmp_path / 'claim', 'w', encoding='utf-8') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def wait_until(condition):
    limit = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


def training(saves):
    """The process id of the run elu-8, once it has trained an epoch."""
    wait_until(lambda: list(saves.glob('runs/*/checkpoints/epoch-00001')))
    return int((saves / 'runs' / 'digits_elu-8' / 'lock').read_text().split()[1].strip(','))


def results(saves, tag):
    """Weights, bit by bit, and the history without its times and the checksum, which covers them."""
    reader = tf.train.load_checkpoint(str(saves / 'model.ckpt'))
    weights = {name: reader.get_tensor(name).tobytes() for name in reader.get_variable_to_shape_map()}
    with open(saves / 'runs' / f'digits_{tag}' / 'history.csv', encoding='utf-8') as file:
        rows = [*csv.DictReader(file)]
    return weights, [{name: row[name] for name in row if not name.endswith(('seconds', 'checksum'))} for row in rows]


def test_runs_of_one_worker_equal_those_of_processes_of_their_own_to_the_last_bit(tmp_path, worker, claim):
    shared, apart = tmp_path / 'shared', tmp_path / 'apart'
    for name, arguments in RUNS.items():
        command = (*arguments, *DIGITS, '--saves-dir', str(shared / name))
        assert worker.train(command, tmp_path / 'log', claim) == 0, (tmp_path / 'log').read_text()
    for name in ('notebook', 'compiled'):
        limits = dict.fromkeys(('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS'), '1')
        command = [ROOT / 'bin' / 'train', *RUNS[name], *DIGITS, '--saves-dir', apart / name]
        subprocess.run(command, env={**environment(tmp_path), **limits}, check=True, capture_output=True)
        tag = RUNS[name][1]
        assert results(shared / name, tag) == results(apart / name, tag)
    assert results(shared / 'again', 'BN_ADAM_elu-8') == results(shared / 'notebook', 'BN_ADAM_elu-8')


LONG = ('--tag', 'elu-8', *DIGITS, '--steps-per-run', '1', '--epochs', '5000', '--saves-dir')


def test_a_run_that_is_killed_gives_the_signal_and_the_worker_trains_on(tmp_path, worker, claim):
    threading.Thread(target=lambda: os.kill(training(tmp_path), signal.SIGKILL)).start()
    assert worker.train((*LONG, str(tmp_path)), tmp_path / 'log', claim) == -signal.SIGKILL
    assert worker.train(('--help',), tmp_path / 'log', claim) == 0


def test_ctrl_c_is_left_to_the_study_and_sigterm_ends_the_run_in_order(tmp_path, claim):
    worker = started_worker(tmp_path)

    def interrupt():
        os.kill(training(tmp_path), signal.SIGINT)
        worker._process.send_signal(signal.SIGINT)
        worker.terminate()

    threading.Thread(target=interrupt).start()
    assert worker.train((*LONG, str(tmp_path)), tmp_path / 'log', claim) == 128 + signal.SIGTERM
    assert 'SIGTERM received: stopped in order' in (tmp_path / 'log').read_text().splitlines()[-1]
    assert worker._process.wait(10) == 0
    worker.close()


def test_a_run_without_its_study_and_its_worker_goes_on_and_keeps_its_claim(tmp_path, claim):
    worker = started_worker(tmp_path)
    socket.send_fds(
        worker._requests,
        [json.dumps({'arguments': [*LONG, str(tmp_path)], 'log': str(tmp_path / 'log')}).encode()],
        [claim.fileno()],
    )
    claim.close()
    worker._requests.close()  # what the study's death does
    trained = training(tmp_path)
    with open(tmp_path / 'claim', encoding='utf-8') as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    worker._process.kill()
    worker.close()
    os.kill(trained, 0)
    os.kill(trained, signal.SIGTERM)
    assert worker._process.stdout.read() == b''
    with open(tmp_path / 'claim', encoding='utf-8') as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize('idle', [0.1, 60])
def test_a_worker_ends_with_its_stdin_and_when_it_is_left_alone(idle):
    script = f'import graph_mlp.cli.worker as w; w._import_all = lambda: None; w.IDLE_SECONDS = {idle}; w.main([])'
    ours, its = socket.socketpair()
    with ours, its, subprocess.Popen([sys.executable, '-c', script], stdin=its, cwd=ROOT) as process:
        its.close()
        if idle > 1:
            ours.close()
        assert process.wait(30) == 0
