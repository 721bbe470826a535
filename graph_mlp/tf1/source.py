"""A program's text: a Python file or a notebook's code cells, and what of it is Python 2."""

import ast
import json
import linecache
import os
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from graph_mlp.errors import GraphMLPError

MAGIC = re.compile(r'\s*(%|!|[\w, ]+=\s*[%!])|.*\?$')  # what IPython understands and Python does not
PYTHON_CELLS = ('%%time', '%%timeit', '%%capture', '%%prun')  # whose other lines are Python
PYTHON_2 = {
    'print statement': re.compile(r"""\s*print\s*("|'|\w(?!\w*\s*=[^=])|$|>>|%)"""),
    'xrange': re.compile(r'.*\bxrange\('),
    'except with a comma': re.compile(r'\s*except\s+[\w.]+\s*,'),
    'raise with a comma': re.compile(r'\s*raise\s+[\w.]+\s*,'),
    'exec statement': re.compile(r'\s*exec\s+[^(\s]'),
    'octal number or ur-string': re.compile(r""".*(\b0\d+\b(?!\.)|\bur['"])"""),
    '<>': re.compile(r'[^#\'"]*<>'),
}
PYTHON_2_NAMES = {'xrange', 'raw_input', 'unicode', 'basestring', 'long', 'unichr', 'reduce', 'execfile', 'reload'}


class Cell(NamedTuple):
    """What is compiled as one."""

    name: str  # as tracebacks show it: the absolute path of the file, or the notebook's name and the cell's number
    text: str
    code: types.CodeType


class Program(NamedTuple):
    """A program that Python 3 can read."""

    path: Path  # as the user typed it
    cells: list[Cell]


class Python2Error(GraphMLPError):
    """The program is written in Python 2."""


def shown_name(name: str) -> str:
    """A file's name as a user reads it: below the working folder without that, else in full."""
    relative = os.path.relpath(name) if os.path.isabs(name) else name
    return name if relative.startswith('..') else relative


def read(path: Path) -> Program:
    """The program in this file, compiled.

    Raises Python2Error where it is Python 2, SyntaxError where it is neither, GraphMLPError where it is no notebook.
    """
    if path.suffix != '.ipynb':
        source = path.read_bytes()
        return Program(path, [_compiled(path, str(path.absolute()), source)])
    try:
        notebook = json.loads(path.read_text(encoding='utf-8'))
        cells = notebook['cells'] if 'cells' in notebook else notebook['worksheets'][0]['cells']
        texts = [''.join(cell.get('source', cell.get('input'))) for cell in cells if cell['cell_type'] == 'code']
    except (ValueError, KeyError, TypeError, IndexError):
        raise GraphMLPError(f'{path} is no notebook: expected the JSON that Jupyter writes') from None
    return Program(path, [_cell(path, f'{path.name}, cell {number}', text) for number, text in enumerate(texts, 1)])


def _cell(path: Path, name: str, text: str) -> Cell:
    """A cell of a notebook, without what is not Python: named on stderr, and replaced by `pass`."""
    lines = text.splitlines()
    if lines and lines[0].startswith('%%'):
        is_python = lines[0].split()[0] in PYTHON_CELLS
        print(f'warning: {name}: left out {lines[0]}{"" if is_python else " and its cell"}', file=sys.stderr)
        lines = ['pass', *lines[1:]] if is_python else []
    while True:
        try:
            ast.parse('\n'.join(lines))
            break
        except SyntaxError as error:
            line = lines[error.lineno - 1] if error.lineno and error.lineno <= len(lines) else ''
            if not MAGIC.match(line):
                break
            print(f'warning: {name}, line {error.lineno}: left out {line.strip()}', file=sys.stderr)
            lines[(error.lineno or 1) - 1] = line[: len(line) - len(line.lstrip())] + 'pass'
    text = '\n'.join(lines) + '\n'
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)  # for tracebacks
    return _compiled(path, name, text.encode())


def _compiled(path: Path, name: str, source: bytes) -> Cell:
    text = source.decode('utf-8', 'replace').removeprefix('\ufeff')
    try:
        return Cell(name, text, compile(source, name, 'exec', dont_inherit=True))
    except SyntaxError as error:
        found = [
            f'line {number}: {what}'
            for number, line in enumerate(text.splitlines(), 1)
            for what, pattern in PYTHON_2.items()
            if pattern.match(line)
        ]
        if not found and isinstance(error, TabError):
            found = [f'line {error.lineno}: tabs and spaces']
        if not found:
            raise
        more = f' and {len(found) - 20} more' if len(found) > 20 else ''
        where = str(path) if Path(name).is_absolute() else name
        raise Python2Error(
            f'{where} is a Python 2 program ({", ".join(found[:20])}{more}): translate a copy of it with 2to3 '
            '(of Python up to 3.12) or fissix, then run that'
        ) from None


def python_2_in(text: str) -> Iterator[tuple[int, str]]:
    """What Python 3 compiles and TensorFlow or Python 3 refuses when it runs: line numbers, and why."""
    nodes = list(ast.walk(ast.parse(text)))
    defined = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    defined |= {each.asname or each.name for node in nodes if isinstance(node, ast.ImportFrom) for each in node.names}
    quotients = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and _is_quotient(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in nodes:
        if isinstance(node, ast.Name) and node.id in PYTHON_2_NAMES - defined:
            yield node.lineno, f'{node.id} is of Python 2; 2to3 or fissix translates it'
        elif isinstance(node, ast.Call):
            for size in _sizes(node):
                if _is_quotient(size) or (isinstance(size, ast.Name) and size.id in quotients):
                    yield size.lineno, f'{ast.unparse(size)} is no whole number in Python 3: write // for /'


def _is_quotient(node: ast.expr) -> bool:
    """Whether the value is that of `/`, which is a float in Python 3."""
    if isinstance(node, ast.BinOp):
        is_float = any(isinstance(each, ast.Constant) and isinstance(each.value, float) for each in ast.walk(node))
        return not is_float and (isinstance(node.op, ast.Div) or _is_quotient(node.left) or _is_quotient(node.right))
    return False


def _sizes(call: ast.Call) -> list[ast.expr]:
    """The arguments that have to be whole numbers: those of `range`, and the members of a function's shape."""
    function = ast.unparse(call.func)
    if function == 'range':
        return call.args
    if not re.search(r'\.(placeholder|zeros|ones|reshape|get_variable|random_\w+|truncated_normal)$', function):
        return []
    shapes = [*call.args, *(each.value for each in call.keywords if each.arg == 'shape')]
    return [size for shape in shapes if isinstance(shape, (ast.List, ast.Tuple)) for size in shape.elts]
