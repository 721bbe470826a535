"""`bin/test`: lint, types, the order of rooms and the tests of this project, from its checkout."""

import subprocess
import sys
from pathlib import Path

from graph_mlp.cli.arguments import Parser
from graph_mlp.errors import RunError

ROOT = Path(__file__).parents[2]
# Most of a test's time TensorFlow starts, on one core; a file's tests stay together, since they share what was trained.
PARALLEL = ('-n', 'auto', '--maxprocesses', '4', '--dist', 'loadfile')

# What Python is called with, in the project's folder, before the tests.
CHECKS = (
    ('-m', 'ruff', 'check', '--quiet', '.'),
    ('-m', 'ruff', 'format', '--check', '--quiet', '.'),
    ('-m', 'mypy', '--no-error-summary', 'graph_mlp'),
    # import-linter has no module to run: `-m importlinter.cli` would define its commands and run none.
    ('-c', 'from importlinter.cli import lint_imports_command; lint_imports_command()'),
)


def main(arguments: list[str]) -> int:
    """Runs ruff, mypy, import-linter, then pytest with the given arguments; returns the first status that is not 0."""
    if {'-h', '--help'} & set(arguments):
        parser().print_help()
        return 0
    if not (ROOT / 'tests').is_dir():
        raise RunError(f'there are no tests in {ROOT}: run bin/test from a checkout')
    for check in (*CHECKS, ('-m', 'pytest', *PARALLEL, *arguments)):
        status = subprocess.run([sys.executable, *check], cwd=ROOT, check=False).returncode
        if status:
            return status
    return 0


def parser() -> Parser:
    """What `--help` shows; pytest itself reads the arguments."""
    parser = Parser(
        'test',
        "Runs ruff, mypy, import-linter and this project's tests. Other arguments go to pytest: a file, or -k WORD, "
        'for instance.',
    )
    parser.add_argument('--faults', action='store_true', help='kill and fail hundreds of times instead of a few')
    parser.add_argument('--fuzz', metavar='N', help='cases per fuzzed format (default 150)')
    return parser
