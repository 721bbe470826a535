"""What every format is made from: a checkpoint's network and its weights as NumPy arrays."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.pca import Projection
from graph_mlp.errors import CheckpointError
from graph_mlp.graph.build import build
from graph_mlp.runtime.startup import session_config
from graph_mlp.session.restore import read_config, read_projection, restore
from graph_mlp.store.checkpoints import open_checkpoint


class Model(NamedTuple):
    """A trained network."""

    config: RunConfig
    run: str | None  # the run it comes from, where a record says so
    projection: Projection | None  # from pixels to what the network takes; None: it takes pixels
    values: dict[str, np.ndarray]  # float32, the notebook's variables by name


def read_model(ckpt: Path, activation: str | None = None, pca_file: Path | None = None) -> Model:
    """Reads the checkpoint `ckpt` through a graph of its own; the graph in its `.meta` is never used.

    Raises CheckpointError, UsageError or DataError where it is damaged, no network of the notebook's kind, or
    needs the activation or the PCA file to be named.
    """
    with open_checkpoint(ckpt) as checkpoint:
        config = read_config(checkpoint, activation)
        projection = read_projection(checkpoint, config, pca_file)
        graph = build(config)
        with tf.Session(graph=graph.graph, config=session_config(0, 'cpu')) as session:
            restore(session, graph.model_saver, graph.model, checkpoint)
            values = session.run(graph.model)
        for name, value in values.items():
            if not np.isfinite(value).all():
                raise CheckpointError(
                    f'{checkpoint.source}: {name} holds numbers that are not finite, so it is not a trained network; '
                    'use another checkpoint'
                )
        return Model(config, checkpoint.record.run if checkpoint.record else None, projection, values)
