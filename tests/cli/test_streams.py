"""Standard streams that are closed, as `>&-` leaves them."""

import subprocess

from tests.cli.commands import environment
from tests.conftest import ROOT

TRAIN = 'train --dataset digits --tag elu-4 --epochs 1 --steps-per-run 5'


def shell(folder, command):
    line, how = f'{ROOT}/bin/{command}', {'capture_output': True, 'text': True, 'check': False}
    return subprocess.run(line, shell=True, cwd=folder, env=environment(folder), **how)


def test_a_command_whose_streams_are_closed_does_its_work_and_writes_to_no_other_file(tmp_path):
    assert shell(tmp_path, f'{TRAIN} <&- >&- 2>&-').returncode == 0
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
