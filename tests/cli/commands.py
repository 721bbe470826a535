"""The commands, as a user types them."""

import functools
import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.conftest import ROOT

SMALL = ('--dataset', 'digits', '--hidden', '20', '10')
# Most of whose time is TensorFlow's import.
FORKED = ('train', 'evaluate', 'predict', 'export', 'study', 'compare', 'tf1')


def environment(folder):
    """Without MNIST, and without this machine's own settings."""
    hidden = ('GRAPH_MLP_DATA', 'TF_CPP_MIN_LOG_LEVEL', 'XLA_FLAGS', 'TF_XLA_FLAGS')
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return {**kept, 'XDG_CACHE_HOME': str(folder / 'cache')}


def run(folder, command, *arguments, status=0, **how):
    """Runs `bin/COMMAND ARGUMENTS` in `folder` as `ended` does; returns its stdout and stderr as lists of lines."""
    done = ended(folder, command, *arguments, **how)
    assert done.returncode == status, (
        f'{command} {arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}'
    )
    assert 'Traceback' not in done.stderr
    return done.stdout.splitlines(), done.stderr.splitlines()


def ended(folder, command, *arguments, typed=False, root=ROOT):
    """Runs `bin/COMMAND ARGUMENTS` in `folder`; returns the ended process.

    Most commands run in a process that is forked after TensorFlow's import, as the runs of a study are; with `typed`
    it is the command itself. `root` holds the package, where it is a changed copy.
    """
    arguments = [str(argument) for argument in arguments]
    with tempfile.TemporaryFile('w+') as stdout, tempfile.TemporaryFile('w+') as stderr:
        if command in FORKED and not typed:
            outputs = [f'/proc/{os.getpid()}/fd/{file.fileno()}' for file in (stdout, stderr)]
            target = (str(root), str(folder), environment(folder), [command, *arguments], outputs)
            process = _context().Process(target=_become_command, args=target)
            process.start()
            process.join(300)
            returncode = process.exitcode
            process.kill()
        else:
            line = [str(root / 'bin' / command), *arguments]
            returncode = subprocess.run(
                line, cwd=folder, env=environment(folder), stdout=stdout, stderr=stderr, timeout=300, check=False
            ).returncode
        printed = []
        for file in (stdout, stderr):
            file.seek(0)
            printed.append(file.read())
    return subprocess.CompletedProcess([command, *arguments], returncode, *printed)


def python(folder, program, status=0):
    """Runs a program that imports this package in a process of its own; returns its stdout and stderr."""
    done = subprocess.run(
        [sys.executable, '-c', program], cwd=folder, env={**environment(folder), 'PYTHONPATH': str(ROOT)},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stderr
    return done.stdout, done.stderr


def start(folder, command, *arguments):
    """Starts `bin/COMMAND ARGUMENTS` and returns the process, its output in pipes."""
    line = [str(ROOT / 'bin' / command), *map(str, arguments)]
    pipes = {'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE}
    return subprocess.Popen(line, cwd=folder, env=environment(folder), text=True, **pipes)


@functools.cache
def _context():
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['graph_mlp.study.preload', __name__])
    return context


def _become_command(root, folder, variables, arguments, outputs):
    """Turns a forked process into the command."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    sys.argv[:] = [str(Path(root) / 'graph_mlp' / '__main__.py')]
    if root != str(ROOT):
        for name in [name for name in sys.modules if name.partition('.')[0] == 'graph_mlp']:
            del sys.modules[name]
        sys.path.insert(0, root)
    for number, path in enumerate(outputs, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND), number)
    sys.stdout, sys.stderr = open(1, 'w', closefd=False), open(2, 'w', buffering=1, closefd=False)  # noqa: SIM115
    from graph_mlp.cli.main import main

    try:
        status = main(arguments)
    finally:
        sys.stdout.flush()
    sys.exit(status)
