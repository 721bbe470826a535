"""A run of bin/train that resumes, as a user types it, on the digits."""

import csv
import signal
import time

import pytest

from tests.cli.commands import SMALL, run, start

LONG = ('--tag', 'tanh-20-10', '--dataset', 'digits')


@pytest.mark.parametrize(('number', 'status'), [(signal.SIGINT, 130), (signal.SIGUSR1, 138)])
def test_a_signal_ends_the_run_in_order_and_no_epoch_is_lost(tmp_path, number, status):
    process = start(tmp_path, 'train', *LONG, '--epochs', 400)
    first = process.stdout.readline()
    asked = time.monotonic()
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert time.monotonic() - asked < 10
    assert process.returncode == status, stderr
    assert 'stopped in order' in stderr.splitlines()[-1]
    done = (first + stdout).splitlines()
    with open(tmp_path / 'saves/runs/digits_tanh-20-10/history.csv') as file:
        assert len(list(csv.DictReader(file))) == len(done)


def test_the_first_line_of_a_label_names_the_model_too(tmp_path):
    flags = ('--optimizer', 'adam', '--no-batch-norm', '--input-features', 9, '--learning-rate', 0.001)
    run(tmp_path, 'train', '--tag', 'second-try', *SMALL, *flags, '--epochs', 1)
    _, stderr = run(tmp_path, 'train', '--tag', 'second-try', *SMALL, '--epochs', 2)
    assert ': 9-20-10-10, elu, no batch norm, Adam, rate 0.001' in stderr[0]
    assert 'epoch 1' in stderr[1]  # where it resumes


def test_two_writers_of_one_run_are_kept_apart(tmp_path):
    process = start(tmp_path, 'train', *LONG, '--epochs', 400)
    process.stdout.readline()
    try:
        [line] = run(tmp_path, 'train', *LONG, status=1)[1]
        assert f'pid {process.pid}' in line
    finally:
        process.kill()
        process.communicate()
