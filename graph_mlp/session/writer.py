"""Everything that a run leaves on disk, and in which order."""

import shlex
import sys
from pathlib import Path

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.data.dataset import Inputs
from graph_mlp.data.pca import Projection
from graph_mlp.data.pixels import network_inputs
from graph_mlp.graph.build import Graph
from graph_mlp.invocation import as_typed
from graph_mlp.session.options import Options
from graph_mlp.session.start import Start
from graph_mlp.store.checkpoints import MODEL
from graph_mlp.store.files import write_errors
from graph_mlp.store.history import Epoch, RunProgress, best_epoch
from graph_mlp.store.history_file import HistoryEnd
from graph_mlp.store.meta_graph import meta_graph
from graph_mlp.store.publish import publish_model, published_dataset
from graph_mlp.store.records import checkpoint_json
from graph_mlp.store.states import save_state
from graph_mlp.summaries import dashboards
from graph_mlp.summaries.scalars import Summaries

PIECE = 1_000  # images


class Writer:
    """Writes what a run leaves on disk: events, states, history, the published model."""

    def __init__(
        self,
        session: tf.Session,
        graph: Graph,
        start: Start,
        options: Options,
        inputs: Inputs,
        projection: Projection | None,
        pca_seconds: float | None,
    ):
        self._session, self._graph, self._start, self._options = session, graph, start, options
        self._inputs, self._projection, self._pca_seconds = inputs, projection, pca_seconds
        self._summaries: Summaries  # from `open` on
        self._history_end = HistoryEnd(0, '')
        self._best: Epoch | None = None  # by validation

    def open(self, progress: RunProgress) -> None:
        """Makes the files on disk those of a run that is as far as `progress`; raises RunError."""
        with write_errors(self._start.run.histories[0]):
            self._history_end = self._start.run.write_history(progress.history)
        best = best_epoch(progress.history)
        self._best = None if best is None else progress.history[best]
        self._summaries = self._opened_summaries(progress)

    def _opened_summaries(self, progress: RunProgress) -> Summaries:
        """An event file that begins at the first epoch to come, or at the first that TensorBoard does not show."""
        run, graph, record = self._start.run, self._graph, self._start.record
        opening = (
            dashboards.experiment(),
            dashboards.session_start(record.config, record.identity.steps_per_run, record.started),
            dashboards.layout(dashboards.CHARTS),
        )
        return Summaries(run.summary, graph.graph_def, progress.history, record.started, opening)

    def add(self, progress: RunProgress) -> None:
        """Writes the last epoch of `progress` to events, history and state; its cost does not grow with the epochs."""
        # The state comes last: what is written of an epoch without one is dropped when the run goes on.
        self._summaries.add(progress.history, self._histograms())
        run, epoch = self._start.run, progress.history[-1]
        with write_errors(run.histories[0]):
            self._history_end = run.append_history(epoch, self._history_end)
        self.save(progress)
        if self._best is None or epoch.validation_accuracy_moving > self._best.validation_accuracy_moving:
            self._best = epoch
        if not self._options.keep_all:
            with write_errors(run.folder / 'checkpoints'):
                run.prune(progress.position, self._best.epoch)

    def save(self, progress: RunProgress) -> None:
        """Writes the training state."""
        folder = self._start.run.folder / 'checkpoints' / progress.position.folder_name
        run, end = self._start.run.name, self._history_end
        record = checkpoint_json(run, self._start.record, progress, self._pca_seconds, end)
        save_state(folder, self._session, self._graph.state_saver, record, self._projection)

    def publish(self, progress: RunProgress) -> None:
        """Makes this the model at `saves/model.ckpt`, and the run a finished one.

        The model of a run that fell back on the digits does not take the place of a model of other data.
        """
        saves, dataset = self._options.saves, published_dataset(self._options.saves)
        if self._options.dataset is None and self._start.dataset.name == 'digits' and dataset not in (None, 'digits'):
            self._finish(progress)
            state = self._start.run.states()[0][1] / MODEL
            print(f'checkpoint: {state} ({saves / MODEL} was trained on {dataset} and is kept)', file=sys.stderr)
            return
        values = self._session.run(self._graph.state)
        record = checkpoint_json(self._start.run.name, self._start.record, progress, self._pca_seconds, history=None)
        prefix = publish_model(self._options.saves, values, meta_graph(self._start.config), record, self._projection)
        self._finish(progress)
        print(f'checkpoint: {prefix}', file=sys.stderr)
        print(f'look at it: {as_typed("bin/tensorboard")} --logdir {self._options.saves / "summary"}', file=sys.stderr)
        print(f'draw a digit for it: {as_typed(self._page_command(prefix))}', file=sys.stderr)

    def _page_command(self, prefix: Path) -> str:
        command = ['bin/export', '--ckpt', str(prefix), 'digit.html', '--format', 'html']
        return shlex.join(command + (['--data-dir', self._options.data_dir] if self._options.data_dir else []))

    def _finish(self, progress: RunProgress) -> None:
        self._summaries.check()
        run = self._start.run
        with write_errors(run.folder / 'finished.json'):
            run.finish(progress.history, self._history_end)

    def add_pictures(self, progress: RunProgress) -> None:
        """Writes to the event file which images the trained network misclassifies, and that the run is finished."""
        split, probabilities = self._start.dataset.test, []
        # In pieces: all of MNIST's at once would take 80 MiB beside the images in the graph.
        for first in range(0, len(split.labels), PIECE):
            images = network_inputs(self._inputs.test.images[first : first + PIECE])
            probabilities.append(self._session.run(self._graph.probabilities, feed_dict={self._graph.X: images}))
        pictures = dashboards.pictures(split.images, split.labels, np.concatenate(probabilities))
        self._summaries.add(progress.history, (pictures, dashboards.session_end()))

    def close(self) -> None:
        """Closes the event file."""
        self._summaries.close()

    def _histograms(self) -> list[bytes]:
        if not self._options.histograms:
            return []
        feed_dict = {self._graph.X: network_inputs(self._inputs.validation.images)}
        return [self._session.run(self._graph.histograms, feed_dict)]
