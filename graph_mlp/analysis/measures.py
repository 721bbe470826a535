"""Numbers read off the history of a run, by name, and their means over runs that differ in their seed alone."""

import statistics
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from graph_mlp.config import PIXELS
from graph_mlp.store.history import best_epoch
from graph_mlp.store.recorded import RecordedRun

SETTLED = 0.002  # accuracy; a run is settled once its accuracy stays this close to its end

Function = Callable[[RecordedRun], float | None]  # None where a run does not have the number
Row = dict[str, str | float | None]  # a line of a table of runs


class Directions(NamedTuple):
    """The words for a positive and for a negative difference."""

    positive: str
    negative: str

    @property
    def reversed(self) -> 'Directions':
        """The same words for a difference that is taken the other way round."""
        return Directions(self.negative, self.positive)


HIGHER = Directions('higher', 'lower')
LATER = Directions('later', 'earlier')
LONGER = Directions('longer', 'shorter')
MORE = Directions('more', 'fewer')


class Measure(NamedTuple):
    """A number of one run, under the name that a plan file and --measure call it by."""

    name: str
    meaning: str
    quantity: str  # after 'N points of'
    function: Function
    unit: str  # 'points' of accuracy, 's', 'epochs' or 'parameters'
    directions: Directions  # of a difference
    better: int  # 1 where more is better, -1 where less is

    @property
    def is_accuracy(self) -> bool:
        """Whether runs are chosen by validation accuracy where they are judged by this."""
        return self.unit == 'points'

    @property
    def is_of_test_images(self) -> bool:
        """Whether it is measured on the test images."""
        return self.quantity.startswith('test ')


class Group(NamedTuple):
    """Runs of one configuration, one per seed."""

    name: str
    runs: list[RecordedRun]  # by seed, at least one

    @property
    def seeds(self) -> list[int]:
        """Their seeds, ascending."""
        return [run.config.seed for run in self.runs]

    def mean(self, measure: Function) -> tuple[float, float | None] | None:
        """Mean and standard deviation (n - 1; None for one run) of a measure; None where a run lacks it."""
        values = [measure(run) for run in self.runs]
        measured = [value for value in values if value is not None]
        if not measured or len(measured) < len(values):
            return None
        return statistics.fmean(measured), statistics.stdev(measured) if len(measured) > 1 else None


def groups(runs: Sequence[RecordedRun]) -> list[Group]:
    """Runs gathered by configuration, in the order of their first names.

    Runs of one configuration and different seeds form one group, named by their common name without `_seed-<seed>`.
    Runs whose names differ otherwise are separate groups, and so is a second run of the same seed, under its own name.
    """
    by_settings: dict[tuple[Any, ...], Group] = {}
    for run in runs:
        name = run.name.removesuffix(f'_seed-{run.config.seed}')
        fields = {**run.config.to_json(), 'seed': None, 'epochs': None}
        key = (name, run.steps_per_run, *map(str, fields.values()))
        group = by_settings.setdefault(key, Group(name, []))
        if run.config.seed in group.seeds:
            group = by_settings.setdefault((run.name, *key), Group(run.name, []))
        group.runs.append(run)
    for group in by_settings.values():
        group.runs.sort(key=lambda run: run.config.seed)
    return list(by_settings.values())


def final_accuracy(run: RecordedRun) -> float:
    """Test accuracy after the last epoch, the notebook's."""
    return run.history[-1].test_accuracy


def final_accuracy_moving(run: RecordedRun) -> float:
    """Test accuracy after the last epoch, by moving averages."""
    return run.history[-1].test_accuracy_moving


def final_validation_accuracy(run: RecordedRun) -> float:
    """Validation accuracy after the last epoch, by moving averages: what a choice among runs is made by."""
    return run.history[-1].validation_accuracy_moving


def best_accuracy(run: RecordedRun) -> float:
    """Test accuracy after the epoch of the highest validation accuracy: chosen without looking at the test."""
    best = best_epoch(run.history)
    return run.history[-1 if best is None else best].test_accuracy


def accuracy_after(epochs: float) -> Function:
    """Test accuracy after so many epochs; None where a run has fewer."""
    at = int(epochs) - 1
    return lambda run: run.history[at].test_accuracy if len(run.history) > at else None


def epochs_to(accuracy: float) -> Function:
    """Epochs until the test accuracy is first reached; None where it never is."""
    return lambda run: next((epoch.epoch + 1 for epoch in run.history if epoch.test_accuracy >= accuracy), None)


def seconds_to(accuracy: float) -> Function:
    """Training seconds until the test accuracy is first reached; None where it never is."""

    def measure(run: RecordedRun) -> float | None:
        epochs = epochs_to(accuracy)(run)
        return None if epochs is None else epochs * epoch_seconds(run)

    return measure


def seconds_until_settled(run: RecordedRun) -> float:
    """Training seconds until the test accuracy stays within SETTLED of the mean of its last five epochs."""
    end = statistics.fmean(epoch.test_accuracy for epoch in run.history[-5:])
    settled = len(run.history)
    while settled > 1 and abs(run.history[settled - 2].test_accuracy - end) <= SETTLED:
        settled -= 1
    return settled * epoch_seconds(run)


def epoch_seconds(run: RecordedRun) -> float:
    """The median of the seconds of training per epoch, without evaluation, compilation and pauses.

    The median, because on a shared machine other programs slow a few epochs down. Every other time is a multiple of
    it.
    """
    return statistics.median(epoch.train_seconds for epoch in run.history)


def compiled_epoch_seconds(run: RecordedRun) -> float | None:
    """`epoch_seconds`; None where the run was trained by the notebook's loop."""
    return epoch_seconds(run) if run.steps_per_run > 1 else None


def training_seconds(run: RecordedRun) -> float:
    """Seconds of training of all epochs, without evaluation, compilation and pauses."""
    return epoch_seconds(run) * len(run.history)


def pca_seconds(run: RecordedRun) -> float | None:
    """Seconds that the fit of the PCA took."""
    return run.pca_seconds


def training_seconds_with_pca(run: RecordedRun) -> float | None:
    """`training_seconds` and the fit of the PCA; None where a run on principal components did not time its fit."""
    fit = 0.0 if run.pca_seconds is None and run.config.input_features == PIXELS else run.pca_seconds
    return None if fit is None else training_seconds(run) + fit


def parameters(run: RecordedRun) -> float:
    """How many numbers training changes."""
    return run.config.parameters


def row(group: Group) -> Row:
    """A group's line in the table: every measure as mean and standard deviation; None where a run lacks it."""
    values: Row = {
        'run': group.name,
        'seeds': len(group.runs),
        'epochs': min(len(run.history) for run in group.runs),
        'steps_per_run': group.runs[0].steps_per_run,
        'parameters': group.runs[0].config.parameters,
    }
    for name, measure in ROW.items():
        values[name], values[f'{name}_deviation'] = group.mean(measure) or (None, None)
    return values


ROW: dict[str, Function] = {
    'accuracy': final_accuracy,
    'accuracy_moving': final_accuracy_moving,
    'accuracy_best': best_accuracy,
    'accuracy_at_20': accuracy_after(20),
    'epochs_to_97': epochs_to(0.97),
    'seconds_to_97': seconds_to(0.97),
    'epoch_seconds': epoch_seconds,
    'pca_seconds': pca_seconds,
}
