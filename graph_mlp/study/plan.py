"""What a study is about: runs, the comparisons made of them, and the claims about them.

A plan is written in Python (claims_2017.py), in a TOML file, or asked on the command line.
"""

import codecs
import functools
import itertools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from graph_mlp.compare import named_measure, unknown
from graph_mlp.config import RunConfig, settings
from graph_mlp.errors import UsageError
from graph_mlp.files import open_regular, sha256
from graph_mlp.settings import Setting
from graph_mlp.store.checkpoint import fingerprint, open_checkpoint
from graph_mlp.study.claims import Claim, check_measure
from graph_mlp.tags import parse_tag, resolve_tag

DEFAULT_SEEDS, DEFAULT_EPOCHS = 8, RunConfig().epochs
STUDY_SETTINGS = ('seed', 'epochs', 'dataset')  # which the study itself gives each of its runs
LONGEST_LABEL = 200  # bytes; a file system takes 255

Positive = Annotated[int, msgspec.Meta(ge=1)]


class PlannedRun(NamedTuple):
    """One configuration, to be trained with several seeds."""

    label: str  # in tables and plots
    name: str  # the tag of its runs without the seed: spelled by the configuration, so that a run is found again
    config: RunConfig  # without meaning: its seed, epochs and data set
    most_epochs: int = 10**6  # where it is trained for less than the study's epochs


class Comparison(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Runs that are drawn together, and what is claimed of them."""

    title: str
    runs: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]  # labels, or tags of models
    key: str = ''  # as in --only; empty: the title
    axis: Literal['by-epoch', 'by-time'] = 'by-epoch'
    timed: tuple[str, ...] = ()  # for their seconds per epoch alone, not drawn
    summary: str = ''
    claims: Annotated[tuple[Claim, ...], msgspec.Meta(max_length=26)] = ()  # 'a' to 'z'
    pairs: str | None = None  # the measure by which every run is compared with every other; None: they are not

    @property
    def labels(self) -> tuple[str, ...]:
        """Of all its runs."""
        return (*self.runs, *self.timed)

    def __post_init__(self) -> None:
        for label in (label for claim in self.claims for label in claim.runs):
            if label not in self.labels:
                raise ValueError(unknown('run of this comparison', label, self.labels))
        if len(set(self.labels)) < len(self.labels):
            raise ValueError(f'one of the runs {", ".join(self.labels)} is listed twice')
        check_measure(self.pairs or 'final accuracy')


class Plan(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, dict=True, rename='kebab'):
    """One study; what is not given has its default."""

    question: str  # the title of its page
    seeds: Positive = DEFAULT_SEEDS  # runs per configuration
    epochs: Positive = DEFAULT_EPOCHS  # of a run
    measure: str = 'final accuracy'  # by which all runs are compared in pairs, where there are no comparisons
    claims_title: str = 'claim'  # the heading of the claims in the table of verdicts
    fixed: dict[str, Any] = {}  # settings that all runs share
    runs: dict[str, dict[str, Any]] = {}  # for each run its model as a tag, its settings, its epochs if fewer
    claims: tuple[Claim, ...] = ()  # about all runs, where there are no comparisons
    comparisons: tuple[Comparison, ...] = ()  # without any, all runs are one comparison

    def __post_init__(self) -> None:
        check_measure(self.measure)
        if not self.comparisons:
            if not self.runs:
                raise ValueError('there are no runs: add a table [runs.NAME] for each')
            runs = tuple(self.runs)
            whole = Comparison(title=self.question, runs=runs, key='runs', claims=self.claims, pairs=self.measure)
            self.comparisons = (whole,)
        elif self.claims:
            raise ValueError('claims: they belong to a comparison here; write [[comparisons.claims]] below it')
        self.comparisons = tuple(
            msgspec.structs.replace(one, key=one.key or folder_name(one.title)) for one in self.comparisons
        )
        keys = [one.key for one in self.comparisons]
        if wrong := [key for key in keys if keys.count(key) > 1 or key.isdigit() or folder_name(key) != key]:
            raise ValueError(f'comparisons: the key {wrong[0]!r} is taken, a number, or no name of a folder')

    @functools.cached_property
    def planned(self) -> dict[str, PlannedRun]:
        """The runs of its comparisons by label; raises UsageError where a run makes no sense, or two are the same."""
        used = dict.fromkeys(label for one in self.comparisons for label in one.labels)
        if unused := [label for label in self.runs if label not in used]:
            raise UsageError(f'runs.{unused[0]}: no comparison uses it')
        planned = {label: self._planned(label) for label in used}
        by_name: dict[str, str] = {}
        for label, run in planned.items():
            if not re.fullmatch(r'[^./\x00-\x1f][^/\x00-\x1f]*', label) or len(label.encode()) > LONGEST_LABEL:
                allowed = f'no dot at its beginning, no slash and at most {LONGEST_LABEL} bytes'
                raise UsageError(f'run {label[:40]!r}: a label has {allowed}')
            parse_tag(f'{run.name}_seed-{2**32 - 1}')
            if (other := by_name.setdefault(run.name, label)) != label:
                raise UsageError(f'runs {other!r} and {label!r} have the same settings: drop one of them')
        return planned

    def _planned(self, label: str) -> PlannedRun:
        table, fields = self.runs.get(label, {'model': label}), dict[str, Any]()
        own = sorted(table.items(), key=lambda item: item[0] != 'model')  # before what the run changes of it
        most_epochs = table.get('epochs', 10**6)
        if type(most_epochs) is not int or most_epochs < 1:
            raise UsageError(f'runs.{label}.epochs: found {most_epochs!r:.60}, expected a positive whole number')
        items = [*(('fixed', *item) for item in self.fixed.items()), *((f'runs.{label}', *item) for item in own)]
        for path, flag, value in items:
            try:
                if flag == 'model':
                    if not model_settings(value):
                        raise UsageError(f'{value!r} is no tag of a model, such as BN_elu-300-100')
                    fields |= model_settings(value) or {}
                elif flag != 'epochs' or path == 'fixed':
                    one = setting(flag)
                    fields[one.name] = one.read(one.spelled(tuple(value) if isinstance(value, list) else value))
            except UsageError as error:
                raise UsageError(f'{path}.{flag}: {error}') from None
        return planned_run(label, fields, most_epochs)

    def only(self, keys: Sequence[str]) -> dict[int, Comparison]:
        """The comparisons of these keys or numbers, in the plan's order and by number; all without a key.

        Raises UsageError naming those that exist.
        """
        numbered = dict(enumerate(self.comparisons, 1))
        names = {name for number, one in numbered.items() for name in (str(number), one.key)}
        if missing := [key for key in keys if key not in names]:
            existing = f'choose from 1 to {len(numbered)} or {", ".join(one.key for one in self.comparisons)}'
            raise UsageError(f'--only {missing[0]}: there is no such comparison; {existing}')
        return {number: one for number, one in numbered.items() if not keys or {one.key, str(number)} & set(keys)}


def read_plan(path: Path) -> Plan:
    """Reads a plan from a TOML file; raises UsageError with the path of a slip, what was found and what is allowed."""
    try:
        with open_regular(path) as file:
            content = file.read(2**20 + 1).removeprefix(codecs.BOM_UTF8)
        if len(content) > 2**20:
            raise ValueError('it is larger than 1 MiB')
        plan = msgspec.toml.decode(content, type=Plan)
        plan.planned  # noqa: B018 (which checks its runs)
        return plan
    except msgspec.ValidationError as error:
        raise UsageError(f'{path}: {_slip(str(error), msgspec.toml.decode(content))}') from None
    except (OSError, ValueError, UsageError) as error:  # msgspec's too
        raise UsageError(f'{path}: {getattr(error, "strerror", None) or error}') from None


def _slip(message: str, content: Any) -> str:
    """msgspec's message, its path first, with what was found there and the fields that there are."""
    text, _, path = message.partition(' - at `$')
    place = path.rstrip('`').lstrip('.')
    for part in re.findall(r'[^.\[\]]+', place):
        content = content[int(part)] if part.isdigit() else content.get(part) if isinstance(content, dict) else None
    if 'unknown field' in text:
        kind = next((one for end, one in (('claims[', Claim), ('comparisons[', Comparison)) if end in place), Plan)
        text += f'; there are {", ".join(kind.__struct_encode_fields__)}'
    elif text.startswith(('Expected', 'Invalid')):
        text += f'; found {content!r:.60}{", expected by-epoch or by-time" if "enum" in text else ""}'
    return f'{place}: {text}' if place else text


def asked_plan(tags: Sequence[str], fixed: Mapping[str, Any], varied: Sequence[Sequence[str]], **given: Any) -> Plan:
    """The plan that compares models, or one model with several settings, in pairs.

    Args: tags of the models; fixed, fields of RunConfig that all runs share; varied, the flag of a setting and its
    values as text, as often as --vary was given; given, the plan's measure, seeds and epochs if not the defaults.
    Raises UsageError where a tag spells no model, settings contradict each other, or there is nothing to compare.
    """
    named_measure(given.get('measure', 'final accuracy'))
    for tag in tags:
        if not model_settings(tag):
            raise UsageError(f'{tag!r:.140} is no plan (NAME.toml) and no tag of a model, such as BN_elu-300-100')
    choices = []
    for flag, *texts in varied:
        one = setting(flag)
        if one.name in fixed or [other[0] for other in varied].count(flag) > 1:
            raise UsageError(f'--vary {flag} and another --vary {flag} or --{flag} contradict each other: drop one')
        if not texts:
            raise UsageError(f'--vary {flag} needs values, as in --vary {flag} A B')
        choices.append([(one.name, one.read(text)) for text in texts])
    asked = [
        resolve_tag(tag, {**fixed, **dict(combination)})[1]
        for tag in tags or (None,)
        for combination in itertools.product(*choices)
    ]
    names = [planned_run('', fields).name for fields in asked]
    if len(names) < 2:
        raise UsageError(f'{names[0]} alone is nothing to compare: name another model, or --vary a setting')
    if repeated := [name for name in names if names.count(name) > 1]:
        raise UsageError(f'{repeated[0]} is asked for twice: drop one of the two')
    held = [(settings()[name], value) for name, value in fixed.items()]
    spelled = [f'{one.flag} {_checksum(one, value) or one.spelled(value)}' for one, value in held]
    parts = [' or '.join(tags)] if tags else []
    parts += [f'{flag} {" or ".join(texts)}' for flag, *texts in varied]
    parts += [f'with {", ".join(spelled)}'] if spelled else []
    parts += [f'by {given["measure"]}'] if given.get('measure', 'final accuracy') != 'final accuracy' else []
    parts += [f'after {given["epochs"]} epochs'] if given.get('epochs', DEFAULT_EPOCHS) != DEFAULT_EPOCHS else []
    tables = [{str(settings()[name].flag): value for name, value in fields.items()} for fields in asked]
    return Plan(question=f'{", ".join(parts)}?', runs=dict(zip(names, tables, strict=True)), **given)


def planned_run(label: str, fields: Mapping[str, Any], most_epochs: int = 10**6) -> PlannedRun:
    """A run with these fields of RunConfig; raises UsageError where they contradict each other."""
    paths = {name: str(Path(fields[name]).resolve()) for name in ('init_ckpt', 'pca') if fields.get(name)}
    config = RunConfig(**{**fields, **paths})  # absolute: a worker has another current folder
    name = config.model_tag + ''.join(_suffix(one, getattr(config, one.name)) for one in settings().values())
    if config.pca and config.input_features == config.pixels:
        raise UsageError(f'--pca: {label or name} takes all {config.pixels} pixels; add --input-features')
    return PlannedRun(label, name, config, most_epochs)


def _suffix(one: Setting, value: Any) -> str:
    """What a setting adds to the name of a run: '_rate-0.001', nothing where it is the default or the tag spells it."""
    if one.in_tag or one.name in STUDY_SETTINGS or value == one.default:
        return ''
    if one.name == 'steps_per_run' and value == 1:
        return '_notebook-loop'
    checksum = _checksum(one, value)
    return f'_{one.in_name}-{checksum}' if checksum else one.suffix(value)


def _checksum(one: Setting, value: Any) -> str:
    """Of the content of the file that a setting names; empty where it names none."""
    try:
        if one.name == 'init_ckpt':
            with open_checkpoint(Path(value)) as checkpoint:
                return fingerprint(checkpoint)[:8]
        return sha256(Path(value))[:8] if one.name == 'pca' else ''
    except (OSError, ValueError) as error:
        raise UsageError(f'--{one.flag} {value}: {getattr(error, "strerror", None) or error}') from None


def variable_settings() -> dict[str, Setting]:
    """The settings that a study can vary, by flag."""
    return {one.flag: one for one in settings().values() if one.flag and one.name not in (*STUDY_SETTINGS, 'publish')}


def setting(flag: str) -> Setting:
    """The setting of this flag; raises UsageError where a study cannot vary it."""
    if flag not in variable_settings():
        raise UsageError(unknown('setting', flag, variable_settings()))
    return variable_settings()[flag]


def model_settings(tag: object) -> dict[str, Any] | None:
    """The fields of RunConfig that a tag spells; None where it spells no model."""
    try:
        return parse_tag(str(tag))
    except UsageError:
        return None


def folder_name(text: str) -> str:
    """A text as the name of a folder: letters, digits, '.', '_' and '-' alone, at most 100 characters."""
    name = re.sub(r'[^A-Za-z0-9._-]+', '-', text).strip('-.') or 'study'
    return name if len(name) <= 100 else f'{name[:91]}-{sha256(name.encode())[:8]}'
