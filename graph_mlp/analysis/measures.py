"""Numbers read off the history of a run, and their means over runs that differ in their seed alone."""

import statistics
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from graph_mlp.store.history import best_epoch
from graph_mlp.store.recorded import RecordedRun

TARGET_ACCURACY = 0.97  # of which the epochs and seconds until it is reached are measured
EARLY_EPOCHS = 20  # after which the notebook calls batch norm with ELU completely trained
SETTLED = 0.002  # accuracy; a run is settled once its accuracy stays this close to its end


Measure = Callable[[RecordedRun], float | None]  # None where a run does not have the number
Row = dict[str, str | float | None]  # a line of a table of runs


class Group(NamedTuple):
    """Runs of one configuration, one per seed."""

    name: str
    runs: list[RecordedRun]  # by seed, at least one

    @property
    def seeds(self) -> list[int]:
        """Their seeds, ascending."""
        return [run.config.seed for run in self.runs]

    def mean(self, measure: Measure) -> tuple[float, float | None] | None:
        """Mean and standard deviation (n - 1; None for one run) of a measure; None where a run lacks it."""
        values = [measure(run) for run in self.runs]
        known = [value for value in values if value is not None]
        if not known or len(known) < len(values):
            return None
        return statistics.fmean(known), statistics.stdev(known) if len(known) > 1 else None


def groups(runs: Sequence[RecordedRun]) -> list[Group]:
    """Runs gathered by configuration, in the order of their first names.

    Runs of one configuration and different seeds form one group, named by their common name without `_seed-<seed>`.
    Runs whose names differ otherwise are separate groups.
    """
    by_settings: dict[tuple[Any, ...], Group] = {}
    for run in runs:
        name = run.name.removesuffix(f'_seed-{run.config.seed}')
        fields = {**run.config.to_json(), 'seed': None, 'epochs': None}
        key = (name, run.loop, *map(str, fields.values()))
        by_settings.setdefault(key, Group(name, [])).runs.append(run)
    for group in by_settings.values():
        group.runs.sort(key=lambda run: run.config.seed)
    return list(by_settings.values())


def final_accuracy(run: RecordedRun) -> float:
    """Test accuracy after the last epoch, the notebook's."""
    return run.history[-1].test_accuracy


def final_accuracy_moving(run: RecordedRun) -> float:
    """Test accuracy after the last epoch, by moving averages."""
    return run.history[-1].test_accuracy_moving


def best_accuracy(run: RecordedRun) -> float:
    """Test accuracy after the epoch of the highest validation accuracy: chosen without looking at the test."""
    best = best_epoch(run.history)
    return run.history[-1 if best is None else best].test_accuracy


def accuracy_after(epochs: int) -> Measure:
    """Test accuracy after so many epochs; None where a run has fewer."""
    return lambda run: run.history[epochs - 1].test_accuracy if len(run.history) >= epochs else None


def epochs_to(accuracy: float) -> Measure:
    """Epochs until the test accuracy is first reached; None where it never is."""
    return lambda run: next((epoch.epoch + 1 for epoch in run.history if epoch.test_accuracy >= accuracy), None)


def seconds_to(accuracy: float) -> Measure:
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


def training_seconds(run: RecordedRun) -> float:
    """Seconds of training of all epochs, without evaluation, compilation and pauses."""
    return epoch_seconds(run) * len(run.history)


def pca_seconds(run: RecordedRun) -> float | None:
    """Seconds that the fit of the PCA took."""
    return run.pca_seconds


def row(group: Group) -> Row:
    """A group's line in the table: every measure as mean and standard deviation; None where a run lacks it."""
    values: Row = {
        'run': group.name,
        'seeds': len(group.runs),
        'epochs': min(len(run.history) for run in group.runs),
        'steps_per_run': group.runs[0].loop,
        'parameters': group.runs[0].config.parameters,
    }
    for name, measure in MEASURES.items():
        values[name], values[f'{name}_deviation'] = group.mean(measure) or (None, None)
    return values


MEASURES: dict[str, Measure] = {
    'accuracy': final_accuracy,
    'accuracy_moving': final_accuracy_moving,
    'accuracy_best': best_accuracy,
    'accuracy_at_20': accuracy_after(EARLY_EPOCHS),
    'epochs_to_97': epochs_to(TARGET_ACCURACY),
    'seconds_to_97': seconds_to(TARGET_ACCURACY),
    'epoch_seconds': epoch_seconds,
    'pca_seconds': pca_seconds,
}
