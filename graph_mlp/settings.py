"""What a field of RunConfig says of itself: its flag, its range, its help text, and how its values are spelled."""

import re
import sys
import typing
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import msgspec

from graph_mlp.errors import UsageError

BEYOND = 'beyond the notebook'  # the group of settings whose values, where not the defaults, are in the run's name


class Setting(NamedTuple):
    """One setting, as flags, tables, names and messages need it."""

    help: str
    group: str = 'training'  # the heading of its flag in `--help`
    flag: str | None = ''  # if it is not the field's name; None: it has none
    metavar: str | None = None  # what stands for the value in `--help`
    in_tag: bool = False  # whether the model's tag spells it
    in_name: str = ''  # the word before its value in the name of a run, if that is not the flag
    choices: Collection[str] = ()  # the values that are allowed
    allowed: str = ''  # the same in words, where it does not follow from the type and the limits
    reads: Callable[[str], Any] = str  # raises ValueError where a text is not allowed
    # From its field:
    name: str = ''
    annotation: Any = None  # the type that msgspec checks
    kind: type = str  # bool, int, float, str or tuple
    element: type = int  # of a tuple: int or float
    limits: msgspec.Meta = msgspec.Meta()
    default: Any = None

    def of_field(self, name: str, annotation: Any, default: Any) -> 'Setting':
        """The same with what its field in RunConfig says."""
        parts = [annotation.__origin__, *typing.get_args(annotation.__origin__)]  # `int | None` has two
        inner = [part for part in parts if hasattr(part, '__metadata__')]
        kinds = {typing.get_origin(part) or part for part in (*parts, *(part.__origin__ for part in inner))}
        metas = [meta for part in (annotation, *inner) for meta in part.__metadata__ if isinstance(meta, msgspec.Meta)]
        flag = name.replace('_', '-') if self.flag == '' else self.flag
        return self._replace(
            name=name, annotation=annotation, default=default, flag=flag, in_name=self.in_name or flag or name,
            kind=next(kind for kind in (tuple, bool, int, float, str) if kind in kinds),
            element=float if float in kinds else int, limits=metas[0] if metas else self.limits,
        )  # fmt: skip

    @property
    def expected(self) -> str:
        """What is allowed, for messages."""
        if self.allowed or self.choices:
            return self.allowed or f'one of {", ".join(self.choices)}'
        if self.kind is bool:
            return 'yes or no'
        if self.kind in (int, float):
            ends = {'from': self.limits.ge, 'above': self.limits.gt, 'to': self.limits.le, 'and below': self.limits.lt}
            bounds = [f'{word} {end}' for word, end in ends.items() if end not in (None, sys.float_info.max)]
            return ' '.join([f'a {"whole" if self.kind is int else "finite"} number', *bounds])
        return 'the path of a file'

    def check(self, value: Any) -> None:
        """Raises UsageError where the value is not allowed."""
        try:
            msgspec.convert(value, self.annotation)
            if isinstance(value, str):
                self.reads(value)
        except ValueError:  # msgspec's too
            self._refuse(value)
        if self.choices and value not in self.choices:
            self._refuse(value)

    def read(self, text: str) -> Any:
        """The value that a text spells: '300-100', 'yes', '0.01'; raises UsageError where it is not allowed."""
        try:
            value = self._parse(text)
        except ValueError:
            self._refuse(text)
        self.check(value)
        return value

    def spelled(self, value: Any) -> str:
        """The value as `read` takes it."""
        if isinstance(value, bool):
            return 'yes' if value else 'no'
        return self.separator.join(map(str, value)) if isinstance(value, tuple) else str(value)

    @property
    def separator(self) -> str:
        """What stands between the numbers of a tuple: a share can be 1e-05."""
        return ',' if self.element is float else '-'

    def suffix(self, value: Any) -> str:
        """What the setting adds to the name of a run: '_rate-0.001', nothing where it has its default."""
        if value == self.default:
            return ''
        # 1e+20 without its plus, which no folder of a run may have in its name.
        spelled = re.sub('[:,]', '-', self.spelled(value).replace('+', ''))
        return f'_{self.in_name}' if value is True else f'_{self.in_name}-{spelled}'

    def _parse(self, text: str) -> Any:
        if self.kind is bool:
            if text.lower() not in ('yes', 'true', 'no', 'false'):
                raise ValueError
            return text.lower() in ('yes', 'true')
        if self.kind is tuple:
            return tuple(self.element(part) for part in re.split(f'[{self.separator}, ]+', text.strip()))
        return self.kind(text)

    def _refuse(self, value: Any) -> typing.NoReturn:
        name = f'--{self.flag}' if self.flag else self.name
        raise UsageError(f'{name} {self.spelled(value)[:60]}: expected {self.expected}')
