"""What a run is: one frozen record of model, data and training."""

import dataclasses
import itertools
import math
import re
from typing import Any, NamedTuple

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.errors import UsageError
from graph_mlp.optimizers import OPTIMIZERS

PIXELS = 28 * 28
CLASSES = 10
MAX_UNITS = 65_536  # of a hidden layer
MAX_HIDDEN_LAYERS = 64


class LayerNames(NamedTuple):
    """The variable scopes of one hidden layer, as `tf.layers` numbered them in the notebook."""

    dense: str  # 'hidden1', 'hidden2', ...
    batch_norm: str  # 'batch_normalization', 'batch_normalization_1', ...


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
        """The tag that spells this model (graph_mlp/tags.py has the grammar)."""
        pca = f'PCA{self.input_features}_' if self.input_features < PIXELS else ''
        batch_norm = 'BN_' if self.batch_norm else ''
        letters = OPTIMIZERS[self.optimizer].tag
        optimizer = f'{letters}_' if letters else ''
        sizes = ''.join(f'-{size}' for size in self.hidden_sizes)
        return f'{pca}{batch_norm}{optimizer}{self.activation}{sizes}'

    @property
    def description(self) -> str:
        """The model and its optimizer for people: '784-300-100-10, elu, batch norm, gradient descent, rate 0.01'."""
        sizes = '-'.join(map(str, (self.input_features, *self.hidden_sizes, CLASSES)))
        batch_norm = 'batch norm' if self.batch_norm else 'no batch norm'
        optimizer = OPTIMIZERS[self.optimizer].title
        return f'{sizes}, {self.activation}, {batch_norm}, {optimizer}, rate {self.learning_rate:g}'

    @property
    def hidden_layer_names(self) -> list[LayerNames]:
        """The variable scopes of every hidden layer, from the input to the output; the output's is `output`."""
        return [
            LayerNames(f'hidden{number + 1}', f'batch_normalization_{number}' if number else 'batch_normalization')
            for number in range(len(self.hidden_sizes))
        ]

    @property
    def kernel_shapes(self) -> list[tuple[int, int]]:
        """Rows and columns of every kernel, from the input to the output."""
        return list(itertools.pairwise((self.input_features, *self.hidden_sizes, CLASSES)))

    @property
    def parameters(self) -> int:
        """How many numbers training changes: kernels, biases, and batch norm's gamma and beta."""
        dense = sum(rows * columns + columns for rows, columns in self.kernel_shapes)
        return dense + (2 * sum(self.hidden_sizes) if self.batch_norm else 0)

    @property
    def step_flops(self) -> int:
        """Floating-point operations of the matrix products of one training step.

        Three products a layer: the output, the gradient by the kernel and the gradient by the inputs. The first
        layer has no gradient by its inputs, the images.
        """
        products = [rows * columns for rows, columns in self.kernel_shapes]
        return 2 * self.batch_size * (3 * sum(products) - products[0])

    def to_json(self) -> dict[str, Any]:
        """The record as JSON types; `from_json` reads it back."""
        return {**dataclasses.asdict(self), 'hidden_sizes': list(self.hidden_sizes)}

    @classmethod
    def from_json(cls, record: object) -> 'RunConfig':
        """Reads what `to_json` wrote; a field that is absent, in a file of an older version, takes its default.

        Raises UsageError where a field is unknown, of another type, or out of its range.
        """
        if not isinstance(record, dict):
            raise UsageError(f'a configuration is a JSON object, not {type(record).__name__}')
        defaults = {field.name: field.default for field in dataclasses.fields(cls)}
        if unknown := sorted(map(str, set(record) - set(defaults))):
            raise UsageError(f'the configuration has unknown fields: {", ".join(unknown)[:200]}')
        values = {**defaults, **record}
        if isinstance(values['hidden_sizes'], list):
            values['hidden_sizes'] = tuple(values['hidden_sizes'])
        if type(values['learning_rate']) is int:
            values['learning_rate'] = float(values['learning_rate'])
        for name, default in defaults.items():
            if type(values[name]) is not type(default):
                raise UsageError(
                    f'configuration field {name} is {values[name]!r:.60}, expected {type(default).__name__}'
                )
        return cls(**values)


def _check_model(config: RunConfig) -> None:
    if config.activation not in ACTIVATIONS:
        raise UsageError(f'activation {config.activation!r:.60} is unknown: choose from {", ".join(ACTIVATIONS)}')
    if not 1 <= len(config.hidden_sizes) <= MAX_HIDDEN_LAYERS:
        raise UsageError(f'{len(config.hidden_sizes)} hidden layers: a network here has 1 to {MAX_HIDDEN_LAYERS}')
    for size in config.hidden_sizes:
        if type(size) is not int or not 1 <= size <= MAX_UNITS:
            raise UsageError(f'hidden size {size!r:.60}: a layer has 1 to {MAX_UNITS} units')
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
