import sys

import pytest

from graph_mlp.benchmark import measure
from graph_mlp.benchmark.measure import Bench, _timed
from graph_mlp.config import RunConfig
from graph_mlp.errors import RunError


@pytest.fixture
def bench(digits):
    """One hidden layer of 3 units on 2 features, in batches of 100, so that an epoch of the digits has 11 steps."""
    return Bench(digits, RunConfig((3,), input_features=2, batch_size=100, dataset='digits'), 1, 'cpu', None)


def test_the_first_epoch_counts_for_no_median(bench):
    row = bench._row([5.0, 2.0, 4.0, 3.0], [0.5] * 4, 100.0, None)
    assert (row['first_epoch_seconds'], row['median_seconds'], row['least_seconds']) == (5.0, 3.0, 2.0)


def test_a_ratio_is_of_the_medians(bench):
    assert bench._row([5.0, 2.0, 4.0, 3.0], [0.5] * 4, 100.0, ours=[9.0, 1.0, 2.0, 3.0])['ratio_to_ours'] == 3 / 2


def test_without_ours_there_is_no_ratio(bench):
    assert bench._row([5.0, 2.0], [0.5] * 2, 100.0, None)['ratio_to_ours'] is None


def test_the_seconds_to_97_per_cent_are_those_of_every_epoch_until_then(bench):
    row = bench._row([5.0, 2.0, 4.0, 3.0], [0.90, 0.96, 0.97, 0.98], 100.0, None)
    assert row['seconds_to_97'] == 5 + 2 + 4


def test_97_per_cent_that_were_never_reached_took_no_time(bench):
    assert bench._row([5.0, 2.0], [0.90, 0.96], 100.0, None)['seconds_to_97'] is None


def test_accuracy_is_that_after_the_last_epoch_and_the_peak_is_kept(bench):
    row = bench._row([5.0, 2.0, 4.0], [0.90, 0.98, 0.96], 100.0, None)
    assert (row['accuracy'], row['peak_mib']) == (0.96, 100.0)


# 11 steps of 100 images; three products in the layer 3 x 10, two in the layer 2 x 3.
EPOCH_GFLOP = 11 * 2 * 100 * (3 * 3 * 10 + 2 * 2 * 3) / 1e9


def test_the_roofline_is_the_epochs_arithmetic_at_the_median_speed(bench):
    roofline = bench._roofline([1.0, 8.0, 2.0], [9.0, 4 * EPOCH_GFLOP, EPOCH_GFLOP, 2 * EPOCH_GFLOP])
    assert roofline == {
        'roofline': {
            'gflops': 2.0,
            'epoch_gflop': pytest.approx(EPOCH_GFLOP),
            'seconds': pytest.approx(EPOCH_GFLOP / 2),
            'ratio': pytest.approx(4.0),  # the median of ours is twice EPOCH_GFLOP, the first epoch left out
        }
    }


@pytest.mark.parametrize(('gflops', 'ours'), [([], [1.0, 1.0]), ([1.0], None)])
def test_without_a_speed_or_without_ours_there_is_no_roofline(bench, gflops, ours):
    assert bench._roofline(gflops, ours) == {}


class FakeWorker:
    """A peer whose epoch E takes E + 1 seconds and ends at an accuracy of E / 10; 'jax' does not start."""

    questions = ()  # of all peers, in order

    def __init__(self, name, job, threads, tf1_python=None):
        if name == 'jax':
            raise RunError('peer jax ended: no module')
        self._name, self._accuracy = name, None

    def epoch(self, number):
        FakeWorker.questions += ((self._name, number),)
        self._accuracy = number / 10
        return number + 1.0

    def ask(self, question):
        return {'accuracy': {'accuracy': self._accuracy}, 'roofline': {'gflops': 2.0}}[question]

    def quit(self):
        return 50.0


@pytest.fixture
def fake_workers(monkeypatch):
    """Peers that answer at once."""
    monkeypatch.setattr(FakeWorker, 'questions', ())
    monkeypatch.setattr(measure, 'Worker', FakeWorker)
    return FakeWorker


def test_peers_train_in_turns(bench, fake_workers):
    bench.epochs(['keras', 'ours'], 2, lambda line: None)
    assert fake_workers.questions == tuple((name, epoch) for epoch in range(3) for name in ('keras', 'ours'))


@pytest.mark.usefixtures('fake_workers')
def test_a_peer_that_does_not_start_is_skipped_and_named(bench):
    lines = []
    measured = bench.epochs(['jax', 'keras'], 1, lines.append)
    assert list(measured['peers']) == ['keras']
    assert 'skipped: peer jax ended: no module' in lines


@pytest.mark.usefixtures('fake_workers')
def test_every_peer_is_compared_with_ours(bench):
    measured = bench.epochs(['keras', 'ours'], 2, lambda line: None)
    assert measured['peers']['keras'] == {
        'median_seconds': 2.5, 'least_seconds': 2.0, 'first_epoch_seconds': 1.0, 'ratio_to_ours': 1.0,
        'accuracy': 0.2, 'seconds_to_97': None, 'peak_mib': 50.0,
    }  # fmt: skip
    assert measured['roofline']['gflops'] == 2.0


def test_a_command_that_fails_is_named_with_its_status():
    with pytest.raises(RunError, match=r'raise SystemExit\(3\) ended with 3'):
        _timed([sys.executable, '-c', 'raise SystemExit(3)'])
