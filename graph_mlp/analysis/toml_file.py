"""A TOML file whose every slip is told with its line."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from graph_mlp.analysis.nearest import unknown_name
from graph_mlp.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_LARGEST = 2**20  # characters
_MISSING = object()
_KINDS = {str: 'a text', int: 'a whole number', float: 'a number', list: 'a list', dict: 'a table'}

Place = tuple[str | int, ...]  # of a value: ('claims', 0, 'range')


class Table(NamedTuple):
    """A table of the file, and where it is."""

    file: str
    values: dict[str, Any]
    place: Place
    lines: dict[Place, int]  # of every key and header, from 1
    text: list[str]

    def take(self, key: str, kind: type, default: Any = _MISSING) -> Any:
        """The value of a key; raises UsageError where it is absent and has no default, or is of another kind."""
        if key not in self.values:
            if default is _MISSING:
                raise self.error(None, f'{key} is missing here')
            return default
        value = self.values[key]
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise self.error(key, f'{key} is {value!r:.60}, expected {_KINDS[kind]}')
        return value

    def texts(self, key: str, default: Any = _MISSING) -> list[str]:
        """A list of texts."""
        values: list[str] = self.take(key, list, default)
        for value in values:
            if type(value) is not str:
                raise self.error(key, f'{key} holds {value!r:.60}, expected texts')
        return values

    def table(self, key: str) -> Table:
        """The table of this key; an empty one where it is absent."""
        values = self.take(key, dict, {})
        return self._replace(values=values, place=(*self.place, key))

    def tables(self, key: str) -> list[Table]:
        """The tables [[key]]; raises UsageError where something else is there."""
        values = self.take(key, list, [])
        if not all(isinstance(value, dict) for value in values):
            raise self.error(key, f'{key} is {values!r:.60}, expected tables: [[{key}]]')
        return [self._replace(values=value, place=(*self.place, key, at)) for at, value in enumerate(values)]

    def allow(self, keys: Iterable[str]) -> None:
        """Raises UsageError where the table has any other key."""
        names = list(keys)
        for key in self.values:
            if key not in names:
                raise self.error(key, unknown_name('key', key, names))

    def error(self, key: str | None, message: str, quoted: str | None = None) -> UsageError:
        """The error about a key, or about the table; its line is that of the text `quoted` where it is on its own."""
        place = self.place if key is None else (*self.place, key)
        while place and not any(other[: len(place)] == place for other in self.lines):
            place = place[:-1]
        line = min((number for other, number in self.lines.items() if other[: len(place)] == place), default=1)
        last = min((other for other in self.lines.values() if other > line), default=len(self.text) + 1)
        for number in range(line, last) if quoted else ():
            if any(f'{mark}{quoted}{mark}' in self.text[number - 1] for mark in '"\''):
                line = number
                break
        return UsageError(f'{self.file}:{line}: {message}')


def read_toml(path: Path) -> Table:
    """Reads the file; raises UsageError with the line where it is not TOML."""
    try:
        with open(path, encoding='utf-8') as file:
            text = file.read(_LARGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else 'it is not UTF-8 text'
        raise UsageError(f'{path}: cannot be read ({reason})') from None
    if len(text) > _LARGEST:
        raise UsageError(f'{path}: is larger than {_LARGEST} characters, which no plan needs')
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.fullmatch(r'(.*) \(at (?:line (\d+), column \d+|end of document)\)', str(error), re.DOTALL)
        number = (match[2] if match else None) or text.rstrip().count('\n') + 1
        raise UsageError(f'{path}:{number}: {match[1] if match else error}') from None
    return Table(str(path), values, (), _lines(text), text.splitlines())


def _lines(text: str) -> dict[Place, int]:
    """The line of every header and of every key that begins a line."""
    lines: dict[Place, int] = {}
    counts: dict[Place, int] = {}  # of the tables of an array so far
    current: Place = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r'\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$', line):
            names = _keys(header[2])
            current = ()
            for at, name in enumerate(names):
                current = (*current, name)
                if header[1] == '[[' and at == len(names) - 1:
                    counts[current] = counts.get(current, 0) + 1
                if current in counts:
                    current = (*current, counts[current] - 1)
            lines.setdefault(current, number)
        elif key := re.match(r'\s*((?:[\w-]+|"[^"]*"|\'[^\']*\'|\.)+)\s*=', line):
            lines.setdefault((*current, *_keys(key[1])), number)
    return lines


def _keys(dotted: str) -> list[str]:
    """The names of a dotted key; none where it is not one."""
    try:
        table: Any = tomllib.loads(f'{dotted} = 0')
    except tomllib.TOMLDecodeError:
        return []
    names: list[str] = []
    while isinstance(table, dict):
        [(name, table)] = table.items()
        names.append(name)
    return names
