"""What a run is: RunConfig, one field for every setting.

A field carries its default, its range and its help text. The flag of `bin/train`, the check, the JSON on disk, HParams,
`bin/compare`, `bin/study --vary` and the names of a study's runs follow from it.
"""

import itertools
import re
import sys
import typing
from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, NamedTuple

import msgspec

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.errors import UsageError
from graph_mlp.optimizers import OPTIMIZERS, defaults_of
from graph_mlp.schedules import FORMS, read

DATASETS = ('mnist', 'digits', 'fashion-mnist')  # that have names of their own
MOST_PIXELS = 4096  # of a side of an image


def setting(
    description: str,
    *,
    group: str = 'training',
    flag: str | None = '',
    choices: Collection[str] = (),
    in_tag: bool = False,
    in_name: str | None = None,
    metavar: str | None = None,
    expected: str = '',
    read: Callable[[str], Any] = str,
    **limits: Any,
) -> msgspec.Meta:
    """What a field of RunConfig says of itself.

    Args:
        description: the help text.
        group: the heading of its flag in `--help`.
        flag: its flag, if that is not the field's name; None: it has none.
        choices: the values that are allowed.
        in_tag: whether the model's tag spells it.
        in_name: the word before its value in the name of a study's run; None: the flag.
        metavar: what stands for the value in `--help`.
        expected: what is allowed, for messages, where it does not follow from the type and the limits.
        read: raises ValueError where a text is not allowed.
        limits: `ge`, `le`, `pattern` and others, as `msgspec.Meta` takes them.
    """
    extra = {
        'group': group, 'flag': flag, 'choices': choices, 'in_tag': in_tag, 'in_name': in_name, 'metavar': metavar,
        'allowed': expected, 'reads': read,
    }  # fmt: skip
    return msgspec.Meta(description=description, extra=extra, **limits)


class LayerNames(NamedTuple):
    """The variable scopes of one hidden layer, as `tf.layers` numbered them in the notebook."""

    dense: str  # 'hidden1', 'hidden2', ...
    batch_norm: str  # 'batch_normalization', 'batch_normalization_1', ...


Units = Annotated[int, msgspec.Meta(ge=1, le=65_536)]
Rate = Annotated[float, msgspec.Meta(ge=0, lt=1)]
Positive = Annotated[float, msgspec.Meta(gt=0, le=sys.float_info.max)]


def own_number(name: str) -> msgspec.Meta:
    """The setting of a number that some optimizers have."""
    return setting(f'of the optimizer (default {defaults_of(name)})', group=BEYOND, metavar='NUMBER')


BEYOND = 'beyond the notebook'  # the group of settings whose values, where not the defaults, are in the run's name


class RunConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run's model, data and training; the defaults are the 2017 notebook's last cells.

    Raises UsageError where a value is out of its range.
    """

    hidden_sizes: Annotated[
        tuple[Units, ...],
        setting('units of each hidden layer', group='model', flag='hidden', in_tag=True, metavar='UNITS',
                min_length=1, max_length=64),
    ] = (300, 100)  # fmt: skip
    activation: Annotated[str, setting('of the hidden layers', group='model', choices=ACTIVATIONS, in_tag=True)] = 'elu'
    batch_norm: Annotated[bool, setting('batch norm after every hidden layer', group='model', in_tag=True)] = True
    input_features: Annotated[
        int,
        setting('1 to 783: principal components; 784: all pixels, however many', group='model', in_tag=True,
                metavar='K', ge=1, le=MOST_PIXELS**2),
    ] = 784  # fmt: skip
    pca: Annotated[
        str | None, setting('.npz with mean and components, instead of a fit', group='model', metavar='FILE')
    ] = None
    dataset: Annotated[  # one of DATASETS, or for the user's own the kind of its files and eight hex digits
        str, setting('the images', flag=None, pattern=f'^({"|".join(DATASETS)}|(idx|data)-[0-9a-f]{{8}})$')
    ] = 'mnist'
    height: Annotated[int, setting("an image's rows, found in the data", flag=None, ge=1, le=MOST_PIXELS)] = 28
    width: Annotated[int, setting("an image's columns, found in the data", flag=None, ge=1, le=MOST_PIXELS)] = 28
    classes: Annotated[int, setting('how many, found in the data', flag=None, ge=2, le=65_536)] = 10
    optimizer: Annotated[str, setting('how the weights are moved', choices=OPTIMIZERS, in_tag=True)] = 'sgd'
    learning_rate: Annotated[
        float, setting('of the optimizer', in_name='rate', metavar='RATE', gt=0, le=sys.float_info.max)
    ] = 0.01  # fmt: skip
    batch_size: Annotated[int, setting('images in a step', in_name='batch', metavar='N', ge=1, le=10**6)] = 70
    keep_last_batch: Annotated[
        bool, setting('train on an incomplete last batch too, which the notebook leaves out', in_name='last-batch')
    ] = False
    epochs: Annotated[int, setting('in total, those already done included', metavar='N', ge=1, le=10**6)] = 60
    seed: Annotated[int, setting('random seed of weights and batch order', metavar='N', ge=0, le=2**32 - 1)] = 42
    init_ckpt: Annotated[
        str | None,
        setting("begin from the weights of this checkpoint, TensorFlow 1.x's too, and from its slots if the optimizer "
                'is the same', metavar='CKPT'),
    ] = None  # fmt: skip
    steps_per_run: Annotated[  # None until the run begins
        Annotated[int, msgspec.Meta(ge=1, le=10**6)] | None,
        setting("steps in one session.run; 1 is the notebook's loop (a fifth of an epoch, at most 500; 1 where the run "
                'has fewer than 1,500 steps)', in_name='steps', metavar='K'),
    ] = None  # fmt: skip

    schedule: Annotated[
        str | None,
        setting(f'of the learning rate, with numbers in epochs: {", ".join(FORMS.values())}', group=BEYOND,
                metavar='SCHEDULE', expected=' or '.join(FORMS.values()), read=read),
    ] = None  # fmt: skip
    momentum: Annotated[Rate | None, own_number('momentum')] = None
    beta1: Annotated[Rate | None, own_number('beta1')] = None
    beta2: Annotated[Rate | None, own_number('beta2')] = None
    decay: Annotated[Rate | None, own_number('decay')] = None
    epsilon: Annotated[Positive | None, own_number('epsilon')] = None
    dropout: Annotated[
        tuple[Rate, ...],
        setting('share of the units of every hidden layer that a training step drops, or a share for each layer',
                group=BEYOND, metavar='SHARE', max_length=64),
    ] = ()  # fmt: skip
    input_dropout: Annotated[
        float, setting('share of the inputs that it drops', group=BEYOND, metavar='SHARE', ge=0, lt=1)
    ] = 0.0
    l2: Annotated[
        float,
        setting('adds SCALE * l2_loss of every kernel to the loss that is minimized, not to the one that is reported',
                group=BEYOND, metavar='SCALE', ge=0, le=sys.float_info.max),
    ] = 0.0  # fmt: skip
    clip_value: Annotated[
        Positive | None,
        setting('clips every number of the gradients to [-VALUE, VALUE]', group=BEYOND, metavar='VALUE'),
    ] = None
    clip_norm: Annotated[
        Positive | None, setting('clips the gradients by their global norm', group=BEYOND, metavar='NORM')
    ] = None
    patience: Annotated[
        Annotated[int, msgspec.Meta(ge=1, le=10**6)] | None,
        setting('ends the training after so many epochs without a better one by --monitor', group=BEYOND,
                metavar='EPOCHS'),
    ] = None  # fmt: skip
    monitor: Annotated[
        str, setting('of the validation images, by moving averages', group=BEYOND, choices=('accuracy', 'loss'))
    ] = 'accuracy'
    publish: Annotated[
        str, setting('the epoch whose weights become the model, best by --monitor', group=BEYOND,
                     choices=('last', 'best'))
    ] = 'last'  # fmt: skip

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

    def _beyond(self) -> list[tuple['Setting', Any]]:
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

    def to_json(self) -> dict[str, Any]:
        """The record as JSON types; `from_json` reads it back."""
        record: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return record

    @classmethod
    def from_json(cls, record: object) -> 'RunConfig':
        """Reads what `to_json` wrote; a field that is absent takes its default.

        Raises UsageError where a field is unknown, of another type, or out of its range.
        """
        try:
            return msgspec.convert(record, cls)
        except msgspec.ValidationError as error:
            raise UsageError(f'the configuration is not one of this program: {error}') from None


class Setting(NamedTuple):
    """One field of RunConfig, as flags, tables and names need it."""

    name: str
    flag: str | None  # without its dashes; None: it has none
    annotation: Any  # the type that msgspec checks
    kind: type  # bool, int, float, str or tuple
    default: Any
    help: str
    limits: msgspec.Meta
    choices: Collection[str]
    group: str
    in_tag: bool
    in_name: str
    metavar: str | None
    allowed: str
    reads: Callable[[str], Any]
    element: type  # of a tuple: int or float

    @property
    def expected(self) -> str:
        """What is allowed, for messages."""
        if self.allowed or self.choices:
            return self.allowed or f'one of {", ".join(self.choices)}'
        if self.kind is tuple and self.element is float:
            return "shares from 0 and below 1, such as '0.5'"
        if self.kind is tuple:
            return "1 to 64 sizes of 1 to 65,536 units, such as '300-100'"
        if self.kind is bool:
            return 'yes or no'
        if self.kind in (int, float):
            ends = {'from': self.limits.ge, 'above': self.limits.gt, 'to': self.limits.le, 'and below': self.limits.lt}
            bounds = [f'{word} {end}' for word, end in ends.items() if end not in (None, sys.float_info.max)]
            return ' '.join([f'a {"whole" if self.kind is int else "finite"} number', *bounds])
        return ' or '.join(DATASETS) if self.name == 'dataset' else 'the path of a file'

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


def settings() -> dict[str, Setting]:
    """Every field of RunConfig by name, in its order."""
    if not _SETTINGS:
        hints = typing.get_type_hints(RunConfig, include_extras=True)
        for field in msgspec.structs.fields(RunConfig):
            _SETTINGS[field.name] = _as_setting(field.name, hints[field.name], field.default)
    return _SETTINGS


_SETTINGS: dict[str, Setting] = {}


def _as_setting(name: str, hint: Any, default: Any) -> Setting:
    meta = hint.__metadata__[-1]
    kinds = {typing.get_origin(part) or part for part in (hint.__origin__, *typing.get_args(hint.__origin__))}
    inner = [part for part in typing.get_args(hint.__origin__) if hasattr(part, '__metadata__')]  # beside None
    kinds |= {part.__origin__ for part in inner}
    kind = next(kind for kind in (tuple, bool, int, float, str) if kind in kinds)
    flag = name.replace('_', '-') if meta.extra['flag'] == '' else meta.extra['flag']
    said = {**meta.extra, 'flag': flag, 'in_name': meta.extra['in_name'] or flag or name}
    limits = inner[0].__metadata__[0] if inner else meta
    return Setting(
        name=name, annotation=hint, kind=kind, default=default, help=meta.description, limits=limits,
        element=float if float in kinds else int, **said,
    )  # fmt: skip
