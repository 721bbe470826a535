"""Numbers read off the history of a run, and off several that differ in their seed alone."""

import statistics
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from graph_mlp.config import RunConfig
from graph_mlp.store.history import best_epoch
from graph_mlp.store.recorded import RecordedRun

ENOUGH = 0.97  # test accuracy, for the epochs and seconds it takes to get there
EARLY = 20  # epochs, after which the notebook finds batch norm with ELU trained


class Group(NamedTuple):
    """Runs of one configuration, one per seed."""

    name: str
    runs: list[RecordedRun]  # by seed, at least one

    @property
    def seeds(self) -> list[int]:
        """Their seeds, ascending."""
        return [run.config.seed for run in self.runs]

    def mean(self, measure: Callable[[RecordedRun], float | None]) -> tuple[float, float | None] | None:
        """Mean and standard deviation (n - 1; None for one run) of a measure; None where a run lacks it."""
        values = [measure(run) for run in self.runs]
        known = [value for value in values if value is not None]
        if not known or len(known) < len(values):
            return None
        return statistics.fmean(known), statistics.stdev(known) if len(known) > 1 else None


def groups(runs: Sequence[RecordedRun]) -> list[Group]:
    """Runs gathered by configuration, in the order of their first names.

    Runs of one configuration and different seeds are one group; its name is their common name once `_seed-<seed>`
    is cut off. Runs whose names differ beyond that stay apart: the user meant them to.
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


def accuracy_after(epochs: int) -> Callable[[RecordedRun], float | None]:
    """Test accuracy after so many epochs; None where a run has fewer."""
    return lambda run: run.history[epochs - 1].test_accuracy if len(run.history) >= epochs else None


def epochs_to(accuracy: float) -> Callable[[RecordedRun], float | None]:
    """Epochs until the test accuracy is first reached; None where it never is."""
    return lambda run: next((each.epoch + 1 for each in run.history if each.test_accuracy >= accuracy), None)


def seconds_to(accuracy: float) -> Callable[[RecordedRun], float | None]:
    """Training seconds until the test accuracy is first reached; None where it never is."""

    def measure(run: RecordedRun) -> float | None:
        epochs = epochs_to(accuracy)(run)
        return None if epochs is None else epochs * epoch_seconds(run)

    return measure


def epoch_seconds(run: RecordedRun) -> float:
    """Seconds of training per epoch: evaluation, compilation and pauses are not in them.

    The median, because on a shared machine other programs slow a few epochs down; every other time is a multiple of
    it.
    """
    return statistics.median(epoch.train_seconds for epoch in run.history)


def training_seconds(run: RecordedRun) -> float:
    """Seconds of training in all."""
    return epoch_seconds(run) * len(run.history)


def pca_seconds(run: RecordedRun) -> float | None:
    """Seconds that the fit of the PCA took."""
    return run.pca_seconds


def row(group: Group) -> dict[str, Any]:
    """A group's line in the table: every measure as mean and standard deviation, None where not known."""
    config: RunConfig = group.runs[0].config
    values: dict[str, Any] = {
        'run': group.name,
        'seeds': len(group.runs),
        'epochs': min(len(run.history) for run in group.runs),
        'steps_per_run': group.runs[0].loop,
        'parameters': config.parameters,
    }
    for name, measure in MEASURES.items():
        values[name], values[f'{name}_deviation'] = group.mean(measure) or (None, None)
    return values


MEASURES: dict[str, Callable[[RecordedRun], float | None]] = {
    'accuracy': final_accuracy,
    'accuracy_moving': final_accuracy_moving,
    'accuracy_best': best_accuracy,
    'accuracy_at_20': accuracy_after(EARLY),
    'epochs_to_97': epochs_to(ENOUGH),
    'seconds_to_97': seconds_to(ENOUGH),
    'epoch_seconds': epoch_seconds,
    'pca_seconds': pca_seconds,
}
