"""The commands, as a user types them."""

import os
import subprocess

from tests.conftest import ROOT

SMALL = ('--dataset', 'digits', '--hidden', '20', '10')


def environment(folder):
    """Without MNIST, and without this machine's own settings."""
    hidden = ('GRAPH_MLP_DATA', 'TF_CPP_MIN_LOG_LEVEL', 'XLA_FLAGS', 'TF_XLA_FLAGS')
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return {**kept, 'XDG_CACHE_HOME': str(folder / 'cache')}


def run(folder, command, *arguments, status=0):
    """Runs `bin/COMMAND ARGUMENTS` in `folder`; returns its stdout and stderr as lists of lines."""
    line = [str(ROOT / 'bin' / command), *map(str, arguments)]
    done = subprocess.run(
        line, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == status, f'{line} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}'
    assert 'Traceback' not in done.stderr
    return done.stdout.splitlines(), done.stderr.splitlines()


def start(folder, command, *arguments):
    """Starts `bin/COMMAND ARGUMENTS` and returns the process, its output in pipes."""
    line = [str(ROOT / 'bin' / command), *map(str, arguments)]
    pipes = {'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE}
    return subprocess.Popen(line, cwd=folder, env=environment(folder), text=True, **pipes)
