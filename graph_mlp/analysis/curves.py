"""From groups of runs to curves over epochs or over training time."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from graph_mlp.analysis.measures import Group, epoch_seconds
from graph_mlp.plots.curves import Curve, accuracy_figure

AXES = {'by-epoch': 'epochs', 'by-time': 'training time (s), evaluation not counted'}


def figure(groups: Sequence[Group], axis: str) -> Figure:
    """Draws the groups over one of AXES."""
    return accuracy_figure([curve(group, axis) for group in groups], AXES[axis])


def curve(group: Group, axis: str) -> Curve:
    """Mean and spread over the seeds, as far as all of them have come.

    Time begins at zero when training does, so the first epoch's point stands where it ended; an epoch takes the
    mean of the seeds' seconds per epoch.
    """
    epochs = min(len(run.history) for run in group.runs)
    done = np.arange(1, epochs + 1)
    seconds = float(np.mean([epoch_seconds(run) for run in group.runs]))
    x = done * seconds if axis == 'by-time' else done
    return Curve(group.name, x, np.array([[each.test_accuracy for each in run.history[:epochs]] for run in group.runs]))
