"""From groups of runs to curves over epochs or over training time."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from graph_mlp.analysis.measures import Group, epoch_seconds
from graph_mlp.plots.curves import Curve, accuracy_figure

AXES = {'by-epoch': 'epochs', 'by-time': 'training time (s), evaluation not counted'}


def figure(groups: Sequence[Group], axis: str) -> Figure:
    """Draws the groups' test accuracy over one of AXES, 'by-epoch' or 'by-time'."""
    return accuracy_figure([curve(group, axis) for group in groups], AXES[axis])


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
