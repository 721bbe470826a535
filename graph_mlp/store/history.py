"""How far a run is: the figures of every epoch, which TensorBoard and `history.csv` share, and the steps since."""

from collections.abc import Sequence
from typing import NamedTuple


class Epoch(NamedTuple):
    """What one epoch measured: accuracies as fractions, losses in nats, times in seconds.

    `train_*` are means over the batches, each before its own update. Without batch norm the `*_moving` figures
    equal the figures without it. The two times differ between repeats of a run; all others are its result.
    """

    epoch: int
    test_accuracy: float  # the notebook's Accuracy: normalized by the statistics of the test images
    test_loss: float
    test_accuracy_moving: float
    test_loss_moving: float
    validation_accuracy: float
    validation_loss: float
    validation_accuracy_moving: float
    validation_loss_moving: float
    train_accuracy: float
    train_loss: float
    train_seconds: float  # of the steps alone, those before an interruption included; session/clock.py says which count
    evaluation_seconds: float


class StepFigures(NamedTuple):
    """The steps done so far in the unfinished epoch; the length of `losses` is the step number."""

    losses: list[float]
    accuracies: list[float]
    seconds: list[float]  # of each `session.run`, which takes one step or many

    @classmethod
    def none(cls) -> 'StepFigures':
        """Those of an epoch that has not begun."""
        return cls([], [], [])

    def clear(self) -> None:
        """Forgets the steps, once their epoch is done."""
        for figures in self:
            figures.clear()


class Position(NamedTuple):
    """How far a training state is: whole epochs, and steps into the next one."""

    epoch: int
    step: int

    @property
    def folder_name(self) -> str:
        """`epoch-00007`, or `epoch-00007-step-00314` within an epoch."""
        return f'epoch-{self.epoch:05d}' + (f'-step-{self.step:05d}' if self.step else '')


class RunProgress(NamedTuple):
    """Everything measured in a run so far."""

    history: list[Epoch]
    steps: StepFigures

    @property
    def position(self) -> Position:
        """How far the run is."""
        return Position(len(self.history), len(self.steps.losses))


def epoch_from_json(record: object) -> Epoch:
    """Reads one epoch of a checkpoint's record; raises ValueError where it is not one."""
    if not isinstance(record, dict) or list(record) != list(Epoch._fields):
        raise ValueError('an epoch of the history has other fields')
    if not all(type(value) in (int, float) for value in record.values()):
        raise ValueError('an epoch of the history holds something that is not a number')
    number, *others = record.values()
    return Epoch(int(number), *map(float, others))


def best_epoch(history: Sequence[Epoch]) -> int | None:
    """The epoch of the highest validation accuracy by moving averages, the earliest where several share it."""
    if not history:
        return None
    return max(history, key=lambda epoch: (epoch.validation_accuracy_moving, -epoch.epoch)).epoch
