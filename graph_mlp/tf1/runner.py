"""Runs a program as `python` would, with this package where it imports TensorFlow."""

import builtins
import os
import sys
import sysconfig
import traceback
import types
from collections.abc import Callable
from typing import Any

from graph_mlp import tf1
from graph_mlp.tf1.offered import Missing, missing
from graph_mlp.tf1.source import Program, python_2_in, shown_name
from graph_mlp.tf1.version1 import behave_as_1_15

OURS = os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + os.sep
NOT_SHOWN = (f'{OURS}tf1{os.sep}runner.py', f'{OURS}cli', f'{OURS}__main__', '<frozen ')
LIBRARIES = ('site-packages', 'dist-packages')
INTERNAL = ('python', 'core', 'keras')  # parts of TensorFlow that are what they are


def run(program: Program, arguments: list[str]) -> int:
    """Runs the program as `__main__` with these arguments; returns the exit status, 1 after an uncaught error.

    SystemExit is passed on, as `python` does. Nothing is written beside the program.
    """
    behave_as_1_15()
    folder = os.path.dirname(os.path.realpath(program.path))
    module = types.ModuleType('__main__')
    module.__dict__['__builtins__'] = builtins
    if program.path.suffix != '.ipynb':
        module.__file__ = str(program.path.absolute())
    sys.modules['__main__'] = module
    sys.argv = [str(program.path), *arguments]
    is_programs = _owner(folder)
    sys.path[0] = folder
    sys.dont_write_bytecode = True
    builtins.__import__ = _importer(is_programs, builtins.__import__)
    try:
        for cell in program.cells:
            exec(cell.code, module.__dict__)
    except Exception as error:
        _show(error, program, is_programs)
        return 1
    except KeyboardInterrupt as error:
        _show(error, program, is_programs)
        return 130
    return 0


def _owner(folder: str) -> Callable[[str], bool]:
    """Whether a file belongs to the program: it lies under its folder, or in one that it put on the path itself."""
    libraries = {*sys.path[1:], sysconfig.get_paths()['stdlib']}

    def is_programs(file: str) -> bool:
        path = os.path.realpath(file)
        if path.startswith(OURS) or any(name in path.split(os.sep) for name in LIBRARIES):
            return False
        added = (os.path.realpath(each) for each in sys.path if each not in libraries)
        return any(path.startswith(os.path.join(each, '')) for each in (folder, *added))

    return is_programs


def _importer(is_programs: Callable[[str], bool], python_import: Callable[..., Any]) -> Callable[..., Any]:
    """Python's import, but that the program's imports of TensorFlow are of this package."""

    def import_(
        name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0  # noqa: A002
    ) -> Any:  # fmt: skip
        first, *parts = name.split('.')
        importing = globals or {}
        if (
            first != 'tensorflow'
            or level
            or not (importing.get('__name__') == '__main__' or is_programs(importing.get('__file__') or ''))
        ):
            return python_import(name, globals, locals, fromlist, level)
        if parts and parts[0] in INTERNAL:
            internal = python_import(name, globals, locals, fromlist, level)
            return internal if fromlist else tf1
        module: Any = tf1
        try:
            for part in parts:
                module = getattr(module, part)
            for each in fromlist or ():
                getattr(module, each) if each != '*' else None
        except Missing as error:
            raise MissingImport(str(error)) from None
        except AttributeError as error:
            raise MissingImport(_explained(error) or f'cannot import {error}') from None
        return module if fromlist else tf1

    return import_


class MissingImport(ImportError):
    """What is imported from TensorFlow is not there."""


def _explained(error: BaseException) -> str | None:
    """One line where the error is that a name of TensorFlow 1.x is missing."""
    if isinstance(error, (Missing, MissingImport)):
        return str(error)
    name = getattr(getattr(error, 'obj', None), '__name__', '')
    prefix, found, module = name.partition('tensorflow._api.v2.compat.v1')
    if isinstance(error, AttributeError) and found and not prefix:
        return missing(f'tf{module}.{error.name}')
    return None


def _show(error: BaseException, program: Program, is_programs: Callable[[str], bool]) -> None:
    """Prints the error as `python` does, without our own frames; in one line where a name is missing."""
    sys.stdout.flush()
    cells = {cell.name: cell.text for cell in program.cells}
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if frame.filename in cells or is_programs(frame.filename)]
    file, line = (theirs[-1].filename, theirs[-1].lineno) if theirs else (str(program.path), 0)
    where = f'tf1: {shown_name(file)}:{line}'
    explained = _explained(error)
    if explained:
        print(f'{where}: {explained}', file=sys.stderr)
        return
    shown = traceback.TracebackException.from_exception(error)
    chain = [shown]
    for each in chain:
        each.stack[:] = [frame for frame in each.stack if not frame.filename.startswith(NOT_SHOWN)]
        chain += [other for other in (each.__cause__, each.__context__) if other]
    print(*shown.format(), sep='', end='', file=sys.stderr)
    for number, why in python_2_in(cells.get(file, '')):
        if number == line:
            print(f'{where}: {why}', file=sys.stderr)
