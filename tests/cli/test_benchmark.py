"""bin/benchmark as a user types it."""

import json

import pytest

from tests.cli.commands import run

SMALL = ('--tag', 'BN_elu-20-10', '--repeats', 1)


@pytest.fixture(scope='module')
def smoke(tmp_path_factory):
    """The results of a short benchmark on the digits, and its stderr."""
    folder = tmp_path_factory.mktemp('smoke')
    peers = ('--peers', 'ours', 'ours-1', 'ours', 'tensorflow1')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('PYTHONSAFEPATH', '1')
        stdout, stderr = run(folder, 'benchmark', '--dataset', 'digits', *SMALL, *peers, '--json')
    [line] = stdout
    return json.loads(line), stderr


def test_json_has_the_peers_that_are_there_each_once(smoke):
    results, stderr = smoke
    assert list(results) == ['dataset', 'tag', 'threads', 'epochs']
    assert (results['dataset'], results['tag']) == ('digits', 'BN_elu-20-10')
    assert list(results['epochs']['peers']) == ['ours', 'ours-1']
    assert results['epochs']['peers']['ours']['ratio_to_ours'] == 1
    assert stderr.count('starting ours') == 1
    assert any(line.startswith('skipped: tensorflow1 (name a Python') for line in stderr)


def test_both_loops_learn_the_same_from_the_same_weights(smoke):
    results, _ = smoke
    ours, single = results['epochs']['peers'].values()
    assert ours['accuracy'] == single['accuracy'] > 0.2


def test_a_benchmark_of_no_program_fails(tmp_path):
    _, stderr = run(tmp_path, 'benchmark', '--dataset', 'digits', *SMALL, '--peers', 'tensorflow1', status=1)
    assert stderr[-1].startswith('skipped: tensorflow1')


def test_the_whole_command_reads_the_same_data(tmp_path, mnist_folder):
    data = ('--data-dir', mnist_folder, '--dataset', 'mnist')
    stdout, stderr = run(tmp_path, 'benchmark', *SMALL, *data, '--sections', 'command', '--command-epochs', 1)
    [line] = stdout
    assert line.startswith('whole command, 1 epochs: graph_mlp ')
    assert f'--dataset mnist --data-dir {mnist_folder}' in stderr[-1]


@pytest.mark.parametrize('tag', ['PCA154_BN_elu-300-100', 'BN_ADAM_elu-300-100', 'leaky_relu-300-100', 'mine'])
def test_a_network_that_the_peers_do_not_train_is_refused(tmp_path, tag):
    stdout, [line] = run(tmp_path, 'benchmark', '--dataset', 'digits', '--tag', tag, status=2)
    assert stdout == []
    assert line.startswith(f'benchmark: --tag {tag}: the peers train on pixels, by gradient descent, with relu, elu,')
