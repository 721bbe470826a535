"""bin/graph-mlp: which Python runs a command, and what is installed for it."""

import fcntl
import shutil
import subprocess

import pytest

from tests.bin.checkout import Checkout


@pytest.fixture
def checkout(tmp_path):
    """A checkout with the `.venv` of a user in it."""
    checkout = Checkout(tmp_path)
    checkout.write_venv()
    return checkout


def test_the_command_runs_in_the_venv(checkout):
    assert checkout.run('train')[0] == 'python-of-venv train --help\n'


def test_training_installs_no_extra_and_only_once(checkout):
    checkout.run('train')
    checkout.run('evaluate')
    assert checkout.installed() == ['DIR']


def test_tests_add_their_extra_once(checkout):
    for command in ('train', 'test', 'train', 'test'):
        checkout.run(command)
    assert checkout.installed() == ['DIR', 'DIR[test]']


def test_tests_alone_install_all_at_once(checkout):
    for command in ('test', 'train'):
        checkout.run(command)
    assert checkout.installed() == ['DIR[test]']


@pytest.mark.parametrize(('command', 'installed'), [('train', 'DIR'), ('test', 'DIR[test]')])
def test_a_changed_setup_cfg_installs_what_was_installed(checkout, command, installed):
    checkout.run(command)
    checkout.require('graph-mlp-example-absent>=2')
    checkout.run('train')
    assert checkout.installed() == [installed] * 2


def test_a_setup_cfg_changed_back_after_a_failure_installs_again(checkout):
    checkout.run('test')
    before = (checkout.root / 'setup.cfg').read_text()
    checkout.require('graph-mlp-example-absent>=2')
    checkout.run('train', status=1, PIP_STATUS='1')
    (checkout.root / 'setup.cfg').write_text(before)
    checkout.run('train')
    assert checkout.installed() == ['DIR[test]'] * 3


def test_a_moved_checkout_installs_again(checkout, tmp_path):
    checkout.run('train')
    checkout.root = checkout.root.rename(tmp_path / 'moved')
    checkout.run('train')
    assert checkout.installed()[1:] == ['DIR']


def test_a_failed_installation_is_done_again(checkout):
    stdout, stderr = checkout.run('train', status=1, PIP_STATUS='1')
    assert stdout == ''
    assert stderr.splitlines()[-1].startswith('graph-mlp: installing failed (above): check the network')
    checkout.run('train')
    assert checkout.installed() == ['DIR', 'DIR']


def test_a_failed_installation_of_the_extra_leaves_training_alone(checkout):
    checkout.run('train')
    checkout.run('test', status=1, PIP_STATUS='1')
    checkout.run('train')
    assert checkout.installed() == ['DIR', 'DIR[test]']
    checkout.run('test')
    assert checkout.installed() == ['DIR', 'DIR[test]', 'DIR[test]']


def test_a_venv_of_the_users_is_never_removed(checkout):
    checkout.run('train', status=1, PIP_STATUS='1')
    checkout.run('train')
    checkout.require('graph-mlp-example-absent>=2')
    checkout.run('test', status=1, PIP_STATUS='1')
    checkout.run('test')
    assert (checkout.venv / 'notes.txt').read_text() == 'mine'


def test_the_message_says_what_is_installed(checkout):
    assert 'installing the requirements in setup.cfg into .venv: a few minutes\n' in checkout.run('train')[1]
    assert "installing setup.cfg's extra requirements 'test' into .venv: a minute or two\n" in checkout.run('test')[1]
    assert checkout.run('train')[1] == ''


def test_a_venv_whose_python_is_gone_is_refused(checkout):
    checkout.run('train')
    (checkout.venv / 'bin' / 'python').unlink()
    stderr = checkout.run('train', status=1)[1]
    assert 'remove that folder, then type the same command' in stderr


def test_home_may_be_unset(checkout):
    assert checkout.run('train', HOME=None)[0] == 'python-of-venv train --help\n'


def test_without_a_usable_python_one_line_says_what_to_install(checkout, tmp_path):
    programs = tmp_path / 'programs'
    programs.mkdir()
    for name in ('sh', 'dirname', 'readlink', 'cat', 'cmp'):
        (programs / name).symlink_to(shutil.which(name))
    stdout, stderr = checkout.run('train', status=1, PATH=str(programs), HOME=str(tmp_path))
    assert stdout == ''
    [line] = stderr.splitlines()
    assert line.startswith('graph-mlp needs Python 3.10, 3.11, 3.12 or 3.13 with its venv module')


def test_an_activated_environment_that_is_complete_is_used(checkout):
    checkout.write_python(checkout.path / 'python3', 'python-of-PATH')
    checkout.require('pytest')
    assert checkout.run('train', VIRTUAL_ENV='activated')[0] == 'python-of-PATH train --help\n'
    assert checkout.installed() == []


def test_an_activated_environment_without_the_extra_does_not_run_the_tests(checkout):
    checkout.write_python(checkout.path / 'python3', 'python-of-PATH')
    checkout.write_python(checkout.path / 'python', 'python-of-PATH')
    checkout.require('pytest')
    assert checkout.run('test', VIRTUAL_ENV='activated')[0] == 'python-of-venv test --help\n'
    assert checkout.installed() == ['DIR[test]']


def test_a_second_command_waits_for_the_first(checkout):
    with open(checkout.root / '.venv.lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [checkout.root / 'bin' / 'train']
        pipes = {'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE}
        waiting = subprocess.Popen(command, env=checkout.environment(), text=True, **pipes)
        assert waiting.stderr.readline() == 'graph-mlp: another command is setting up .venv: waiting for it\n'
        assert checkout.installed() == []
    assert waiting.communicate(timeout=60)[0] == 'python-of-venv train\n'
    assert checkout.installed() == ['DIR']
