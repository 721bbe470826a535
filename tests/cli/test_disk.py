"""Disks that are full or cannot be written: one line, and what was there stays whole."""

import subprocess

import pytest

from tests.cli.commands import SMALL, environment, run
from tests.conftest import ROOT


def test_files_that_may_not_grow_are_one_line_and_the_same_command_resumes(tmp_path):
    train = ('train', *SMALL, '--epochs', '2')
    limited = subprocess.run(
        ['sh', '-c', f'ulimit -f 20; exec {ROOT}/bin/{" ".join(train)}'],
        cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert limited.returncode == 1
    assert 'Traceback' not in limited.stderr
    assert 'File too large' in limited.stderr.splitlines()[-1]
    assert run(tmp_path, *train)[0][-1].startswith('1 ')


@pytest.mark.parametrize('path', ['saves', 'saves/summary'])
def test_a_file_where_a_folder_should_be_ends_the_run_before_it_trains(tmp_path, path):
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text('no folder')
    stdout, stderr = run(tmp_path, 'train', *SMALL, '--epochs', 1, status=1)
    assert stdout == []
    assert path in stderr[-1]
    assert (tmp_path / path).read_text() == 'no folder'
