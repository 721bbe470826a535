"""Restore a checkpoint into a fresh graph and measure it."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Dataset
from graph_mlp.errors import CheckpointError, DataError
from graph_mlp.graph.evaluation import Figures
from graph_mlp.session.loop import NotFinite, exact_figures
from graph_mlp.session.restored import RestoredNetwork, restored_network


class Evaluation(NamedTuple):
    """What a checkpoint scores on a split."""

    config: RunConfig
    run: str | None  # the run it comes from, where a record says so
    images: int
    figures: Figures  # Python floats
    has_moving_averages: bool  # False: batch norm's are those that training begins with, so never updated
    probabilities: np.ndarray  # float32 [images, 10], by moving averages


def evaluate(
    ckpt: str | Path,
    dataset: Dataset,
    split: str = 'test',
    activation: str | None = None,
    pca_file: str | Path | None = None,
    threads: int = 0,
    device: str = 'auto',
) -> Evaluation:
    """Measures the checkpoint `ckpt` on a split of `dataset`, all its images in one batch as the notebook does.

    Raises CheckpointError, UsageError or DataError where model, data and checkpoint do not fit together.
    """
    with restored_network(ckpt, activation, pca_file, threads, device) as network:
        if network.has_record and network.config.dataset != dataset.name:
            raise DataError(
                f'{network.source} was trained on {network.config.dataset}, the data at hand are {dataset.name}: '
                'name its data by --data-dir or --dataset'
            )
        images, labels = getattr(dataset, split)
        graph = network.graph
        figures, probabilities = network.session.run(
            (graph.figures, graph.probabilities), feed_dict={graph.X: network.inputs(images), graph.y: labels}
        )
        moving = network.session.run({name: value for name, value in graph.model.items() if '/moving_' in name})
        count = len(labels)
        exact = _exact_figures(figures, count, network)
        return Evaluation(network.config, network.run, count, exact, _has_moving_averages(moving), probabilities)


def _exact_figures(figures: Figures, count: int, network: RestoredNetwork) -> Figures:
    try:
        return exact_figures(figures, count)
    except NotFinite:
        raise CheckpointError(
            f'{network.source}: the loss is not a finite number, so the weights are not a trained network; '
            'use another checkpoint'
        ) from None


def _has_moving_averages(moving: dict[str, np.ndarray]) -> bool:
    """Whether any moving average, by its variable's name, differs from its initial value; True without batch norm."""
    initial = {'moving_mean': 0.0, 'moving_variance': 1.0}
    return not moving or any((values != initial[name.rpartition('/')[2]]).any() for name, values in moving.items())
