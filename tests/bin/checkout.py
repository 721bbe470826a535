"""A checkout in a temporary folder whose commands print who runs them, and a `.venv` whose pip only keeps a log."""

import os
import shutil
import subprocess
import sys

from tests.conftest import ROOT

SETUP = """\
[options]
python_requires = >=3.10,<3.14
install_requires =
    {requirement}

[options.extras_require]
test =
    graph-mlp-example-absent
"""

# Runs pip's part only as far as to write down what it was asked for; PIP_STATUS is how it ends.
PYTHON = """\
#!/bin/sh
case "$*" in
*'-m pip install'*)
    for target; do :; done
    echo "$target" >>"{log}"
    exit "${{PIP_STATUS:-0}}"
    ;;
esac
PRINTED_NAME={name} exec "{python}" "$@"
"""

MAIN = """\
import os, sys
def main():
    print(os.environ['PRINTED_NAME'], *sys.argv[1:])
"""


class Checkout:
    """The files of a checkout in `folder`, and a folder `path` of programs to be first on PATH."""

    def __init__(self, folder):
        self.root, self.path, self.log = folder / 'checkout', folder / 'path', folder / 'pip.log'
        self.venv = self.root / '.venv'
        shutil.copytree(ROOT / 'bin', self.root / 'bin', ignore=shutil.ignore_patterns('__pycache__'))
        (self.root / 'graph_mlp' / 'cli').mkdir(parents=True)
        (self.root / 'graph_mlp' / 'cli' / 'main.py').write_text(MAIN)
        shutil.copy(ROOT / 'graph_mlp' / '__main__.py', self.root / 'graph_mlp')
        (self.root / 'pyproject.toml').write_text('')
        self.require('graph-mlp-example-absent')
        self.write_python(self.path / 'python3.12', 'python-of-PATH')

    def require(self, requirement):
        """Writes a setup.cfg that asks for `requirement`."""
        (self.root / 'setup.cfg').write_text(SETUP.format(requirement=requirement))

    def write_python(self, path, name):
        """Writes a Python whose pip only logs; commands that it runs print `name`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PYTHON.format(log=self.log, name=name, python=sys.executable))
        path.chmod(0o755)

    def write_venv(self):
        """Makes the `.venv` that a user has made: a Python, and a file of the user's."""
        self.write_python(self.venv / 'bin' / 'python', 'python-of-venv')
        (self.venv / 'notes.txt').write_text('mine')

    def installed(self):
        """What pip was asked to install so far, with DIR for the checkout's folder."""
        return self.log.read_text().replace(str(self.root), 'DIR').split() if self.log.exists() else []

    def run_with_extra(self, **options):
        """Runs what bin/test runs Python by."""
        name = "import os; print(os.environ['PRINTED_NAME'])"
        return self.run('graph-mlp', '--python', 'test', '-c', name, **options)

    def environment(self, **variables):
        """No activated environment; a variable that is given as None is unset."""
        changes = {'VIRTUAL_ENV': None, 'CONDA_PREFIX': None, 'PATH': f'{self.path}:{os.environ["PATH"]}', **variables}
        return {name: value for name, value in {**os.environ, **changes}.items() if value is not None}

    def run(self, command='train', *arguments, status=0, **variables):
        """Runs `bin/COMMAND ARGUMENTS`; returns its stdout and stderr."""
        done = subprocess.run(
            [self.root / 'bin' / command, *arguments],
            env=self.environment(**variables), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == status, done.stderr
        assert 'Traceback' not in done.stderr
        return done.stdout, done.stderr
