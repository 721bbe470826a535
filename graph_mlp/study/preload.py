"""Everything that a run imports and nothing that starts a thread: the fork server of a study imports it once."""

import gc
import signal

import numpy as np

from graph_mlp.runtime.startup import quiet_tensorflow

with quiet_tensorflow():
    import graph_mlp.train  # noqa: F401
import sklearn.datasets
import sklearn.decomposition  # noqa: F401

from graph_mlp.plots.pictures import confusion_matrix
from graph_mlp.plots.style import rendered

for number in (signal.SIGHUP, signal.SIGUSR1):  # which reach all; the study passes them on as SIGTERM, once
    signal.signal(number, signal.SIG_IGN)
rendered(confusion_matrix(np.eye(10, dtype=int)))  # loads Matplotlib's fonts and Pillow's formats
gc.freeze()  # a collection in a fork would otherwise copy every page of what is imported here
