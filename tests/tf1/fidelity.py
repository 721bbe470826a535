"""How far this program and TensorFlow 1.15 end apart, beside how far TensorFlow 1.15 ends from itself.

Usage, in the repository's root: python -m tests.tf1.fidelity --python PYTHON3.7 [--folder FOLDER] [--sample N]

Needs a Python 3.7 with tensorflow==1.15.5 and protobuf<3.21. Every activation with every optimizer, with and without
batch norm and PCA, on networks of one to four hidden layers and several batch sizes, trains two epochs of the bundled
digits: by TensorFlow 1.15, by TensorFlow 1.15 with one weight moved by one unit in the last place (five draws), and by
both loops of this program. Where one of these ends further away than the draws allow, TensorFlow 1.15 is run 20 times
more with every weight moved by one unit in the last place, up or down at random.
Writes graph_mlp/guide/fidelity.csv; with --sample, which measures N networks spread over the grid, only prints.
What TensorFlow 1.15 trained stays in FOLDER and is not trained again. Exit status 1 where five draws were too few.
"""

import argparse
import csv
import itertools
import json
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.config import RunConfig
from graph_mlp.data import pca
from graph_mlp.data.dataset import Dataset, epoch_order, network_inputs
from graph_mlp.data.mnist import load_digits
from graph_mlp.optimizers import OPTIMIZERS
from graph_mlp.runtime.startup import quiet_tensorflow, use_threads
from tests.conftest import ROOT
from tests.tf1.draws import Variables, distance, moves, recorded, run_script

TABLE = ROOT / 'graph_mlp/guide/fidelity.csv'
COMPONENTS, EPOCHS, STEPS_PER_RUN = 20, 2, 5
SIZES, BATCH_SIZES = (30, 20, 15, 12), (7, 33, 70, 101)
DRAWS, ALL_WEIGHTS_DRAWS = 5, 20
FACTOR, FLOOR = 1.5, 2e-6


class Distances(NamedTuple):
    """How far weights end from TensorFlow 1.15's: the largest absolute difference over all trained weights."""

    network: str
    batch_size: int
    keep_last_batch: bool
    one_weight_moved: float  # of TensorFlow 1.15: the largest of DRAWS
    single_steps: float  # of --steps-per-run 1
    compiled_loop: float
    all_weights_moved: float | None = None  # of TensorFlow 1.15: the largest of ALL_WEIGHTS_DRAWS

    @property
    def ours(self) -> float:
        return max(self.single_steps, self.compiled_loop)

    @property
    def holds(self) -> bool:
        """Whether both loops end as near as TensorFlow 1.15 ends to itself."""
        return self.ours <= max(FACTOR * self.one_weight_moved, FLOOR)


def read() -> list[Distances]:
    """The table; numbers are in the digits that give them back."""
    with TABLE.open(encoding='utf-8', newline='') as file:
        rows = list(csv.reader(file))[1:]
    return [
        Distances(network, int(size), kept == 'yes', *map(float, distances), float(every) if every else None)
        for network, size, kept, *distances, every in rows
    ]


def write(rows: list[Distances]) -> None:
    with TABLE.open('w', encoding='utf-8', newline='') as file:
        table = csv.writer(file, lineterminator='\n')
        table.writerow(Distances._fields)
        table.writerows(row._replace(keep_last_batch='yes' if row.keep_last_batch else 'no') for row in rows)


def grid() -> list[RunConfig]:
    """Every activation, optimizer, batch norm and PCA with each other; layers and batches are dealt out evenly."""
    crossed = list(itertools.product(ACTIVATIONS, OPTIMIZERS, (True, False), (RunConfig().pixels, COMPONENTS)))
    random = np.random.RandomState(0)
    layers, batch_sizes, keep_last = (
        random.permutation(np.resize(values, len(crossed))).tolist()
        for values in (range(1, len(SIZES) + 1), BATCH_SIZES, (True, False))
    )
    return [
        RunConfig(hidden_sizes=SIZES[:depth], activation=activation, batch_norm=batch_norm, input_features=features,
                  dataset='digits', optimizer=optimizer, batch_size=batch_size, keep_last_batch=keep, epochs=EPOCHS)
        for (activation, optimizer, batch_norm, features), depth, batch_size, keep
        in zip(crossed, layers, batch_sizes, keep_last, strict=True)
    ]  # fmt: skip


def initial_weights(config: RunConfig, random: np.random.RandomState) -> Variables:
    """Glorot uniform kernels, as the notebook's; zero biases and betas, gammas of one."""
    weights = {}
    scopes = [*(names.dense for names in config.hidden_layer_names), 'output']
    for scope, (rows, columns) in zip(scopes, config.kernel_shapes, strict=True):
        limit = np.sqrt(6 / (rows + columns))
        weights[f'{scope}/kernel'] = random.uniform(-limit, limit, (rows, columns)).astype(np.float32)
        weights[f'{scope}/bias'] = np.zeros(columns, np.float32)
    for names, units in zip(config.hidden_layer_names, config.hidden_sizes, strict=True):
        if config.batch_norm:
            weights[f'{names.batch_norm}/gamma'] = np.ones(units, np.float32)
            weights[f'{names.batch_norm}/beta'] = np.zeros(units, np.float32)
    return weights


def trained_here(config: RunConfig, inputs: Dataset, weights: Variables) -> Variables:
    """The weights after the same epochs, by the loop that the configuration names."""
    import tensorflow.compat.v1 as tf

    from graph_mlp.graph.build import build
    from graph_mlp.loops import make_loop

    tf.get_logger().setLevel('ERROR')  # `load` is deprecated, and the way to set a variable without a placeholder
    graph = build(config, inputs)
    with tf.Session(graph=graph.graph, config=tf.ConfigProto(intra_op_parallelism_threads=1)) as session:
        session.run(graph.init)
        for name, value in weights.items():
            graph.model[name].load(value, session)
        loop = make_loop(session, graph, inputs, config)
        for epoch in range(EPOCHS):
            loop.epoch(epoch)
        return {name: session.run(graph.model[name]) for name in weights}


def record(
    python: str, folder: Path, configs: dict[int, tuple[RunConfig, Dataset]], draws: int, moves_all: bool = False
) -> dict[int, float]:
    """Trains these configurations under TensorFlow 1.15; how far the furthest draw of each ends from it."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (config, inputs) in configs.items():
        random, (images, labels) = np.random.RandomState(number), inputs.train
        np.savez(folder / f'{number:03}.npz', **initial_weights(config, random))
        np.savez(folder / f'{number:03}.data.npz', images=network_inputs(images), labels=labels)
        orders = [epoch_order(len(labels), config.batch_size, config.seed, epoch, config.keep_last_batch)
                  for epoch in range(EPOCHS)]  # fmt: skip
        batches = [rows.tolist() for order in orders for part in order for rows in part]
        moved = [['*', draw] for draw in range(draws)] if moves_all else moves(config, images, draws, random)
        settings = {**msgspec.to_builtins(config), 'batches': batches, 'moves': moved}
        (folder / f'{number:03}.json').write_text(json.dumps(settings))
    run_script(python, 'record.py', 'grid', folder)
    furthest = {}
    for number in configs:
        unmoved, *moved = recorded(folder / f'{number:03}.tf1.npz')
        trained = list(np.load(folder / f'{number:03}.npz'))
        furthest[number] = max(distance(unmoved, draw, trained) for draw in moved)
    return furthest


def measure(python: str, folder: Path, numbers: list[int]) -> list[Distances]:
    """These configurations of the grid."""
    pixels = load_digits()
    projection, _ = pca.fit(pixels.train.images, COMPONENTS)
    components, every = pixels.map_images(projection.project), grid()
    configs = {n: (every[n], pixels if every[n].input_features == RunConfig().pixels else components) for n in numbers}
    furthest = record(python, folder / 'one-weight', configs, DRAWS)
    rows = {}
    for number, (config, inputs) in configs.items():
        unmoved = recorded(folder / f'one-weight/{number:03}.tf1.npz')[0]
        initial = dict(np.load(folder / f'one-weight/{number:03}.npz'))
        loops = [msgspec.structs.replace(config, steps_per_run=steps) for steps in (1, STEPS_PER_RUN)]
        ours = [distance(unmoved, trained_here(loop, inputs, initial), list(initial)) for loop in loops]
        row = Distances(config.model_tag, config.batch_size, config.keep_last_batch, furthest[number], *ours)
        print(number, *row, 'holds' if row.holds else 'MISSES', flush=True)
        rows[number] = row
    missed = {number: configs[number] for number, row in rows.items() if not row.holds}
    for number, every in record(python, folder / 'all-weights', missed, ALL_WEIGHTS_DRAWS, moves_all=True).items():
        rows[number] = rows[number]._replace(all_weights_moved=every)
        print(
            number,
            *rows[number],
            'holds' if rows[number].ours <= FACTOR * every else 'MISSES',
            'with all weights moved',
        )
    return list(rows.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--python', required=True, help='a Python 3.7 with TensorFlow 1.15')
    parser.add_argument('--folder', type=Path, help='what TensorFlow 1.15 trained is kept here and used again')
    parser.add_argument('--sample', type=int, metavar='N', help='measure only N networks, and write nothing')
    args = parser.parse_args()
    with quiet_tensorflow():
        use_threads(1)
    count = len(grid())
    numbers = np.linspace(0, count - 1, min(args.sample or count, count)).round().astype(int).tolist()
    with tempfile.TemporaryDirectory() as temporary:
        rows = measure(args.python, args.folder or Path(temporary), numbers)
    if not args.sample:
        write(rows)
    print(f'{sum(row.holds for row in rows)} of {len(rows)} hold')
    return not all(row.holds for row in rows)


if __name__ == '__main__':
    sys.exit(main())
