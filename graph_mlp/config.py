"""What a run is: RunConfig, one field for every setting.

A field carries its default, its range and its help text. The flag of `bin/train`, the check, the JSON on disk, HParams,
`bin/compare`, `bin/study --vary` and the names of a study's runs follow from it.
"""

import functools
import itertools
import sys
import typing
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

import msgspec

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.errors import UsageError
from graph_mlp.optimizers import OPTIMIZERS, defaults_of
from graph_mlp.schedules import FORMS, read
from graph_mlp.settings import BEYOND, Setting

DATASETS = ('mnist', 'digits', 'fashion-mnist')  # that have names of their own
MOST_PIXELS = 4096  # of a side of an image


class LayerNames(NamedTuple):
    """The variable scopes of one hidden layer, as `tf.layers` numbered them in the notebook."""

    dense: str  # 'hidden1', 'hidden2', ...
    batch_norm: str  # 'batch_normalization', 'batch_normalization_1', ...


Units = Annotated[int, msgspec.Meta(ge=1, le=65_536)]
Side = Annotated[int, msgspec.Meta(ge=1, le=MOST_PIXELS)]
Count = Annotated[int, msgspec.Meta(ge=1, le=10**6)]
Positive = Annotated[float, msgspec.Meta(gt=0, le=sys.float_info.max)]
Share = Annotated[float, msgspec.Meta(ge=0, lt=1)]


def own_number(name: str) -> Setting:
    """The setting of a number that some optimizers have."""
    return Setting(f'of the optimizer (default {defaults_of(name)})', BEYOND, metavar='NUMBER')


class RunConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run's model, data and training; the defaults are the 2017 notebook's last cells.

    Raises UsageError where a value is out of its range.
    """

    hidden_sizes: Annotated[
        tuple[Units, ...], msgspec.Meta(min_length=1, max_length=64),
        Setting('units of each hidden layer', 'model', 'hidden', 'UNITS', in_tag=True,
                allowed="1 to 64 sizes of 1 to 65,536 units, such as '300-100'"),
    ] = (300, 100)  # fmt: skip
    activation: Annotated[str, Setting('of the hidden layers', 'model', choices=ACTIVATIONS, in_tag=True)] = 'elu'
    batch_norm: Annotated[bool, Setting('batch norm after every hidden layer', 'model', in_tag=True)] = True
    input_features: Annotated[
        int, msgspec.Meta(ge=1, le=MOST_PIXELS**2),
        Setting('principal components (default: all pixels instead)', 'model', metavar='K', in_tag=True),
    ] = 784  # fmt: skip
    pca: Annotated[
        str | None, Setting('.npz with mean and components, instead of a fit', 'model', metavar='FILE')
    ] = None  # fmt: skip
    dataset: Annotated[  # one of DATASETS, or for the user's own the kind of its files and eight hex digits
        str, msgspec.Meta(pattern=f'^({"|".join(DATASETS)}|(idx|data)-[0-9a-f]{{8}})$'),
        Setting('the images', flag=None, allowed=' or '.join(DATASETS)),
    ] = 'mnist'  # fmt: skip
    height: Annotated[Side, Setting("an image's rows, found in the data", flag=None)] = 28
    width: Annotated[Side, Setting("an image's columns, found in the data", flag=None)] = 28
    classes: Annotated[int, msgspec.Meta(ge=2, le=65_536), Setting('how many, found in the data', flag=None)] = 10
    optimizer: Annotated[str, Setting('how the weights are moved', choices=OPTIMIZERS, in_tag=True)] = 'sgd'
    learning_rate: Annotated[Positive, Setting('of the optimizer', metavar='RATE', in_name='rate')] = 0.01
    batch_size: Annotated[Count, Setting('images in a step', metavar='N', in_name='batch')] = 70
    keep_last_batch: Annotated[
        bool, Setting('train on an incomplete last batch too, which the notebook leaves out', in_name='last-batch')
    ] = False
    epochs: Annotated[Count, Setting('in total, those already done included', metavar='N')] = 60
    seed: Annotated[
        int, msgspec.Meta(ge=0, le=2**32 - 1), Setting('random seed of weights and batch order', metavar='N')
    ] = 42
    init_ckpt: Annotated[
        str | None,
        Setting("begin from the weights of this checkpoint, TensorFlow 1.x's too, and from its slots if the optimizer "
                'is the same', metavar='CKPT'),
    ] = None  # fmt: skip
    steps_per_run: Annotated[  # None until the run begins
        Count | None,
        Setting("steps in one session.run; 1 is the notebook's loop (a fifth of an epoch, at most 500; 1 where the run "
                'has fewer than 1,500 steps)', metavar='K', in_name='steps'),
    ] = None  # fmt: skip

    schedule: Annotated[
        str | None,
        Setting(f'of the learning rate, with numbers in epochs: {", ".join(FORMS.values())}', BEYOND,
                metavar='SCHEDULE', allowed=f'{" or ".join(FORMS.values())}, epochs above 0 and rising', reads=read),
    ] = None  # fmt: skip
    momentum: Annotated[Share | None, own_number('momentum')] = None
    beta1: Annotated[Share | None, own_number('beta1')] = None
    beta2: Annotated[Share | None, own_number('beta2')] = None
    decay: Annotated[Share | None, own_number('decay')] = None
    epsilon: Annotated[Positive | None, own_number('epsilon')] = None
    dropout: Annotated[
        tuple[Share, ...], msgspec.Meta(max_length=64),
        Setting('share of the units of every hidden layer that a training step drops, or a share for each layer',
                BEYOND, metavar='SHARE', allowed="shares from 0 and below 1, such as '0.5'"),
    ] = ()  # fmt: skip
    input_dropout: Annotated[Share, Setting('share of the inputs that it drops', BEYOND, metavar='SHARE')] = 0.0
    l2: Annotated[
        float, msgspec.Meta(ge=0, le=1e6),
        Setting('adds SCALE * l2_loss of every kernel to the loss that is minimized, not to the one that is reported',
                BEYOND, metavar='SCALE'),
    ] = 0.0  # fmt: skip
    clip_value: Annotated[
        Positive | None, Setting('clips every number of the gradients to [-VALUE, VALUE]', BEYOND, metavar='VALUE')
    ] = None
    clip_norm: Annotated[
        Positive | None, Setting('clips the gradients by their global norm', BEYOND, metavar='NORM')
    ] = None
    patience: Annotated[
        Count | None,
        Setting('ends the training after so many epochs without a better one by --monitor', BEYOND, metavar='EPOCHS'),
    ] = None
    monitor: Annotated[
        str, Setting('of the validation images, by moving averages', BEYOND, choices=('accuracy', 'loss'))
    ] = 'accuracy'
    publish: Annotated[
        str, Setting('the epoch whose weights become the model, best by --monitor', BEYOND, choices=('last', 'best'))
    ] = 'last'

    def __post_init__(self) -> None:
        if typing.cast(int | None, self.input_features) is None:  # all pixels, however many
            msgspec.structs.force_setattr(self, 'input_features', self.pixels)
        for one in settings().values():
            one.check(getattr(self, one.name))
        if len(self.dropout) not in (0, 1, len(self.hidden_sizes)):
            layers = f'{len(self.hidden_sizes)} hidden layer{"s"[: len(self.hidden_sizes) > 1]}'
            raise UsageError(f'--dropout: {len(self.dropout)} shares for {layers}: give one for all, or one for each')
        for name in self.optimizer_numbers:
            if name not in OPTIMIZERS[self.optimizer].numbers:
                having = ' and '.join(one.name for one in OPTIMIZERS.values() if name in one.numbers)
                raise UsageError(f'--{name}: {self.optimizer} has no such number, {having} has')

    @property
    def optimizer_numbers(self) -> dict[str, float]:
        """The optimizer's own numbers that are given."""
        numbers = {name: getattr(self, name) for name in ('momentum', 'beta1', 'beta2', 'decay', 'epsilon')}
        return {name: value for name, value in numbers.items() if value is not None}

    @property
    def dropout_rates(self) -> tuple[float, ...]:
        """The share of units that a training step drops, of the inputs and of every hidden layer."""
        rates = self.dropout * len(self.hidden_sizes) if len(self.dropout) == 1 else self.dropout
        return (self.input_dropout, *(rates or [0.0] * len(self.hidden_sizes)))

    @property
    def counts_steps(self) -> bool:
        """Whether a training step depends on its number."""
        return self.schedule is not None or any(self.dropout_rates)

    @property
    def beyond_tag(self) -> str:
        """What the run's name adds to the tag for settings that the notebook lacks: '_dropout-0.5', say, or nothing."""
        return ''.join(one.suffix(value) for one, value in self._beyond())

    def _beyond(self) -> list[tuple[Setting, Any]]:
        """The settings beyond the notebook that have not their defaults, and their values."""
        values = [(one, getattr(self, one.name)) for one in settings().values() if one.group == BEYOND]
        return [(one, value) for one, value in values if value != one.default]

    @property
    def pixels(self) -> int:
        """How many an image has."""
        return self.height * self.width

    def on(self, data: Mapping[str, Any]) -> 'RunConfig':
        """The same on other data, which `Dataset.settings` describes; who takes all pixels takes all of theirs."""
        features = None if self.input_features == self.pixels else self.input_features
        return msgspec.structs.replace(self, input_features=features, **data)

    @property
    def model_tag(self) -> str:
        """The tag that spells this model (graph_mlp/tags.py has the grammar)."""
        pca = f'PCA{self.input_features}_' if self.input_features != self.pixels else ''
        batch_norm = 'BN_' if self.batch_norm else ''
        letters = OPTIMIZERS[self.optimizer].tag
        optimizer = f'{letters}_' if letters else ''
        sizes = ''.join(f'-{size}' for size in self.hidden_sizes)
        return f'{pca}{batch_norm}{optimizer}{self.activation}{sizes}'

    @property
    def description(self) -> str:
        """The model and its training for people: '784-300-100-10, elu, batch norm, gradient descent, rate 0.01'.

        Whatever is beyond the notebook follows, as in ', dropout 0.5'.
        """
        sizes = '-'.join(map(str, (self.input_features, *self.hidden_sizes, self.classes)))
        batch_norm = 'batch norm' if self.batch_norm else 'no batch norm'
        optimizer = OPTIMIZERS[self.optimizer].title
        beyond = ''.join(f', {one.flag} {one.spelled(value)}' for one, value in self._beyond())
        return f'{sizes}, {self.activation}, {batch_norm}, {optimizer}, rate {self.learning_rate:g}{beyond}'

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
        return list(itertools.pairwise((self.input_features, *self.hidden_sizes, self.classes)))

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


@functools.cache
def settings() -> dict[str, Setting]:
    """Every field of RunConfig by name, in its order."""
    hints = typing.get_type_hints(RunConfig, include_extras=True)
    fields = [(field.name, hints[field.name], field.default) for field in msgspec.structs.fields(RunConfig)]
    return {name: hint.__metadata__[-1].of_field(name, hint, default) for name, hint, default in fields}
