"""Disks that are full or cannot be written: one line, and what was there stays whole."""

import os
import subprocess

import pytest

from tests.cli.commands import environment, run
from tests.conftest import ROOT


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 240 KiB."""
    folder = tmp_path / 'disk'
    folder.mkdir()
    command = ['mount', '-t', 'tmpfs', '-o', 'size=240k', 'tmpfs', str(folder)]
    if os.getuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip('needs root and the right to mount')
    yield folder
    subprocess.run(['umount', '-l', str(folder)], check=True)


def test_a_disk_that_fills_up_ends_in_one_line_and_the_run_goes_on_elsewhere(small_disk, tmp_path):
    train = (
        'train',
        '--tag',
        'BN_elu-20',
        '--dataset',
        'digits',
        '--epochs',
        4,
        '--keep',
        'all',
        '--saves-dir',
        small_disk,
    )
    _, stderr = run(tmp_path, *train, status=1)
    assert 'make room' in stderr[-1]
    assert not list(small_disk.glob('**/.partial-*/*.index'))
    subprocess.run(['mount', '-o', 'remount,size=20m', str(small_disk)], check=True)
    stdout, _ = run(tmp_path, *train)
    assert stdout[-1].startswith('3 ')
    run(tmp_path, 'evaluate', '--ckpt', small_disk)


def test_a_summary_folder_that_cannot_be_written_to_ends_the_run_before_it_trains(tmp_path):
    (tmp_path / 'saves').mkdir()
    (tmp_path / 'saves/summary').write_text('a file where a folder should be')
    train = ('train', '--tag', 'elu-4', '--dataset', 'digits', '--epochs', 1)
    stdout, stderr = run(tmp_path, *train, status=1)
    assert stdout == []
    assert 'saves/summary' in stderr[-1]
    (tmp_path / 'saves/summary').unlink()
    run(tmp_path, *train)


def test_files_that_may_not_grow_are_one_line_with_the_reason_and_the_same_command_goes_on(tmp_path):
    train = f'{ROOT}/bin/train --tag elu-20 --dataset digits --epochs 2'
    limited = subprocess.run(
        ['sh', '-c', f'ulimit -f 20; exec {train}'],
        cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert limited.returncode == 1
    assert 'Traceback' not in limited.stderr
    assert 'File too large' in limited.stderr.splitlines()[-1]
    stdout, _ = run(tmp_path, 'train', *train.split()[1:])
    assert stdout[-1].startswith('1 ')


def test_a_folder_that_cannot_be_read_is_one_line(tmp_path):
    (tmp_path / 'saves').write_text('a file where a folder should be')
    [line] = run(tmp_path, 'train', '--dataset', 'digits', '--epochs', 1, status=1)[1]
    assert line.startswith('train: cannot write to saves/runs')
    assert (tmp_path / 'saves').read_text() == 'a file where a folder should be'
