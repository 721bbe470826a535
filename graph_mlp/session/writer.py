"""Everything that a run leaves on disk, and in which order."""

import sys
from typing import Any, NamedTuple

import tensorflow.compat.v1 as tf

from graph_mlp.data.dataset import Inputs, as_fed
from graph_mlp.data.pca import Projection
from graph_mlp.graph.build import Graph, meta_graph
from graph_mlp.session.loop import Progress
from graph_mlp.session.start import Options, Start
from graph_mlp.store.files import write_json
from graph_mlp.store.history import Epoch
from graph_mlp.store.publish import publish_model, save_state
from graph_mlp.store.runs import Position
from graph_mlp.summaries import dashboards
from graph_mlp.summaries.scalars import Summaries


class Standing(NamedTuple):
    """Where a run stands: epochs done with their figures, and the steps done in the next one."""

    history: list[Epoch]
    progress: Progress

    @property
    def position(self) -> Position:
        """As the state's folder is named."""
        return Position(len(self.history), len(self.progress.losses))


class Writer:
    """Everything that a run leaves on disk."""

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
        self._summaries: Summaries | None = None

    def open_summaries(self, standing: Standing) -> None:
        """Begins an event file at the first epoch to come."""
        run, graph, record = self._start.run, self._graph, self._start.record
        about = (
            dashboards.experiment(),
            dashboards.session_start(self._start.config, self._start.identity['steps_per_run'], record['started']),
            dashboards.layout(dashboards.CHARTS),
        )
        self._summaries = Summaries(
            run.summary, graph.graph, graph.graph_def, standing.history, record['started'], about
        )

    def add(self, standing: Standing) -> None:
        """Writes the last epoch of `standing` to events, state and history."""
        # Events first: those of an epoch whose state was never saved are dropped when the run goes on.
        self._summaries.add(standing.history, self._histograms())
        self.save(standing)
        self._start.run.write_history(standing.history)
        self._start.run.prune(standing.history, self._options.keep_all)

    def save(self, standing: Standing) -> None:
        """Writes the training state."""
        folder = self._start.run.folder / 'checkpoints' / standing.position.folder_name
        record = {**self._record(standing), 'history': [each._asdict() for each in standing.history]}
        record['progress'] = standing.progress._asdict()
        save_state(folder, self._session, self._graph.state_saver, record, self._projection)

    def publish(self, standing: Standing) -> None:
        """Makes this the model at `saves/model.ckpt`, and the run a finished one."""
        values = self._session.run(self._graph.model)
        prefix = publish_model(
            self._options.saves, values, meta_graph(self._graph), self._record(standing), self._projection
        )
        finished = {'epochs': len(standing.history), 'figures': standing.history[-1]._asdict()}
        write_json(self._start.run.folder / 'finished.json', finished)
        print(f'checkpoint: {prefix}', file=sys.stderr)
        print(f'look at it: bin/tensorboard --logdir {self._options.saves / "summary"}', file=sys.stderr)

    def add_pictures(self, standing: Standing) -> None:
        """Writes to the event file where the trained network errs, and that it is finished."""
        inputs, split = self._inputs.test, self._start.dataset.test
        probabilities = self._session.run(self._graph.probabilities, {self._graph.X: as_fed(inputs.images)})
        pictures = dashboards.pictures(split.images, split.labels, probabilities)
        self._summaries.add_last(standing.history, (pictures, dashboards.session_end()))

    def close(self) -> None:
        """Closes the event file."""
        if self._summaries:
            self._summaries.close()

    def _histograms(self) -> list[bytes]:
        if not self._options.histograms:
            return []
        images = self._inputs.validation.images
        return [self._session.run(self._graph.histograms, {self._graph.X: as_fed(images)})]

    def _record(self, standing: Standing) -> dict[str, Any]:
        return {
            'run': self._start.run.name,
            **self._start.record,
            'epoch': len(standing.history),
            'pca_seconds': self._pca_seconds,
            'figures': standing.history[-1]._asdict() if standing.history else None,
        }
