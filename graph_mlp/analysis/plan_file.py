"""Reads a plan: the runs, what is held fixed, the comparisons and the claims of a study, from a TOML file."""

from pathlib import Path
from typing import Any

from graph_mlp.analysis.nearest import unknown_name
from graph_mlp.analysis.plan import (
    AXES,
    Comparison,
    Plan,
    PlannedRun,
    check_runs,
    folder_name,
    model_settings,
    planned,
)
from graph_mlp.analysis.plan_claims import read_claims, read_measure
from graph_mlp.analysis.settings import SETTINGS, read_setting
from graph_mlp.analysis.toml_file import Table, read_toml
from graph_mlp.config import RunConfig
from graph_mlp.errors import UsageError

NOTEBOOK = Path(__file__).with_name('plans') / 'notebook.toml'
DEFAULT_SEEDS, DEFAULT_EPOCHS = 8, RunConfig().epochs
PLAN_KEYS = {
    'question': 'what the study asks, the title of its page',
    'seeds': f'runs per configuration (default {DEFAULT_SEEDS})',
    'epochs': f'of a run (default {DEFAULT_EPOCHS})',
    'measure': 'by which all runs are compared in pairs (default "final accuracy")',
    'claims-title': 'the heading of the claims in the table of verdicts',
    'fixed': 'a table of settings that all runs share',
    'runs': 'a table for each run: its model as a tag, its settings, epochs where it is trained for fewer',
    'claims': 'a table for each claim',
    'comparisons': 'a table for each figure, with claims of its own; without any, all runs are one comparison',
}
COMPARISON_KEYS = ('key', 'title', 'axis', 'runs', 'timed', 'summary', 'pairs', 'claims')


def notebook() -> Plan:
    """The plan of the notebook's Analysis."""
    return read_plan(NOTEBOOK)


def read_plan(path: Path) -> Plan:
    """Reads a plan; raises UsageError with file and line where it has a slip."""
    file = read_toml(path)
    file.allow(PLAN_KEYS)
    question = file.take('question', str)
    runs = _Runs(file)
    measure = read_measure(file, 'measure', 'final accuracy')
    comparisons = [_comparison(table, runs) for table in file.tables('comparisons')]
    if not comparisons:
        if not runs.named:
            raise file.error(None, 'there are no runs: add a table [runs.NAME] for each')
        claims = read_claims(file, tuple(runs.named))
        compared = tuple(runs.named.values())
        comparisons = [Comparison('runs', question, 'by-epoch', compared, (), '', claims, measure)]
    elif 'claims' in file.values:
        raise file.error('claims', 'claims belong to a comparison here: write [[comparisons.claims]] below it')
    used = {run.label for comparison in comparisons for run in comparison.runs + comparison.timed}
    for label in runs.named:
        if label not in used:
            raise file.table('runs').error(label, f'no comparison uses the run {label!r}')
    _check_keys(file, comparisons)
    plan = Plan(
        folder_name(question), question, tuple(comparisons), _positive(file, 'seeds', DEFAULT_SEEDS),
        _positive(file, 'epochs', DEFAULT_EPOCHS), file.take('claims-title', str, 'claim'),
    )  # fmt: skip
    try:
        check_runs(planned(plan.only([])))
    except UsageError as error:
        raise file.error('runs', str(error)) from None
    return plan


class _Runs:
    """The runs that a plan names, or that a model's tag spells."""

    def __init__(self, file: Table):
        self._fixed = _settings(file.table('fixed'), {})
        self.named = {label: self._named(file.table('runs'), label) for label in file.table('runs').values}

    def _named(self, runs: Table, label: str) -> PlannedRun:
        runs.take(label, dict)
        table = runs.table(label)
        fields = dict(self._fixed)
        if (tag := table.take('model', str, None)) is not None:
            fields.update(_model(table, tag))
        fields = _settings(table, fields, ('model', 'epochs'))
        most_epochs = _positive(table, 'epochs', None)
        return _planned(table, label, fields)._replace(most_epochs=most_epochs)

    def listed(self, table: Table, key: str, default: Any = None) -> tuple[PlannedRun, ...]:
        """The runs that a list names; raises UsageError for one that is neither named nor a model's tag."""
        labels = table.texts(key) if default is None else table.texts(key, default)
        for label in labels:
            if label not in self.named and model_settings(label) is None:
                message = unknown_name('run', label, self.named) if self.named else f'{label!r} is no tag of a model'
                raise table.error(key, message, label)
            if labels.count(label) > 1:
                raise table.error(key, f'{label!r} is listed twice', label)
        return tuple(
            self.named[label] if label in self.named
            else _planned(table, label, {**self._fixed, **(model_settings(label) or {})})
            for label in labels
        )  # fmt: skip


def _planned(table: Table, label: str, fields: dict[str, Any]) -> PlannedRun:
    settings = {name: value for name, value in fields.items() if name != 'steps_per_run'}
    try:
        return PlannedRun(label, RunConfig(**settings), fields.get('steps_per_run'))
    except UsageError as error:
        raise table.error(None, f'run {label!r}: {error}') from None


def _model(table: Table, tag: str) -> dict[str, Any]:
    model = model_settings(tag)
    if model is None:
        raise table.error('model', f'model {tag!r} is no tag of a model, such as BN_elu-300-100')
    return model


def _settings(table: Table, fields: dict[str, Any], besides: tuple[str, ...] = ()) -> dict[str, Any]:
    table.allow([*besides, *SETTINGS])
    for key, value in table.values.items():
        if key in besides:
            continue
        text = '-'.join(map(str, value)) if isinstance(value, list) else str(value)
        try:
            name, read = read_setting(key, text)
        except UsageError as error:
            raise table.error(key, str(error)) from None
        fields = {**fields, name: read}
    return fields


def _comparison(table: Table, runs: _Runs) -> Comparison:
    table.allow(COMPARISON_KEYS)
    axis = table.take('axis', str, 'by-epoch')
    if axis not in AXES:
        raise table.error('axis', unknown_name('axis', axis, AXES))
    compared, timed = runs.listed(table, 'runs'), runs.listed(table, 'timed', [])
    if not compared:
        raise table.error('runs', 'a comparison needs at least one run')
    title = table.take('title', str)
    key = table.take('key', str, folder_name(title))
    if folder_name(key) != key:
        raise table.error('key', f'key {key!r:.60}: use letters, digits, ".", "_" and "-"')
    labels = tuple(run.label for run in compared + timed)
    pairs = read_measure(table, 'pairs', None) if 'pairs' in table.values else None
    return Comparison(
        key, title, axis, compared, timed, table.take('summary', str, ''), read_claims(table, labels), pairs
    )


def _check_keys(file: Table, comparisons: list[Comparison]) -> None:
    keys = [comparison.key for comparison in comparisons]
    for number, table in enumerate(file.tables('comparisons')):
        if keys[number] in keys[:number] or keys[number].isdigit():
            raise table.error('key', f'key {keys[number]!r} is taken or a number: choose another')


def _positive(table: Table, key: str, default: Any) -> Any:
    value = table.take(key, int, default)
    if value is not None and value < 1:
        raise table.error(key, f'{key} {value}: a positive whole number is needed')
    return value
