"""A smoke run of bin/benchmark, and its arithmetic."""

import json

import pytest

from graph_mlp.benchmark.report import disagreements, table
from tests.cli.commands import run


def row(accuracy):
    times = {'median_seconds': 2.0, 'least_seconds': 1.0, 'first_epoch_seconds': 3.0, 'seconds_to_97': None}
    return {**times, 'ratio_to_ours': 1.0, 'accuracy': accuracy, 'peak_mib': 100.0}


def test_a_peer_that_learns_something_else_is_named():
    results = {'epochs': {'peers': {'ours': row(0.95), 'keras': row(0.954), 'jax': row(0.94), 'sklearn': row(0.5)}}}
    [line] = disagreements(results)
    assert line.startswith('jax learned to 0.9400')
    assert sum(line.startswith('| Keras') for line in table(results)) == 1


@pytest.mark.parametrize('section', ['epochs'])
def test_a_smoke_run_on_the_digits(tmp_path, section):
    arguments = (
        '--dataset',
        'digits',
        '--tag',
        'BN_elu-20-10',
        '--repeats',
        1,
        '--peers',
        'ours',
        'ours-1',
        'tensorflow1',
    )
    stdout, stderr = run(tmp_path, 'benchmark', *arguments, '--sections', section, '--json', '--figure', 'bench.png')
    results = json.loads(stdout[0])
    assert results['dataset'] == 'digits'
    assert set(results['epochs']['peers']) == {'ours', 'ours-1'}
    assert results['epochs']['roofline']['gflops'] > 0
    assert any(line.startswith('skipped: tensorflow1') for line in stderr)
    assert (tmp_path / 'bench.png').read_bytes().startswith(b'\x89PNG')
