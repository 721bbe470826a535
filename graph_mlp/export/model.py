"""What every format is made from: a checkpoint's network and its weights as NumPy arrays."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from graph_mlp.config import RunConfig
from graph_mlp.data.pca import Projection
from graph_mlp.errors import CheckpointError
from graph_mlp.session.restored import restored_network


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
    with restored_network(ckpt, activation, pca_file, device='cpu') as network:
        values = network.session.run(network.graph.model)
        for name, value in values.items():
            if not np.isfinite(value).all():
                raise CheckpointError(
                    f'{network.source}: {name} holds numbers that are not finite, so it is not a trained network; '
                    'use another checkpoint'
                )
        return Model(network.config, network.run, network.projection, values)
