import json

import pytest

from graph_mlp.benchmark.results import (
    BatchSizeTime,
    CommandTimes,
    ConcurrentTime,
    EpochResults,
    ImagesTime,
    NetworkTimes,
    PeerTimes,
    Results,
    Roofline,
    ScalingTimes,
    peer_times,
    roofline,
)


def test_the_first_epoch_is_apart_from_the_median_and_the_least():
    times = peer_times([9.0, 2.0, 1.0, 4.0], [0.5, 0.6, 0.7, 0.8], 100.0, ours=[5.0, 1.0, 1.0, 1.0])
    assert (times.median_seconds, times.least_seconds, times.first_epoch_seconds) == (2.0, 1.0, 9.0)


def test_a_ratio_is_that_of_the_medians():
    assert peer_times([9.0, 3.0, 3.0], [0.5] * 3, 0.0, ours=[100.0, 2.0, 2.0]).ratio_to_ours == 1.5


def test_without_this_program_there_is_no_ratio():
    assert peer_times([9.0, 3.0], [0.5, 0.6], 0.0, ours=None).ratio_to_ours is None


@pytest.mark.parametrize(
    ('accuracies', 'seconds'),
    [([0.97, 0.9, 0.9], 8.0), ([0.9, 0.971, 0.99], 10.0), ([0.9, 0.95, 0.97], 11.0), ([0.9, 0.95, 0.9699], None)],
)
def test_seconds_to_97_percent_count_the_first_epoch_too(accuracies, seconds):
    assert peer_times([8.0, 2.0, 1.0], accuracies, 0.0, ours=None).seconds_to_97 == seconds


def test_the_accuracy_is_that_after_the_last_epoch():
    times = peer_times([1.0, 1.0], [0.99, 0.5], 100.0, ours=None)
    assert (times.accuracy, times.peak_mib) == (0.5, 100.0)


def test_the_roofline_is_the_products_at_the_median_speed():
    # 60 GFLOP at 200 GFLOP/s take 0.3 s; our median epoch of 0.6 s is twice that.
    assert roofline([100.0, 200.0, 300.0], 60.0, ours=[50.0, 0.5, 0.6, 0.7]) == Roofline(
        gflops=200.0, epoch_gflop=60.0, seconds=pytest.approx(0.3), ratio=pytest.approx(2.0)
    )


PEER = PeerTimes(2.0, 1.0, 3.0, 1.0, 0.95, None, 100.0)


def test_json_leaves_out_what_was_not_measured():
    results = Results('digits', 'relu-3', 2, EpochResults({'keras': PEER}, None))
    assert json.loads(json.dumps(results.to_json())) == {
        'dataset': 'digits',
        'tag': 'relu-3',
        'threads': 2,
        'epochs': {
            'peers': {
                'keras': {
                    'median_seconds': 2.0,
                    'least_seconds': 1.0,
                    'first_epoch_seconds': 3.0,
                    'ratio_to_ours': 1.0,
                    'accuracy': 0.95,
                    'seconds_to_97': None,
                    'peak_mib': 100.0,
                }
            }
        },
    }


def test_json_has_every_section_under_its_key():
    command = CommandTimes(60, {'ours': 30.0, 'tensorflow1': 60.0}, 0.5, 700.0)
    scaling = ScalingTimes(
        [NetworkTimes('relu-3', 1, 0.5, 0.1, {'ours': 1.0})],
        [BatchSizeTime(35, 2.0)],
        [ImagesTime(100, 3.0)],
        [ConcurrentTime(2, 4.0)],
    )
    epochs = EpochResults({}, Roofline(200.0, 60.0, 0.3, 2.0))
    record = json.loads(json.dumps(Results('mnist', 'relu-3', 2, epochs, command, scaling).to_json()))
    assert record['epochs']['roofline'] == {'gflops': 200.0, 'epoch_gflop': 60.0, 'seconds': 0.3, 'ratio': 2.0}
    assert record['command'] == {
        'epochs': 60, 'seconds': {'ours': 30.0, 'tensorflow1': 60.0}, 'ratio': 0.5, 'peak_mib': 700.0,
    }  # fmt: skip
    assert record['scaling'] == {
        'networks': [
            {'tag': 'relu-3', 'threads': 1, 'gflop': 0.5, 'products_seconds': 0.1, 'seconds': {'ours': 1.0}},
        ],
        'batch_size': [{'batch_size': 35, 'seconds': 2.0}],
        'images': [{'images': 100, 'seconds': 3.0}],
        'concurrent': [{'runs': 2, 'seconds': 4.0}],
    }
