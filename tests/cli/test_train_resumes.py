"""A run of bin/train that resumes, as a user types it, on the digits."""

import csv
import signal
import time

import pytest

from tests.cli.commands import SMALL, run, start


@pytest.mark.parametrize(
    ('number', 'status'), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGUSR1, 138)]
)
def test_a_signal_ends_the_run_in_order_and_the_same_command_resumes(tmp_path, number, status):
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


def test_the_first_line_of_a_label_names_the_model_too(tmp_path):
    flags = ('--optimizer', 'adam', '--no-batch-norm', '--input-features', 9, '--learning-rate', 0.001)
    _, stderr = run(tmp_path, 'train', '--tag', 'second-try', *SMALL, *flags, '--epochs', 1)
    assert ': 9-20-10-10, elu, no batch norm, Adam, rate 0.001, on the processor' in ' '.join(stderr)
    _, stderr = run(tmp_path, 'train', '--tag', 'second-try', *SMALL, '--epochs', 2)
    assert ': 9-20-10-10, elu, no batch norm, Adam, rate 0.001, on the processor' in stderr[0]
    assert stderr[1] == 'run digits_second-try resumes from epoch 1'


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
