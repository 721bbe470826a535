"""What a program uses of TensorFlow 1.x and this package lacks, found without running it."""

import ast
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graph_mlp import tf1
from graph_mlp.tf1.offered import Missing, missing
from graph_mlp.tf1.source import Program, python_2_in, read, shown_name

OF_ITS_OWN = ('tf.python', 'tf.core', 'tf.keras')  # loaded when they are used, and not looked into


def missing_in(program: Program) -> list[str]:
    """A line `file:line: what is missing; what to write instead` for each, of the modules beside the program too.

    Raises Python2Error, SyntaxError where one of the modules cannot be read.
    """
    lines, waiting, seen = [], [program], {program.path.resolve()}
    for each in waiting:
        for cell in each.cells:
            where = shown_name(cell.name)
            tree = ast.parse(cell.text)
            found = {*python_2_in(cell.text), *_missing_names(tree)}
            lines += [f'{where}:{line}: {what}' for line, what in sorted(found)]
            for path in _modules_beside(tree, each.path.parent):
                if path.resolve() not in seen:
                    seen.add(path.resolve())
                    waiting.append(read(path))
    return lines


def _modules_beside(tree: ast.AST, folder: Path) -> Iterator[Path]:
    for node in ast.walk(tree):
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or '', *(f'{node.module or ""}.{each.name}' for each in node.names)]
        for name in names:
            stem = folder / name.strip('.').replace('.', '/')
            yield from (path for path in (stem.with_suffix('.py'), stem / '__init__.py') if name and path.is_file())


def _missing_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    aliases: dict[str, str] = {}  # what the program calls something of TensorFlow: the name that it has in `tf`

    def dotted(node: ast.AST) -> str | None:
        if isinstance(node, ast.Name):
            return aliases.get(node.id)
        owner = dotted(node.value) if isinstance(node, ast.Attribute) else None
        return f'{owner}.{node.attr}' if owner and isinstance(node, ast.Attribute) else None

    nodes = list(ast.walk(tree))
    imported: list[tuple[int, str]] = []
    for node in nodes:
        if isinstance(node, ast.Import):
            for each in node.names:
                if each.name.split('.')[0] == 'tensorflow':
                    name = f'tf{each.name[len("tensorflow") :]}'
                    aliases[each.asname or 'tensorflow'] = name if each.asname else 'tf'
                    imported.append((node.lineno, name))
        elif isinstance(node, ast.ImportFrom) and not node.level and (node.module or '').split('.')[0] == 'tensorflow':
            module = f'tf{(node.module or "")[len("tensorflow") :]}'
            for each in node.names:
                aliases[each.asname or each.name] = f'{module}.{each.name}'
                imported.append((node.lineno, f'{module}.{each.name}' if each.name != '*' else module))
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and dotted(node.value):
            aliases[node.targets[0].id] = str(dotted(node.value))
    inner = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    used = ((node.lineno, dotted(node)) for node in nodes if isinstance(node, ast.Attribute) and id(node) not in inner)
    for line, used_name in [*imported, *used]:
        message = _why_missing(used_name) if used_name else None
        if message:
            yield line, message


def _why_missing(name: str) -> str | None:
    """One line where the package lacks `name`, which begins with `tf`."""
    if name.startswith(OF_ITS_OWN):
        return None
    owner: Any = tf1
    parts = name.split('.')
    for number, part in enumerate(parts[1:], 2):
        if not isinstance(owner, types.ModuleType):  # what a function or a class has is not looked into
            return None
        try:
            owner = getattr(owner, part)
        except Missing as error:
            return str(error)
        except AttributeError:
            return missing('.'.join(parts[:number]))
    return None
