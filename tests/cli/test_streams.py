"""Standard streams that are closed, as `>&-` leaves them."""

import subprocess

import pytest

from tests.cli.commands import environment
from tests.conftest import ROOT

TRAIN = 'train --dataset digits --tag elu-4 --epochs 1 --steps-per-run 5'


def shell(folder, command):
    return subprocess.run(
        f'{ROOT}/bin/{command}',
        shell=True,
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize('closed', ['>&-', '<&- >&- 2>&-'])
def test_a_command_whose_streams_are_closed_does_its_work_and_writes_to_no_other_file(tmp_path, closed):
    done = shell(tmp_path, f'{TRAIN} {closed}')
    assert done.returncode == 0, done.stderr
    assert 'NoneType' not in done.stderr
    assert (tmp_path / 'saves/model.ckpt.index').exists()
    [line] = (tmp_path / 'saves/runs/digits_elu-4/lock').read_text().splitlines()
    assert line.startswith('pid ')


def test_an_answer_that_goes_nowhere_is_said_to_be_lost(tmp_path):
    assert shell(tmp_path, 'compare >&-').stderr.splitlines()[0] == (
        'warning: standard output is closed: what would be printed there is lost'
    )
    assert 'closed' not in shell(tmp_path, 'compare').stderr


def test_a_usage_error_has_its_status_where_nobody_reads_it(tmp_path):
    assert shell(tmp_path, 'train --no-such-flag 2>&-').returncode == 2


def test_the_tests_and_tensorboard_explain_themselves(tmp_path):
    done = shell(tmp_path, 'test --help')
    assert '--faults' in done.stdout
    done = shell(tmp_path, 'tensorboard --version')
    assert (done.returncode, done.stderr) == (0, '')
