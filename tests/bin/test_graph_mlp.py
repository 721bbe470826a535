"""bin/graph-mlp: which Python a command runs in, and how that gets what setup.cfg asks for."""

import fcntl
import os
import shutil
import subprocess
import sys

import pytest

from tests.bin.checkout import Checkout
from tests.conftest import ROOT


@pytest.fixture
def checkout(tmp_path):
    made = Checkout(tmp_path)
    made.write_venv()
    return made


def test_the_command_runs_in_the_venv(checkout):
    assert checkout.run('train', '--x', 'a b', HOME=None)[0] == 'python-of-venv train --x a b\n'


def test_the_requirements_are_installed_once_and_tests_add_their_extra_once(checkout):
    checkout.run('train')
    checkout.run('evaluate')
    assert checkout.installed() == ['DIR']
    for _ in range(2):
        assert checkout.run_with_extra()[0] == 'python-of-venv\n'
        checkout.run()
    assert checkout.installed() == ['DIR', 'DIR[test]']


def test_tests_alone_install_all_at_once(checkout):
    checkout.run_with_extra()
    checkout.run()
    assert checkout.installed() == ['DIR[test]']


def test_a_changed_setup_cfg_and_a_moved_checkout_install_again(checkout, tmp_path):
    checkout.run()
    checkout.require('graph-mlp-example-absent>=2')
    checkout.run()
    assert checkout.installed() == ['DIR', 'DIR']
    checkout.root = checkout.root.rename(tmp_path / 'moved')
    checkout.run()
    assert checkout.installed()[2:] == ['DIR']


def test_a_failed_installation_is_one_line_on_stderr_and_done_again(checkout):
    stdout, stderr = checkout.run(status=1, PIP_STATUS='1')
    assert stdout == ''
    assert 'installing failed' in stderr.splitlines()[-1]
    assert checkout.run()[0] == 'python-of-venv train\n'
    assert checkout.installed() == ['DIR', 'DIR']
    assert (checkout.venv / 'notes.txt').read_text() == 'mine'  # what is the user's is never removed


@pytest.mark.heavy
def test_a_venv_whose_creation_was_interrupted_is_made_anew(checkout):
    (checkout.venv / 'graph-mlp-creating').touch()
    checkout.run(status=1)  # the Python of the new .venv has a real pip, which finds no such requirement
    assert not (checkout.venv / 'notes.txt').exists()
    assert (checkout.venv / 'graph-mlp-creating').exists()


def test_without_a_usable_python_one_line_says_what_to_install(checkout, tmp_path):
    programs = tmp_path / 'programs'
    programs.mkdir()
    for name in ('sh', 'dirname', 'readlink', 'cat', 'cmp'):
        (programs / name).symlink_to(shutil.which(name))
    stdout, stderr = checkout.run(status=1, PATH=str(programs), HOME=str(tmp_path))
    assert stdout == ''
    [line] = stderr.splitlines()
    assert 'Python 3.10 to 3.13' in line


@pytest.mark.parametrize(
    ('requirement', 'used'),
    [('pytest', 'PATH'), ('pytest>=1', 'PATH'), ('pytest>=1000', 'venv'), ('absent; python_version < "3"', 'PATH')],
)
def test_an_activated_environment_is_used_if_it_has_the_requirements(checkout, requirement, used):
    checkout.write_python(checkout.path / 'python3', 'python-of-PATH')
    checkout.require(requirement)
    assert checkout.run(VIRTUAL_ENV='activated')[0] == f'python-of-{used} train\n'


def test_an_activated_environment_without_the_extra_does_not_run_the_tests(checkout):
    checkout.write_python(checkout.path / 'python3', 'python-of-PATH')
    checkout.require('pytest')
    assert checkout.run_with_extra(VIRTUAL_ENV='activated')[0] == 'python-of-venv\n'


def test_a_second_command_waits_for_the_first(checkout):
    with open(checkout.root / '.venv.lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = subprocess.Popen(
            [checkout.root / 'bin' / 'train'], env=checkout.environment(), text=True, stdout=subprocess.PIPE
        )
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(timeout=1)
        assert checkout.installed() == []
    assert waiting.communicate(timeout=60)[0] == 'python-of-venv train\n'
    assert checkout.installed() == ['DIR']


@pytest.mark.parametrize('activated', [False, True])
def test_nothing_is_installed_under_a_command_that_runs(checkout, activated):
    (checkout.venv / 'pyvenv.cfg').touch()
    checkout.run()
    if activated:
        checkout.require('pytest')
        checkout.run()
        checkout.write_python(checkout.path / 'python3', 'python-of-PATH')
    line = [checkout.root / 'bin/graph-mlp', '--python', '', '-c', 'print(flush=True); input()']
    environment = checkout.environment(**({'VIRTUAL_ENV': str(checkout.venv)} if activated else {}))
    running = subprocess.Popen(line, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    running.stdout.readline()
    checkout.run()  # what needs no installation runs beside it
    checkout.require('graph-mlp-example-absent>=2')
    before = checkout.installed()
    _, stderr = checkout.run(status=1)
    assert 'a command is running in it' in stderr
    assert checkout.installed() == before
    running.communicate(b'\n')
    checkout.run()
    assert checkout.installed() == [*before, 'DIR']


def test_a_command_may_be_called_by_a_link_from_a_folder_with_a_space(checkout, tmp_path):
    folder = tmp_path / 'a folder'
    folder.mkdir()
    (folder / 'train').symlink_to(os.path.relpath(checkout.root / 'bin' / 'train', folder))
    printed = subprocess.check_output([folder / 'train'], env=checkout.environment(), text=True, cwd=folder)
    assert printed == 'python-of-venv train\n'


def test_the_current_folder_is_not_on_pythons_path(tmp_path):
    (tmp_path / 'argparse.py').write_text('raise SystemExit("mine")')
    assert '--tag' in subprocess.check_output([ROOT / 'bin' / 'train', '--help'], cwd=tmp_path, text=True)


def test_the_pythons_in_bin_are_those_of_setup_cfg():
    assert (3, 10) <= sys.version_info[:2] <= (3, 13)
    assert 'python_requires = >=3.10,<3.14' in (ROOT / 'setup.cfg').read_text()
    assert '(3, 10) <= sys.version_info[:2] <= (3, 13)' in (ROOT / 'bin' / 'graph-mlp').read_text()
