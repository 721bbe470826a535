"""Tags: the grammar by which a run's name spells its model, derived from the tables of activations and optimizers.

[PCA<k>_][BN_][<OPTIMIZER>_]<activation>-<units>[-<units>...]
"""

import re
from typing import Any

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.config import RunConfig, settings
from graph_mlp.errors import UsageError
from graph_mlp.optimizers import OPTIMIZERS
from graph_mlp.settings import BEYOND

GRAMMAR = '[PCA<k>_][BN_][<OPT>_]<activation>-<h1>[-<h2>...]'
MOST_CHARACTERS = 120

_LABEL = re.compile(r'[A-Za-z0-9_][A-Za-z0-9._-]*')


def parse_tag(tag: str) -> dict[str, Any] | None:
    """The model fields of RunConfig that a tag spells, or None where the tag is only a label.

    Raises UsageError where the tag could not name a folder or is reserved.
    """
    if not _LABEL.fullmatch(tag) or len(tag) > MOST_CHARACTERS:
        raise UsageError(
            f'tag {tag!r:.140} is not a name: use letters, digits, ".", "_" and "-", '
            f'at most {MOST_CHARACTERS} characters, not beginning with "." or "-"'
        )
    if reserved := re.match(r'(digits|fashion-mnist|data-[0-9a-f]{8})_|idx-', tag):
        raise UsageError(f'tag {tag!r}: names that begin with {reserved[0]} are reserved for runs on other data sets')
    match = _model_pattern().fullmatch(tag)
    if match is None:
        return None
    optimizer_names = {optimizer.tag: name for name, optimizer in OPTIMIZERS.items()}
    return {
        'hidden_sizes': tuple(int(size) for size in match['sizes'][1:].split('-')),
        'activation': match['activation'],
        'batch_norm': match['batch_norm'] is not None,
        'input_features': int(match['features']) if match['features'] else None,
        'optimizer': optimizer_names[match['optimizer'] or ''],
    }


def resolve_tag(tag: str | None, flags: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The run's tag, and the fields of RunConfig that the tag and the flags (None: not given) settle together.

    Without a tag it is spelled from the flags. A tag that spells a model is followed by what is beyond the notebook.
    Raises UsageError where a flag contradicts the tag, where a label looks like a misspelled model, or where a value is
    out of its range.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    if tag is None:
        tag = RunConfig(**given).model_tag
    model = parse_tag(tag)
    if model is None:
        if looks_like_model(tag) and not any(settings()[name].in_tag for name in given):
            raise UsageError(
                f'tag {tag!r} is not of the form {GRAMMAR}, with an activation of {", ".join(ACTIVATIONS)}: '
                f'spell it as {RunConfig().model_tag} is; for a label, spell the model with --activation and --hidden'
            )
        names = '|'.join(one.in_name for one in settings().values() if one.group == BEYOND)
        if (begin := re.match(f'(.+?)_({names})-', tag)) and parse_tag(begin[1]):
            raise UsageError(f'tag {tag!r}: say --tag {begin[1]} and --{begin[2]}; the run is then named so')
        model = {}
    spelled = RunConfig(**model)
    for name in model:
        value = getattr(spelled, name)
        if given.get(name, value) != value:
            raise UsageError(
                f'tag {tag!r} says {as_flag(name, value)}, the command line says {as_flag(name, given[name])}: '
                'drop the flag, or use another tag'
            )
    fields = {**given, **{name: value for name, value in model.items() if value is not None}}  # None: all pixels
    config = RunConfig(**fields)
    if model:
        tag += config.beyond_tag
        parse_tag(tag)  # which may be too long now
    return tag, fields


def as_flag(name: str, value: Any) -> str:
    """A field of RunConfig as the command line spells it, for messages."""
    flag = settings()[name].flag or name
    if isinstance(value, bool):
        return f'--{flag}' if value else f'--no-{flag}'
    return f'--{flag} ' + (' '.join(map(str, value)) if isinstance(value, tuple) else str(value))


def optimizer_tags() -> list[str]:
    """The letters by which tags name optimizers; the notebook's own has none."""
    return [optimizer.tag for optimizer in OPTIMIZERS.values() if optimizer.tag]


def _model_pattern() -> re.Pattern[str]:
    """Built on every call, so that an activation or optimizer added to its table is spelled at once."""
    return re.compile(
        rf'(?:PCA(?P<features>\d+)_)?(?P<batch_norm>BN_)?(?:(?P<optimizer>{_choice(optimizer_tags())})_)?'
        rf'(?P<activation>{_choice(ACTIVATIONS)})(?P<sizes>(?:-\d+)+)'
    )


def looks_like_model(tag: str) -> bool:
    """Whether a reader could take a label for a model: a prefix, an activation with a number, or two sizes."""
    return bool(
        re.match(rf'(?:PCA\d*|BN|{_choice(optimizer_tags())})[._-]', tag, re.IGNORECASE)
        or re.search(rf'(?:^|[._-])(?:{_choice(ACTIVATIONS)})[._-]*\d', tag, re.IGNORECASE)
        or re.match(r'[A-Za-z_]+(?:-\d+){2,}', tag)
    )


def _choice(names: Any) -> str:
    return '|'.join(map(re.escape, names))
