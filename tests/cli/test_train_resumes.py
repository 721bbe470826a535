"""A run of bin/train that resumes, as a user types it, on the digits."""

import csv
import signal
import time

from tests.cli.commands import SMALL, run, start


def test_a_signal_ends_the_run_in_order_and_no_epoch_is_lost(tmp_path):
    process = start(tmp_path, 'train', '--tag', 'tanh-20-10', '--dataset', 'digits', '--epochs', 400)
    first = process.stdout.readline()
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert time.monotonic() - asked < 10
    assert process.returncode == 130, stderr
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
