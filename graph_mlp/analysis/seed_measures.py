"""Numbers that compare the runs of one seed: what the claims of 2017 are measured by."""

from collections.abc import Callable, Mapping

from graph_mlp.analysis.measures import Measure, accuracy_after, epoch_seconds, final_accuracy, training_seconds
from graph_mlp.analysis.plan import PlannedRun
from graph_mlp.store.recorded import RecordedRun

SeedRuns = Mapping[str, RecordedRun]  # the runs of one seed by their planned name, of equally many epochs
SeedMeasure = Callable[[SeedRuns], float | None]  # None where a run does not have the number


def above_highest(run: PlannedRun, others: tuple[PlannedRun, ...], measure: Measure) -> SeedMeasure:
    """The run's measure minus the highest of the others; those of the others that lack it are passed over."""

    def difference(runs: SeedRuns) -> float | None:
        value = measure(runs[run.name])
        values = [other_value for other in others if (other_value := measure(runs[other.name])) is not None]
        return None if value is None or not values else value - max(values)

    return difference


def below_lowest(run: PlannedRun, others: tuple[PlannedRun, ...], measure: Measure) -> SeedMeasure:
    """The lowest measure of the others minus the run's; those of the others that lack it are passed over."""

    def negated(recorded: RecordedRun) -> float | None:
        value = measure(recorded)
        return None if value is None else -value

    return above_highest(run, others, negated)


def accuracy_range(compared: tuple[PlannedRun, ...]) -> SeedMeasure:
    """The highest final accuracy minus the lowest."""

    def highest_minus_lowest(runs: SeedRuns) -> float:
        accuracies = [final_accuracy(runs[run.name]) for run in compared]
        return max(accuracies) - min(accuracies)

    return highest_minus_lowest


def largest_distance(accuracy: float, compared: tuple[PlannedRun, ...]) -> SeedMeasure:
    """The distance from `accuracy` of the final accuracy that is furthest from it."""
    return lambda runs: max(abs(final_accuracy(runs[run.name]) - accuracy) for run in compared)


def time_ratio(slow: PlannedRun, quick: PlannedRun) -> SeedMeasure:
    """Seconds per epoch of the slow run divided by those of the quick one."""
    return lambda runs: epoch_seconds(runs[slow.name]) / epoch_seconds(runs[quick.name])


def compiled_time_ratio(slow: PlannedRun, quick: PlannedRun) -> SeedMeasure:
    """`time_ratio`; None where the slow run was trained by the notebook's loop."""
    return lambda runs: time_ratio(slow, quick)(runs) if runs[slow.name].loop > 1 else None


def time_share_saved(quick: PlannedRun, slow: PlannedRun) -> SeedMeasure:
    """The fraction of the slow run's seconds per epoch that the quick one saves."""
    return lambda runs: 1 - epoch_seconds(runs[quick.name]) / epoch_seconds(runs[slow.name])


def seconds_saved_by_pca(reduced: PlannedRun, raw: PlannedRun) -> SeedMeasure:
    """Training seconds on raw pixels minus those of the fit and of training on principal components."""

    def seconds_saved(runs: SeedRuns) -> float | None:
        fit = runs[reduced.name].pca_seconds
        return None if fit is None else training_seconds(runs[raw.name]) - training_seconds(runs[reduced.name]) - fit

    return seconds_saved


def seconds_lost_by_pca(reduced: PlannedRun, raw: PlannedRun) -> SeedMeasure:
    """Seconds of the fit and of training on principal components minus those of training on raw pixels."""

    def seconds_lost(runs: SeedRuns) -> float | None:
        saved = seconds_saved_by_pca(reduced, raw)(runs)
        return None if saved is None else -saved

    return seconds_lost


def change_after(epochs: int, run: PlannedRun) -> SeedMeasure:
    """The distance between the test accuracy after so many epochs and the final one."""

    def change(runs: SeedRuns) -> float | None:
        early = accuracy_after(epochs)(runs[run.name])
        return None if early is None else abs(final_accuracy(runs[run.name]) - early)

    return change


def above_best_validated(run: PlannedRun, others: tuple[PlannedRun, ...]) -> SeedMeasure:
    """The run's final accuracy minus that of the other run with the best validation accuracy at the end."""

    def difference(runs: SeedRuns) -> float:
        candidates = [runs[other.name] for other in others]
        best = max(candidates, key=lambda recorded: recorded.history[-1].validation_accuracy_moving)
        return final_accuracy(runs[run.name]) - final_accuracy(best)

    return difference
