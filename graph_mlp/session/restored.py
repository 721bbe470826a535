"""A checkpoint's network in a session of its own, to be measured or asked."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.config import PIXELS, RunConfig
from graph_mlp.data.pca import Projection
from graph_mlp.data.pixels import network_inputs
from graph_mlp.graph.build import Graph, build
from graph_mlp.runtime.startup import session_config, use_threads
from graph_mlp.session.restore import read_config, read_projection, restore
from graph_mlp.store.checkpoints import open_checkpoint


class RestoredNetwork(NamedTuple):
    """A network with its weights, as long as its session is open."""

    source: Path  # the checkpoint's prefix
    config: RunConfig
    run: str | None  # the run that the checkpoint comes from, where a record says so
    has_record: bool  # whether this program wrote the checkpoint
    projection: Projection | None
    graph: Graph
    session: tf.Session

    def inputs(self, images: np.ndarray) -> np.ndarray:
        """What is fed for pixels, uint8 [n, 784]: float32 [n, input_features]."""
        return self.projection.project(images) if self.projection else network_inputs(images)


@contextlib.contextmanager
def restored_network(
    ckpt: str | Path,
    activation: str | None = None,
    pca_file: str | Path | None = None,
    threads: int = 0,
    device: str = 'auto',
) -> Iterator[RestoredNetwork]:
    """Opens the checkpoint that `ckpt` means and restores it into a fresh graph; the session is closed at the end.

    Args: activation and pca_file where the checkpoint lacks its own; threads, 0 for all cores; device 'auto', 'cpu'
    or 'gpu'. Raises CheckpointError, UsageError or DataError where these do not fit together.
    """
    with open_checkpoint(Path(ckpt)) as checkpoint:
        config = read_config(checkpoint, activation)
        is_projected = config.input_features < PIXELS or pca_file is not None
        projection = read_projection(checkpoint, config, Path(pca_file) if pca_file else None) if is_projected else None
        record = checkpoint.record
        use_threads(threads)
        graph = build(config)
        with tf.Session(graph=graph.graph, config=session_config(threads, device)) as session:
            restore(session, graph.model_saver, graph.model, checkpoint)
            yield RestoredNetwork(
                source=checkpoint.source, config=config, run=record.run if record else None,
                has_record=record is not None, projection=projection, graph=graph, session=session,
            )  # fmt: skip
