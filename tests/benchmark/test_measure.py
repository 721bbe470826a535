import sys

import pytest

from graph_mlp.benchmark import measure
from graph_mlp.benchmark.measure import Benchmark, Machine, timed
from graph_mlp.benchmark.results import PeerTimes
from graph_mlp.config import RunConfig
from graph_mlp.errors import RunError
from graph_mlp.runtime.process import available_cores
from tests.benchmark.scripts import SERVE, use_scripts

CONFIG = RunConfig((2,), dataset='digits')
MACHINE = Machine(available_cores()[:1], device='cpu', data_dir=None, tf1_python=None)


@pytest.fixture
def benchmark(digits):
    """Of a network of two hidden units; its progress lines are in `progress`."""
    progress = []
    benchmark = Benchmark(digits, CONFIG, MACHINE, progress.append)
    benchmark.progress = progress
    return benchmark


class TimedWorker:
    """A peer whose epoch E takes E + 1 seconds and ends at an accuracy of E / 10."""

    def __init__(self, name, job, cores, tf1_python=None):
        self._accuracy = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def epoch(self, number):
        self._accuracy = number / 10
        return number + 1.0

    def accuracy(self):
        return self._accuracy

    def gflops(self):
        return 2.0

    def quit(self):
        return 50.0


def test_peers_train_in_turns(benchmark, monkeypatch):
    monkeypatch.setattr(measure, 'Worker', TimedWorker)
    benchmark.epochs(['keras', 'ours'], repeats=1)
    assert benchmark.progress == [
        'starting keras', 'starting ours',
        'epoch 0 keras 1.000 s', 'epoch 0 ours 1.000 s', 'epoch 1 keras 2.000 s', 'epoch 1 ours 2.000 s',
    ]  # fmt: skip


def test_every_peer_is_compared_with_ours(benchmark, monkeypatch):
    monkeypatch.setattr(measure, 'Worker', TimedWorker)
    measured = benchmark.epochs(['keras', 'ours'], repeats=2)
    assert list(measured.peers) == ['keras', 'ours']
    assert measured.peers['keras'] == PeerTimes(
        median_seconds=2.5, least_seconds=2.0, first_epoch_seconds=1.0, ratio_to_ours=1.0, accuracy=0.2,
        seconds_to_97=None, peak_mib=50.0,
    )  # fmt: skip
    assert measured.roofline.gflops == 2.0


def test_the_roofline_counts_the_products_of_whole_batches(benchmark, tmp_path, monkeypatch):
    use_scripts(monkeypatch, tmp_path, {'ours': SERVE})
    # 1197 images are 17 batches of 70; a step of 784-2-10 is 2 * 70 * (3 * (1568 + 20) - 1568) operations.
    roofline = benchmark.epochs(['ours'], repeats=1).roofline
    assert roofline.epoch_gflop == pytest.approx(17 * 447_440 / 1e9)
    assert (roofline.gflops, roofline.seconds) == (100.0, pytest.approx(17 * 447_440 / 1e11))


def test_without_this_program_there_is_no_roofline(benchmark, tmp_path, monkeypatch):
    use_scripts(monkeypatch, tmp_path, {'other': SERVE})
    results = benchmark.epochs(['other'], repeats=1)
    assert results.roofline is None
    assert results.peers['other'].ratio_to_ours is None


def test_a_peer_that_cannot_start_is_left_out_and_named(benchmark, tmp_path, monkeypatch):
    use_scripts(monkeypatch, tmp_path, {'ours': SERVE, 'other': "sys.exit('no such device')"})
    results = benchmark.epochs(['ours', 'other'], repeats=1)
    assert list(results.peers) == ['ours']
    assert 'skipped: peer other ended: no such device' in benchmark.progress


def test_a_peer_that_ends_while_it_trains_ends_the_benchmark(benchmark, tmp_path, monkeypatch):
    use_scripts(monkeypatch, tmp_path, {'ours': SERVE, 'other': 'Fake.epoch = lambda *_: sys.exit(3)\n' + SERVE})
    with pytest.raises(RunError, match='peer other ended'):
        benchmark.epochs(['ours', 'other'], repeats=1)


def test_a_command_that_fails_is_one_line_with_its_last_one():
    script = "import sys; print('first', file=sys.stderr); sys.exit('last')"
    with pytest.raises(RunError, match=r'ended with exit status 1: last$'):
        timed([sys.executable, '-c', script], available_cores())


def test_a_command_is_timed_from_start_to_exit():
    usage = timed([sys.executable, '-c', 'import time; time.sleep(0.3)'], available_cores())
    assert usage.seconds > 0.3
    assert usage.peak_mib > 1


def test_a_command_runs_on_the_cores_that_it_is_given():
    last = available_cores()[-1]
    waits = f'import os, time; time.sleep(0.3); assert os.sched_getaffinity(0) == {{{last}}}, os.sched_getaffinity(0)'
    timed([sys.executable, '-c', waits], [last])
