"""Makes `.venv` for bin/graph-mlp; needs nothing but Python's own library.

usable            exit 0 where this Python can make the environment
complete ROOT C   exit 0 where this Python has all that setup.cfg asks for, for command C
make ROOT         make or mend ROOT/.venv; a second process waits for the first
"""

import os
import sys

STAMP = 'graph-mlp-stamp'
BEGUN = 'graph-mlp-begun'


def usable():
    """Whether this is Python 3.10 to 3.13 with venv and ensurepip, which Debian packages apart."""
    if not (3, 10) <= sys.version_info[:2] <= (3, 13):
        return False
    import importlib.util

    return all(importlib.util.find_spec(name) for name in ('venv', 'ensurepip'))


def complete(root, command):
    """Whether every requirement in setup.cfg is installed here, in a version that it admits."""
    if not (3, 10) <= sys.version_info[:2] <= (3, 13):
        return False
    import configparser
    import importlib.metadata

    setup = configparser.ConfigParser()
    setup.read(os.path.join(root, 'setup.cfg'))
    requirements = setup['options']['install_requires'].split()
    if command == 'test':
        requirements += setup['options.extras_require']['test'].split()
    try:
        return all(_is_installed(each, importlib.metadata.version) for each in requirements)
    except importlib.metadata.PackageNotFoundError:
        return False


def _is_installed(requirement, version_of):
    import re

    name = re.match(r'[A-Za-z0-9._-]+', requirement)[0]
    version = _numbers(version_of(name))
    compare = {'>=': version.__ge__, '<': version.__lt__}
    return all(compare[sign](_numbers(limit)) for sign, limit in re.findall(r'(>=|<)([0-9.]+)', requirement))


def _numbers(version):
    import re

    return [int(number) for number in re.match(r'[0-9.]*[0-9]', version)[0].split('.')]


def make(root):
    """Makes ROOT/.venv, or installs anew where setup.cfg has changed; redoes what was interrupted."""
    import fcntl

    venv = os.path.join(root, '.venv')
    with open(os.path.join(root, '.venv.lock'), 'w') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            _say('another command is setting up .venv: waiting for it')
            fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = _stamp(root)
        if _read(os.path.join(venv, STAMP)) == wanted:
            return
        _build(root, venv)
        partial = os.path.join(venv, STAMP + '.partial')
        with open(partial, 'w') as file:
            file.write(wanted)
        if os.path.exists(os.path.join(venv, BEGUN)):
            os.remove(os.path.join(venv, BEGUN))
        os.replace(partial, os.path.join(venv, STAMP))
        _say('.venv is ready')


def _build(root, venv):
    import subprocess

    python = os.path.join(venv, 'bin', 'python')
    stamp, begun = os.path.join(venv, STAMP), os.path.join(venv, BEGUN)
    if os.path.exists(begun) or not os.path.exists(python):
        _create(venv, begun)
    elif subprocess.run([python, os.path.abspath(__file__), 'usable'], check=False).returncode:
        raise SystemExit(f'graph-mlp: {venv} is of an unsuitable Python: remove it, then type the same command')
    elif os.path.exists(stamp):
        os.replace(stamp, begun)  # ours, of an earlier setup.cfg; one without a stamp is the user's and never removed
    _say('installing TensorFlow and what else setup.cfg lists into .venv: a few minutes')
    # stdout is for results: pip's word goes to stderr, as ours does.
    pip = [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--editable', f'{root}[test]']
    if subprocess.run(pip, stdout=sys.stderr.fileno(), check=False).returncode:
        raise SystemExit('graph-mlp: installing failed (above): check the network, then type the same command')


def _create(venv, begun):
    import shutil
    import venv as venv_module

    version = '.'.join(map(str, sys.version_info[:3]))
    interrupted = 'the last try was interrupted, ' if os.path.exists(begun) else ''
    _say(f'setting up .venv with Python {version}: {interrupted}this happens once')
    if interrupted:
        shutil.rmtree(venv)
    os.makedirs(venv, exist_ok=True)
    open(begun, 'w').close()
    venv_module.create(venv, with_pip=True, symlinks=True)


def _stamp(root):
    return root + '\n' + ''.join(_read(os.path.join(root, name)) or '' for name in ('setup.cfg', 'pyproject.toml'))


def _read(path):
    try:
        with open(path, newline='') as file:
            return file.read()
    except OSError:
        return None


def _say(message):
    print(f'graph-mlp: {message}', file=sys.stderr, flush=True)


if __name__ == '__main__':
    os.umask(0o022)
    action = {'usable': usable, 'complete': complete, 'make': make}[sys.argv[1]]
    try:
        sys.exit(0 if action(*sys.argv[2:]) in (None, True) else 1)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f'graph-mlp: cannot set up .venv: {error}')
