"""Restore a checkpoint into a fresh graph and measure it."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.config import PIXELS, RunConfig
from graph_mlp.data.dataset import Dataset
from graph_mlp.data.pixels import network_inputs
from graph_mlp.errors import CheckpointError, DataError
from graph_mlp.graph.build import build
from graph_mlp.graph.evaluation import Figures
from graph_mlp.runtime.startup import session_config, use_threads
from graph_mlp.session.loop import NotFinite, exact_figures
from graph_mlp.session.restore import read_config, read_projection, restore
from graph_mlp.store.checkpoints import Checkpoint, open_checkpoint


class Evaluation(NamedTuple):
    """What a checkpoint scores on a split."""

    config: RunConfig
    run: str | None  # the run it comes from, where a record says so
    images: int
    figures: Figures  # Python floats
    has_moving_averages: bool  # False: batch norm's are those that training begins with, so never updated
    probabilities: np.ndarray  # float32 [images, 10], by moving averages


def evaluate(
    ckpt: Path,
    dataset: Dataset,
    split: str,
    activation: str | None = None,
    pca_file: Path | None = None,
    threads: int = 0,
    device: str = 'auto',
) -> Evaluation:
    """Measures the checkpoint `ckpt` on a split of `dataset`, all its images in one batch as the notebook does.

    Raises CheckpointError, UsageError or DataError where model, data and checkpoint do not fit together.
    """
    with open_checkpoint(ckpt) as checkpoint:
        config = read_config(checkpoint, activation)
        if checkpoint.record is not None and config.dataset != dataset.name:
            raise DataError(
                f'{checkpoint.source} was trained on {config.dataset}, the data at hand are {dataset.name}: '
                'name its data by --data-dir or --dataset'
            )
        projection = read_projection(checkpoint, config, pca_file) if _needs_pca(config, pca_file) else None
        images, labels = getattr(dataset, split)
        X = projection.project(images) if projection else network_inputs(images)
        use_threads(threads)
        graph = build(config)
        with tf.Session(graph=graph.graph, config=session_config(threads, device)) as session:
            restore(session, graph.model_saver, graph.model, checkpoint)
            figures, probabilities = session.run(
                (graph.figures, graph.probabilities), feed_dict={graph.X: X, graph.y: labels}
            )
            moving = session.run({name: value for name, value in graph.model.items() if '/moving_' in name})
        run = checkpoint.record.run if checkpoint.record else None
        exact = _exact_figures(figures, len(X), checkpoint)
        return Evaluation(config, run, len(X), exact, _has_moving_averages(moving), probabilities)


def _exact_figures(figures: Figures, count: int, checkpoint: Checkpoint) -> Figures:
    try:
        return exact_figures(figures, count)
    except NotFinite:
        raise CheckpointError(
            f'{checkpoint.source}: the loss is not a finite number, so the weights are not a trained network; '
            'use another checkpoint'
        ) from None


def _has_moving_averages(moving: dict[str, np.ndarray]) -> bool:
    """Whether any moving average, by its variable's name, differs from its initial value; True without batch norm."""
    initial = {'moving_mean': 0.0, 'moving_variance': 1.0}
    return not moving or any((values != initial[name.rpartition('/')[2]]).any() for name, values in moving.items())


def _needs_pca(config: RunConfig, pca_file: Path | None) -> bool:
    return config.input_features < PIXELS or pca_file is not None
