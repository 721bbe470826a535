"""`bin/tf1`: run an unchanged TensorFlow 1.x program, or say what it lacks."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

from graph_mlp.cli.arguments import Parser

EPILOG = """\
PROGRAM is a Python 3 file, or a notebook (.ipynb), whose code cells run in order. It sees sys.argv, __main__, __file__,
the working folder and the exit status that `python PROGRAM ARGS` would give it; its imports of tensorflow, and those of
modules beside it, mean TensorFlow 1.x.

--check prints a line `file:line: what is missing; what to write instead` for each, and exits with 1 where there is one.
"""


def main(arguments: list[str]) -> int:
    """Runs or checks the program; returns its exit status."""
    ours = next((number for number, each in enumerate(arguments, 1) if not each.startswith('-')), len(arguments))
    args = parser().parse_args(arguments[:ours])
    if not args.program.is_file():
        parser().error(f'{args.program} is no file: name a Python program or a notebook')
    from graph_mlp.tf1 import check, runner, source

    try:
        program = source.read(args.program)
        found = check.missing_in(program) if args.check else []
    except SyntaxError as error:
        print(*traceback.format_exception_only(error), sep='', end='', file=sys.stderr)
        return 1
    if not args.check:
        return runner.run(program, arguments[ours:])
    for line in found:
        print(line)
    return 1 if found else 0


def parser() -> Parser:
    """The command's flags."""
    made = Parser('tf1', 'Run an unchanged TensorFlow 1.x program on this TensorFlow.', EPILOG)
    made.usage = f'{made.prog} [--check] PROGRAM [ARGS ...]'
    made.add_argument('--check', action='store_true', help='do not run it: name what it uses that is missing')
    made.add_argument('program', metavar='PROGRAM', type=Path)
    return made
