"""Which networks tests/tf1/interchange.py exchanges, and on which data."""

import itertools
from pathlib import Path
from typing import NamedTuple

import numpy as np

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.config import RunConfig
from graph_mlp.data import pca
from graph_mlp.data.digits import load_digits
from graph_mlp.data.pixels import network_inputs
from graph_mlp.optimizers import OPTIMIZERS

COMPONENTS, HIDDEN, BATCH_SIZE = 20, (12, 8), 119  # ten batches in an epoch of the digits
LOOPS = (1, 5)  # steps per run: the notebook's loop, and the compiled one


class Exchange(NamedTuple):
    """One network by one of our loops."""

    folder: Path
    config: RunConfig
    steps_per_run: int
    theirs: Path  # the folder of the same network's first exchange, where TensorFlow 1.15's own checkpoint lies

    @property
    def uses_pca(self) -> bool:
        return self.config.input_features == COMPONENTS


def configurations(everything: bool) -> list[RunConfig]:
    combinations = list(itertools.product(OPTIMIZERS, ACTIVATIONS, (True, False), (784, COMPONENTS)))
    if not everything:
        pairs = list(zip(OPTIMIZERS, [*ACTIVATIONS, 'elu'], strict=True))
        combinations = [each for each in combinations if each[:2] in pairs]
    return [
        RunConfig(HIDDEN, activation, batch_norm, features, 'digits', optimizer, batch_size=BATCH_SIZE, epochs=1)
        for optimizer, activation, batch_norm, features in combinations
    ]


def exchanges(root: Path, everything: bool) -> list[Exchange]:
    return [
        Exchange(root / f'{config.model_tag}.{steps}', config, steps, root / f'{config.model_tag}.{LOOPS[0]}')
        for config in configurations(everything)
        for steps in LOOPS
    ]


def write_data(root: Path) -> None:
    """The digits as the network takes them, as pixels and as components, and the PCA."""
    digits = load_digits()
    projection, _ = pca.fit(digits.train.images, COMPONENTS)
    with open(root / 'pca.npz', 'wb') as file:
        projection.save(file)
    for name, prepare in (('pixels', network_inputs), ('components', projection.project)):
        np.savez(
            root / f'{name}.npz', train_images=prepare(digits.train.images), train_labels=digits.train.labels,
            test_images=prepare(digits.test.images), test_labels=digits.test.labels,
        )  # fmt: skip
