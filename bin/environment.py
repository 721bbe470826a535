"""Checks and makes the Python environment of bin/graph-mlp; needs nothing but Python's own library.

usable                exit 0 where this Python can make the environment
complete ROOT EXTRA   exit 0 where this Python has the requirements in ROOT/setup.cfg
make ROOT EXTRA       make ROOT/.venv, or install into it what it lacks; a second process waits for the first

EXTRA is a name in setup.cfg's [options.extras_require], such as `test`, or '' for none.
"""

import configparser
import fcntl
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

# Written here too because a Python without pip has nothing that can read setup.cfg's python_requires.
OLDEST_PYTHON = (3, 10)
NEWEST_PYTHON = (3, 13)

# Files in .venv. bin/graph-mlp compares the stamps: STAMP for the requirements, STAMP-EXTRA for each extra.
STAMP = 'graph-mlp-stamp'  # ROOT and its STAMPED files, as they were when they were installed from
STAMPED = ('setup.cfg', 'pyproject.toml')
CREATING = 'graph-mlp-creating'  # there from this program's creation of .venv to its first complete installation
INSTALLING = 'graph-mlp-installing'  # there while pip runs, or after it was interrupted; names the extras


def usable():
    """Whether this Python is of a suitable version with venv and ensurepip, which Debian packages apart."""
    suitable = OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON
    return suitable and all(importlib.util.find_spec(name) for name in ('venv', 'ensurepip'))


def complete(root, extra=''):
    """Whether this Python and what is installed in it meet setup.cfg's requirements, those of `extra` included."""
    requirements, specifiers = _packaging('requirements'), _packaging('specifiers')
    if not requirements or not specifiers:
        return False  # TensorFlow depends on packaging, so it is missing too
    setup = configparser.ConfigParser(interpolation=None)
    setup.read(Path(root, 'setup.cfg'), encoding='utf-8')
    python = '.'.join(map(str, sys.version_info[:3]))
    if python not in specifiers.SpecifierSet(setup['options']['python_requires']):
        return False
    lines = setup['options']['install_requires'].splitlines()
    if extra:
        lines += setup['options.extras_require'][extra].splitlines()
    return all(_is_installed(line, requirements.Requirement) for line in lines if line)


def _packaging(module):
    """A module of the `packaging` library, else of the copy inside pip, else None."""
    for library in ('packaging', 'pip._vendor.packaging'):
        try:
            return importlib.import_module(f'{library}.{module}')
        except ImportError:
            pass
    return None


def _is_installed(line, parse, extra=''):
    """Whether the requirement in `line` is installed, with the packages that its own extras ask for."""
    from importlib.metadata import PackageNotFoundError, distribution

    requirement = parse(line)
    if requirement.marker and not requirement.marker.evaluate({'extra': extra}):
        return True
    try:
        package = distribution(requirement.name)
    except PackageNotFoundError:
        return False
    return requirement.specifier.contains(package.version, prereleases=True) and all(
        _is_installed(dependency, parse, name) for name in requirement.extras for dependency in package.requires or ()
    )


def make(root, extra=''):
    """Makes ROOT/.venv, or installs what it lacks; an interrupted installation is done again."""
    venv = Path(root, '.venv')
    with open(Path(root, '.venv.lock'), 'w') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            _say('another command is setting up .venv: waiting for it')
            fcntl.flock(lock, fcntl.LOCK_EX)
        contents = b''.join([os.fsencode(root), b'\n', *(Path(root, name).read_bytes() for name in STAMPED)])
        if _read(_stamp(venv, extra)) != contents or not (venv / 'bin' / 'python').exists():
            _create_or_check(venv)
            _install(root, venv, extra, contents)
            _say('.venv is ready')


def _create_or_check(venv):
    """Creates the virtual environment; one that is there is only checked, and removed if its creation was cut off."""
    interrupted = (venv / CREATING).exists()
    if interrupted:
        shutil.rmtree(venv)
    if not venv.exists() or not any(venv.iterdir()):
        import venv as venv_module

        version = '.'.join(map(str, sys.version_info[:3]))
        _say(f'creating .venv with Python {version}' + ', because the last try was interrupted' * interrupted)
        venv.mkdir(exist_ok=True)
        (venv / CREATING).touch()
        venv_module.create(venv, with_pip=True, symlinks=True)
        return
    python = venv / 'bin' / 'python'
    if not python.exists() or subprocess.run([python, os.path.abspath(__file__), 'usable'], check=False).returncode:
        oldest, newest = ('.'.join(map(str, version)) for version in (OLDEST_PYTHON, NEWEST_PYTHON))
        raise SystemExit(
            f'graph-mlp: {venv} has no Python {oldest} to {newest} with its venv module: '
            'remove that folder, then type the same command'
        )


def _install(root, venv, extra, contents):
    """Installs what is missing of the requirements, of `extra` and of the extras that were installed before."""
    interrupted = _read(venv / INSTALLING)
    if interrupted is not None:
        _remove_half_installed(venv)
    stamps = list(venv.glob(STAMP + '*'))
    extras = {extra} | {stamp.name[len(STAMP) + 1 :] for stamp in stamps} | set((interrupted or b'').decode().split())
    extras = sorted(extras - {''})
    (venv / INSTALLING).write_text(' '.join(extras))
    if _read(_stamp(venv, '')) == contents:
        _say(f"installing setup.cfg's extra requirements '{extra}' into .venv: a minute or two")
    else:
        also = ''.join(f" and its extra requirements '{name}'" for name in extras)
        _say(f'installing the requirements in setup.cfg{also} into .venv: a few minutes')
        for stamp in stamps:
            stamp.unlink()
    _run_pip(root, venv, extras)
    for name in ['', *extras]:
        partial = venv / 'graph-mlp-partial'
        partial.write_bytes(contents)
        partial.replace(_stamp(venv, name))
    for marker in (CREATING, INSTALLING):
        (venv / marker).unlink(missing_ok=True)


def _run_pip(root, venv, extras):
    target = f'{root}[{",".join(extras)}]' if extras else root
    pip = [venv / 'bin' / 'python', '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
    # In ROOT, because `python -m` would import modules that the user keeps in the current folder.
    # stdout is for results: pip's messages go to stderr, as this program's do.
    if subprocess.run([*pip, '--editable', target], cwd=root, stdout=sys.stderr.fileno(), check=False).returncode:
        raise SystemExit('graph-mlp: installing failed (above): check the network, then type the same command')


def _remove_half_installed(venv):
    """Removes what makes pip take a package for installed although its installation was interrupted.

    pip writes INSTALLER after a package's modules and scripts. Only folders that changed since this program
    started pip are removed, so that nothing of the user's own is.
    """
    started = (venv / INSTALLING).stat().st_mtime
    for folder in venv.glob('lib/python*/site-packages/*.dist-info'):
        if not (folder / 'INSTALLER').exists() and folder.stat().st_mtime >= started:
            shutil.rmtree(folder)


def _stamp(venv, extra):
    return venv / (f'{STAMP}-{extra}' if extra else STAMP)


def _read(path):
    try:
        return path.read_bytes()
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
