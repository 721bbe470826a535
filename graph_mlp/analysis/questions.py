"""The plan of a question that is asked on the command line: models, or the values of a setting, against each other."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from graph_mlp.analysis.measures import Measure
from graph_mlp.analysis.plan import Comparison, InputFile, Plan, PlannedRun, check_runs, folder_name, model_settings
from graph_mlp.analysis.settings import SETTINGS, read_setting
from graph_mlp.config import PIXELS, RunConfig
from graph_mlp.errors import UsageError
from graph_mlp.tags import resolve_tag

Varied = Sequence[tuple[str, Sequence[str]]]  # a setting and its values as text, as often as --vary was given


def asked_plan(
    tags: Sequence[str],
    fixed: Mapping[str, Any],
    varied: Varied,
    files: Sequence[InputFile],
    measure: Measure,
    seeds: int,
    epochs: int,
) -> Plan:
    """The plan that compares these models, or one model with these settings, in pairs.

    `fixed` are the fields of RunConfig, and steps_per_run, that all runs share; None: not given. Raises UsageError
    where a tag spells no model, settings contradict each other, or there is nothing to compare.
    """
    for tag in tags:
        if model_settings(tag) is None:
            raise UsageError(f'{tag!r:.140} is no plan (NAME.toml) and no tag of a model, such as BN_elu-300-100')
    values = _varied_values(varied, fixed)
    runs = [
        _run(tag, {**fixed, **dict(combination)}, files)
        for tag in tags or (None,)
        for combination in itertools.product(*values)
    ]
    if len(runs) < 2:
        raise UsageError(f'{runs[0].label} alone is nothing to compare: name another model, or --vary a setting')
    check_runs(runs)
    question = _question(tags, fixed, varied, files, measure, epochs)
    comparison = Comparison('runs', question, 'by-epoch', tuple(runs), pairs=measure)
    return Plan(folder_name(question), question, (comparison,), seeds, epochs)


def _varied_values(varied: Varied, fixed: Mapping[str, Any]) -> list[list[tuple[str, Any]]]:
    names = [name for name, _ in varied]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f'--vary {name} is given twice: name all its values once')
    values = [[read_setting(name, text) for text in texts] for name, texts in varied]
    for name, texts in varied:
        if not texts:
            raise UsageError(f'--vary {name} needs values, as in --vary {name} A B')
        if fixed.get(SETTINGS[name].field) is not None:
            raise UsageError(f'--vary {name} and --{name} contradict each other: drop one of them')
    return values


def _run(tag: str | None, fields: dict[str, Any], files: Sequence[InputFile]) -> PlannedRun:
    steps_per_run = fields.pop('steps_per_run', None)
    settings = RunConfig(**resolve_tag(tag, fields)[1])
    run = PlannedRun('', settings, steps_per_run, files=tuple(files))
    if settings.input_features == PIXELS and any(file.flag == '--pca' for file in files):
        raise UsageError(f'--pca: {run.name} takes all {PIXELS} pixels; add --input-features')
    return run._replace(label=run.name)


def _question(
    tags: Sequence[str],
    fixed: Mapping[str, Any],
    varied: Varied,
    files: Sequence[InputFile],
    measure: Measure,
    epochs: int,
) -> str:
    parts = [' or '.join(tags)] if tags else []
    parts += [f'{name} {" or ".join(texts)}' for name, texts in varied]
    held = {name: fixed.get(setting.field) for name, setting in SETTINGS.items()}
    spelled = [f'{name} {_spelled(value)}' for name, value in held.items() if value is not None]
    spelled += [f'{file.flag[2:]} {file.checksum[:8]}' for file in files]
    parts += [f'with {", ".join(spelled)}'] if spelled else []
    parts += [] if measure.name == 'final accuracy' else [f'by {measure.name}']
    parts += [] if epochs == RunConfig().epochs else [f'after {epochs} epochs']
    return f'{", ".join(parts)}?'


def _spelled(value: Any) -> str:
    if isinstance(value, tuple):
        return '-'.join(map(str, value))
    return {True: 'yes', False: 'no'}[value] if isinstance(value, bool) else str(value)
