"""A run of bin/train that goes on, as a user types it, on the digits."""

import csv
import json
import signal
import time

import pytest

from graph_mlp import __version__
from graph_mlp.store.sealed import read_sealed, write_sealed
from tests.cli.commands import SMALL, run, start
from tests.faults.test_kills import results_of


@pytest.mark.parametrize('began', ['1.0.0', None])
def test_a_run_that_another_version_began_goes_on_with_a_warning(tmp_path, began):
    run(tmp_path, 'train', *SMALL, '--tag', 'old', '--epochs', 1)
    path = tmp_path / 'saves/runs/digits_old/config.json'
    record = read_sealed(path).content
    del record['identity']['graph_mlp']
    record['identity'].update({'graph_mlp': began} if began else {})
    write_sealed(path, record)
    stdout, stderr = run(tmp_path, 'train', '--tag', 'old', *SMALL, '--epochs', 2)
    assert [line.split()[0] for line in stdout] == ['1']
    warned = f'warning: graph_mlp {__version__} now, {began or "older"} before: the last bits may differ'
    assert [line for line in stderr if line.startswith('warning')] == [warned]


@pytest.mark.parametrize(('number', 'status'), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_in_order_and_the_same_command_goes_on(tmp_path, number, status):
    arguments = ('--tag', 'tanh-20-10', '--dataset', 'digits', '--epochs', 400)
    process = start(tmp_path, 'train', *arguments)
    first = process.stdout.readline()
    asked = time.monotonic()
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert time.monotonic() - asked < 10
    assert process.returncode == status, stderr
    assert 'stopped in order' in stderr.splitlines()[-1]
    done = (first + stdout).splitlines()
    _, stderr = run(
        tmp_path, 'train', '--tag', 'tanh-20-10', '--dataset', 'digits', '--epochs', len(done) + 1, status=1
    )
    assert '--epochs' in stderr[-1]  # fewer than were asked for
    with open(tmp_path / 'saves/runs/digits_tanh-20-10/history.csv') as file:
        assert len(list(csv.DictReader(file))) == len(done)


def test_a_compiled_run_that_goes_on_computes_the_same_and_evaluates_to_its_history(tmp_path):
    compiled = ('--tag', 'BN_elu-20-10', '--dataset', 'digits', '--steps-per-run', 5)
    for name, epochs in (('straight', [2]), ('resumed', [1, 2])):
        for number in epochs:
            run(tmp_path, 'train', *compiled, '--epochs', number, '--saves-dir', name)
    histories = []
    for name in ('straight', 'resumed'):
        with open(tmp_path / name / 'runs/digits_BN_elu-20-10/history.csv') as file:
            histories.append([results_of(row) for row in csv.DictReader(file)])
    assert histories[0] == histories[1]
    evaluation = json.loads(run(tmp_path, 'evaluate', '--ckpt', 'straight/model.ckpt', '--json')[0][0])
    assert evaluation['accuracy_moving'] == float(histories[0][-1]['test_accuracy_moving'])
    assert evaluation['loss_moving'] == pytest.approx(float(histories[0][-1]['test_loss_moving']), abs=1e-6)


def test_the_first_line_of_a_label_names_the_model_too(tmp_path):
    flags = ('--optimizer', 'adam', '--no-batch-norm', '--input-features', 9, '--learning-rate', 0.001)
    _, stderr = run(tmp_path, 'train', '--tag', 'second-try', *SMALL, *flags, '--epochs', 1)
    assert stderr[0].endswith(': 9-20-10-10, elu, no batch norm, Adam, rate 0.001')
    _, stderr = run(tmp_path, 'train', '--tag', 'second-try', *SMALL, '--epochs', 2)
    assert stderr[0].endswith(': 9-20-10-10, elu, no batch norm, Adam, rate 0.001')
    assert stderr[1] == 'run digits_second-try goes on from epoch 1'


def test_two_writers_of_one_run_are_kept_apart(tmp_path):
    arguments = ('--tag', 'tanh-20-10', '--dataset', 'digits', '--epochs', 400)
    process = start(tmp_path, 'train', *arguments)
    process.stdout.readline()
    try:
        [line] = run(tmp_path, 'train', *arguments, status=1)[1]
        assert f'pid {process.pid}' in line
    finally:
        process.kill()
        process.communicate()
