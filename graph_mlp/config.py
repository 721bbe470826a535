"""What a run is: one frozen record of model, data and training, and the tag that names it."""

import dataclasses
import itertools
import math
import re
from typing import Any

from graph_mlp.errors import UsageError

PIXELS = 28 * 28
CLASSES = 10
ACTIVATIONS = ('relu', 'elu', 'leaky_relu', 'tanh', 'selu')
# The order is the notebook's conclusion; gradient descent, its own optimizer, leaves no trace in a tag.
OPTIMIZERS = {'sgd': '', 'momentum': 'MO', 'nesterov': 'NAG', 'adagrad': 'ADAGRAD', 'rmsprop': 'RMS', 'adam': 'ADAM'}
MODEL_FIELDS = frozenset({'hidden_sizes', 'activation', 'batch_norm', 'input_features', 'optimizer'})
LARGEST_HIDDEN = 65_536
MOST_HIDDEN = 64

_LABEL = re.compile(r'[A-Za-z0-9_][A-Za-z0-9._-]*')
_MODEL_TAG = re.compile(
    r'(?:PCA(?P<features>\d+)_)?(?P<batch_norm>BN_)?(?:(?P<optimizer>MO|NAG|ADAGRAD|RMS|ADAM)_)?'
    rf'(?P<activation>{"|".join(ACTIVATIONS)})(?P<sizes>(?:-\d+)+)'
)
_ALMOST_MODEL_TAG = re.compile(r'(?:(?:PCA\d*|BN|MO|NAG|ADAGRAD|RMS|ADAM)_.*|[a-z_]+(?:-\d+){2,})')


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """One run's model, data and training; the defaults are the 2017 notebook's last cells.

    Raises UsageError where a value is out of its range.
    """

    hidden_sizes: tuple[int, ...] = (300, 100)
    activation: str = 'elu'
    batch_norm: bool = True
    input_features: int = PIXELS  # fewer than 784: the leading principal components
    dataset: str = 'mnist'  # 'mnist', 'digits', or 'idx-' and eight hex digits for any other 28 x 28 set
    optimizer: str = 'sgd'
    learning_rate: float = 0.01
    batch_size: int = 70  # images
    keep_last_batch: bool = False  # the notebook leaves an incomplete last batch out
    epochs: int = 60
    seed: int = 42

    def __post_init__(self) -> None:
        _check_model(self)
        _check_training(self)

    @property
    def model_tag(self) -> str:
        """The tag that spells this model: `[PCA<k>_][BN_][<OPT>_]<activation>-<h1>-<h2>...`."""
        pca = f'PCA{self.input_features}_' if self.input_features < PIXELS else ''
        batch_norm = 'BN_' if self.batch_norm else ''
        optimizer = f'{OPTIMIZERS[self.optimizer]}_' if OPTIMIZERS[self.optimizer] else ''
        sizes = ''.join(f'-{size}' for size in self.hidden_sizes)
        return f'{pca}{batch_norm}{optimizer}{self.activation}{sizes}'

    @property
    def layer_shapes(self) -> list[tuple[int, int]]:
        """Rows and columns of every kernel, from the input to the output."""
        return list(itertools.pairwise((self.input_features, *self.hidden_sizes, CLASSES)))

    @property
    def parameters(self) -> int:
        """How many numbers training changes: kernels, biases, and batch norm's gamma and beta."""
        dense = sum(rows * columns + columns for rows, columns in self.layer_shapes)
        return dense + (2 * sum(self.hidden_sizes) if self.batch_norm else 0)

    @property
    def step_flops(self) -> int:
        """Floating-point operations of a step's matrix products: three per layer, but no gradient by the images."""
        products = [rows * columns for rows, columns in self.layer_shapes]
        return 2 * self.batch_size * (3 * sum(products) - products[0])

    def to_json(self) -> dict[str, Any]:
        """The record as JSON types; `from_json` reads it back."""
        return {**dataclasses.asdict(self), 'hidden_sizes': list(self.hidden_sizes)}

    @classmethod
    def from_json(cls, record: Any) -> 'RunConfig':
        """Reads what `to_json` wrote; raises UsageError where a field is missing, unknown or of another type."""
        if not isinstance(record, dict):
            raise UsageError(f'a configuration is a JSON object, not {type(record).__name__}')
        fields = {field.name: field.default for field in dataclasses.fields(cls)}
        if set(record) != set(fields):
            wrong = sorted(set(record) ^ set(fields))
            raise UsageError(f'the configuration has missing or unknown fields: {", ".join(map(str, wrong))[:200]}')
        values = dict(record)
        if isinstance(values['hidden_sizes'], list):
            values['hidden_sizes'] = tuple(values['hidden_sizes'])
        if type(values['learning_rate']) is int:
            values['learning_rate'] = float(values['learning_rate'])
        for name, default in fields.items():
            if type(values[name]) is not type(default):
                raise UsageError(
                    f'configuration field {name} is {values[name]!r:.60}, expected {type(default).__name__}'
                )
        return cls(**values)


def parse_tag(tag: str) -> dict[str, Any] | None:
    """The model fields that a tag spells, or None where it is only a label.

    Raises UsageError where the tag could not name a folder or spells an impossible model.
    """
    if not _LABEL.fullmatch(tag) or len(tag) > 120:
        raise UsageError(f'tag {tag!r:.140} is not a name: use letters, digits, ".", "_" and "-", at most 120 of them')
    if tag.startswith(('digits_', 'idx-')):
        raise UsageError(f'tag {tag!r}: names that begin with digits_ or idx- are kept for runs on other data sets')
    match = _MODEL_TAG.fullmatch(tag)
    if match is None:
        return None
    optimizers = {short: name for name, short in OPTIMIZERS.items()}
    return {
        'hidden_sizes': tuple(int(size) for size in match['sizes'][1:].split('-')),
        'activation': match['activation'],
        'batch_norm': match['batch_norm'] is not None,
        'input_features': int(match['features']) if match['features'] else PIXELS,
        'optimizer': optimizers[match['optimizer'] or ''],
    }


def requested(tag: str | None, flags: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The run's tag, and the configuration fields that `--tag` and the flags given (not None) settle together.

    Without a tag it is spelled from the flags. Raises UsageError where a flag contradicts the tag, where a label
    looks like a misspelled model, or where a value is out of its range.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    if tag is None:
        tag = RunConfig(**given).model_tag
    model = parse_tag(tag)
    if model is None:
        if _ALMOST_MODEL_TAG.fullmatch(tag) and not MODEL_FIELDS.intersection(given):
            raise UsageError(
                f'tag {tag!r} is not of the form [PCA<k>_][BN_][<OPT>_]<activation>-<h1>-<h2>, with an activation '
                f'of {", ".join(ACTIVATIONS)}; to use it as a label, spell the model with --activation and --hidden'
            )
        model = {}
    for name, value in model.items():
        if given.get(name, value) != value:
            raise UsageError(
                f'tag {tag!r} says {as_flag(name, value)}, the command line says {as_flag(name, given[name])}: '
                'drop the flag, or use another tag'
            )
    fields = {**given, **model}
    RunConfig(**fields)
    return tag, fields


def as_flag(name: str, value: Any) -> str:
    """A configuration field the way the command line spells it, for messages."""
    if name == 'hidden_sizes':
        return '--hidden ' + ' '.join(map(str, value))
    flag = name.replace('_', '-')
    if isinstance(value, bool):
        return f'--{flag}' if value else f'--no-{flag}'
    return f'--{flag} {value}'


def _check_model(config: RunConfig) -> None:
    if config.activation not in ACTIVATIONS:
        raise UsageError(f'activation {config.activation!r:.60} is unknown: choose from {", ".join(ACTIVATIONS)}')
    if not 1 <= len(config.hidden_sizes) <= MOST_HIDDEN:
        raise UsageError(f'{len(config.hidden_sizes)} hidden layers: a network here has 1 to {MOST_HIDDEN}')
    for size in config.hidden_sizes:
        if type(size) is not int or not 1 <= size <= LARGEST_HIDDEN:
            raise UsageError(f'hidden size {size!r:.60}: a layer has 1 to {LARGEST_HIDDEN} units')
    if not 1 <= config.input_features <= PIXELS:
        raise UsageError(
            f'input features {config.input_features}: an image has {PIXELS} pixels, so 1 to {PIXELS - 1} '
            f'principal components, or {PIXELS} for the pixels themselves'
        )
    if not re.fullmatch(r'mnist|digits|idx-[0-9a-f]{8}', config.dataset):
        raise UsageError(f'data set {config.dataset!r:.60} is unknown: choose mnist or digits')


def _check_training(config: RunConfig) -> None:
    if config.optimizer not in OPTIMIZERS:
        raise UsageError(f'optimizer {config.optimizer!r:.60} is unknown: choose from {", ".join(OPTIMIZERS)}')
    if not (math.isfinite(config.learning_rate) and config.learning_rate > 0):
        raise UsageError(f'learning rate {config.learning_rate}: a positive finite number is needed, such as 0.01')
    for name, least, most in (('batch_size', 1, 10**6), ('epochs', 1, 10**6), ('seed', 0, 2**32 - 1)):
        value = getattr(config, name)
        if not least <= value <= most:
            raise UsageError(f'{name.replace("_", " ")} {value}: a whole number from {least} to {most} is needed')
