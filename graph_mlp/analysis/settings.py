"""The settings of a planned run, as flags, `--vary` and plan files spell them."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from graph_mlp.analysis.nearest import unknown_name
from graph_mlp.errors import UsageError


class Setting(NamedTuple):
    """One setting: how it is read, and how it appears in the name of a run that deviates from the default."""

    field: str  # of RunConfig, or steps_per_run
    read: Callable[[str], Any]  # raises ValueError
    expected: str
    in_name: str | None = None  # before the value; None: the model's tag spells it


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(size) for size in re.split(r'[-, ]+', text.strip()))


def _yes_or_no(text: str) -> bool:
    try:
        return {'yes': True, 'true': True, 'no': False, 'false': False}[text.lower()]
    except KeyError:
        raise ValueError from None


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError
    return value


SETTINGS = {
    'hidden': Setting('hidden_sizes', _sizes, "units such as '300-100'"),
    'activation': Setting('activation', str, 'a name'),
    'batch-norm': Setting('batch_norm', _yes_or_no, 'yes or no'),
    'input-features': Setting('input_features', int, 'a whole number'),
    'optimizer': Setting('optimizer', str, 'a name'),
    'learning-rate': Setting('learning_rate', float, 'a number', 'rate'),
    'batch-size': Setting('batch_size', int, 'a whole number', 'batch'),
    'keep-last-batch': Setting('keep_last_batch', _yes_or_no, 'yes or no', 'last-batch'),
    'steps-per-run': Setting('steps_per_run', _positive, 'a positive whole number', 'steps'),
}


def read_setting(name: str, text: str) -> tuple[str, Any]:
    """The field and the value of a setting; raises UsageError where there is none of this name, or not this value."""
    if name not in SETTINGS:
        raise UsageError(unknown_name('setting', name, SETTINGS))
    setting = SETTINGS[name]
    try:
        return setting.field, setting.read(text)
    except ValueError:
        raise UsageError(f'{name} {text!r:.60}: expected {setting.expected}') from None


def name_suffix(fields: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """What the fields add to the name of a run: '_rate-0.001', or nothing where they are as by default."""
    suffix = ''
    for setting in SETTINGS.values():
        value = fields[setting.field]
        if setting.in_name and value is not None and value != defaults.get(setting.field):
            suffix += '_notebook-loop' if (setting.field, value) == ('steps_per_run', 1) else _spelled(setting, value)
    return suffix


def _spelled(setting: Setting, value: Any) -> str:
    if value is True:
        return f'_{setting.in_name}'
    # 1e+20 without its plus, which no folder of a run may have in its name.
    return f'_{setting.in_name}-{str(value).replace("+", "")}'
