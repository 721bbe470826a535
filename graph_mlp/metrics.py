"""What an epoch measured: Metrics, one field for every number.

TensorBoard, the state's history, `history.csv` and `bin/compare` go by the names of the fields, never by their order.
"""

import math
import typing
from collections.abc import Sequence
from typing import Annotated

import msgspec
import numpy as np

from graph_mlp.config import RunConfig


def metric(description: str, scalar: str | None = None) -> msgspec.Meta:
    """What a field of Metrics says of itself; `scalar` is its name in TensorBoard, None: it is not shown there."""
    return msgspec.Meta(description=description, extra={'scalar': scalar})


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """What one epoch measured: accuracies as fractions, losses in nats, times in seconds.

    `train_*` are means over the batches, each before its own update. Without batch norm the `*_moving` metrics equal
    those without it. The two times differ between repeats of a run; all others are its result. A field that is added
    here has the type `float | None` and the default None, which is what older runs have of it.
    """

    epoch: int
    test_accuracy: Annotated[float, metric('normalized by the statistics of the test images', 'Accuracy')]
    test_loss: Annotated[float, metric('mean cross-entropy', 'test/loss')]
    test_accuracy_moving: Annotated[float, metric('by moving averages', 'test/accuracy_moving_averages')]
    test_loss_moving: Annotated[float, metric('by moving averages', 'test/loss_moving_averages')]
    validation_accuracy: Annotated[float, metric('by the statistics of the images', 'validation/accuracy')]
    validation_loss: Annotated[float, metric('mean cross-entropy', 'validation/loss')]
    validation_accuracy_moving: Annotated[float, metric('by moving averages', 'validation/accuracy_moving_averages')]
    validation_loss_moving: Annotated[float, metric('by moving averages', 'validation/loss_moving_averages')]
    train_accuracy: Annotated[float, metric('mean over the batches', 'train/accuracy')]
    train_loss: Annotated[float, metric('mean over the batches', 'train/loss')]
    train_seconds: Annotated[float, metric('of the steps alone', 'time/epoch_seconds')]
    evaluation_seconds: Annotated[float, metric('of the evaluation after the epoch')]
    learning_rate: Annotated[float | None, metric("of the epoch's last step", 'train/learning_rate')] = None
    l2_penalty: Annotated[float | None, metric('of the kernels after the epoch', 'train/l2_penalty')] = None


def scalars() -> dict[str, str]:
    """The name in TensorBoard of every metric that is shown there, by field."""
    hints = typing.get_type_hints(Metrics, include_extras=True)
    extras = {name: hint.__metadata__[-1].extra for name, hint in hints.items() if hasattr(hint, '__metadata__')}
    return {name: extra['scalar'] for name, extra in extras.items() if extra['scalar']}


class Steps(msgspec.Struct):
    """The steps done so far in the unfinished epoch; the length of `losses` is the step number."""

    losses: list[float] = msgspec.field(default_factory=list)
    accuracies: list[float] = msgspec.field(default_factory=list)
    seconds: float = 0.0  # of all of them


def to_array(history: Sequence[Metrics]) -> np.ndarray:
    """The history as a structured array [epochs], a named column for every metric; NaN where an epoch lacks one."""
    fields = msgspec.structs.fields(Metrics)
    columns = [(field.name, np.int64 if field.type is int else np.float64) for field in fields]
    rows = [tuple(math.nan if value is None else value for value in msgspec.structs.astuple(row)) for row in history]
    return np.array(rows, columns)


def from_array(table: np.ndarray) -> list[Metrics]:
    """Reads what `to_array` made, by the names of its columns.

    A metric that is absent, in the history of an older version, takes its default. Raises ValueError where a column is
    unknown, a metric without default is absent, or the epochs are not 0, 1, 2, ...
    """
    known = {field.name for field in msgspec.structs.fields(Metrics)}
    if not table.dtype.names or not known.issuperset(table.dtype.names):
        raise ValueError(f'the history has columns that are unknown: {sorted(set(table.dtype.names or ()) - known)}')
    columns = {name: table[name].tolist() for name in table.dtype.names}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    rows = [{name: value for name, value in row.items() if value == value} for row in rows]  # NaN: absent
    history = msgspec.convert(rows, list[Metrics])
    if [metrics.epoch for metrics in history] != list(range(len(history))):
        raise ValueError('the epochs of the history are not 0, 1, 2, ...')
    return history


def best_epoch(history: Sequence[Metrics], monitor: str = 'accuracy') -> int | None:
    """The epoch of the highest validation accuracy, or of the lowest 'loss', by moving averages.

    The earliest where several share it; None where there is no epoch.
    """
    if not history:
        return None
    if monitor == 'loss':
        return int(np.argmin([metrics.validation_loss_moving for metrics in history]))
    return int(np.argmax([metrics.validation_accuracy_moving for metrics in history]))


def stopped_early(history: Sequence[Metrics], config: RunConfig) -> bool:
    """Whether as many epochs as --patience have followed the best one by --monitor."""
    best = best_epoch(history, config.monitor)
    return config.patience is not None and best is not None and len(history) - 1 - best >= config.patience
