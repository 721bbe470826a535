"""From groups of runs to curves over epochs or over training time, and to the intervals of their accuracies."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from graph_mlp.analysis.measures import Group, epoch_seconds
from graph_mlp.analysis.measures import row as row_of_group
from graph_mlp.analysis.plan import AXES
from graph_mlp.analysis.tables import interval
from graph_mlp.plots.curves import Curve, accuracy_figure
from graph_mlp.plots.intervals import IntervalRow, intervals_figure


def figure(groups: Sequence[Group], axis: str) -> Figure:
    """Draws the groups' test accuracy over one of AXES, 'by-epoch' or 'by-time'."""
    return accuracy_figure([curve(group, axis) for group in groups], AXES[axis])


def accuracy_intervals(groups: Sequence[Group]) -> Figure:
    """Draws the groups' final test accuracies, the highest first, each with its 95 % interval over the seeds."""
    rows = [(row, interval(row, 'accuracy')) for row in map(row_of_group, groups)]
    drawn = [
        IntervalRow(
            name=str(row['run']), mean=100 * float(row['accuracy'] or 0),
            interval=(100 * ends.low, 100 * ends.high) if ends else None,
            verdict='' if ends else 'one seed', is_decided=ends is not None,
        )
        for row, ends in rows
    ]  # fmt: skip
    drawn.sort(key=lambda row: -row.mean)
    return intervals_figure(drawn, 'test accuracy (%), mean and 95 % interval', reference=None)


def curve(group: Group, axis: str) -> Curve:
    """The group's test accuracies by epoch or by training time, for the epochs that all its seeds have.

    Training begins at zero seconds, so the first epoch's point is where that epoch ended. An epoch takes the mean of
    the seeds' seconds per epoch.
    """
    epochs = min(len(run.history) for run in group.runs)
    epochs_done = np.arange(1, epochs + 1)
    seconds = float(np.mean([epoch_seconds(run) for run in group.runs]))
    x = epochs_done * seconds if axis == 'by-time' else epochs_done
    accuracies = [[epoch.test_accuracy for epoch in run.history[:epochs]] for run in group.runs]
    return Curve(group.name, x, np.array(accuracies))
