"""How far this program and TensorFlow 1.15 end apart, beside how far TensorFlow 1.15 ends from itself.

Usage, in the repository's root: python -m tests.tf1.fidelity --python PYTHON3.7 [--folder FOLDER]

Needs a Python 3.7 with tensorflow==1.15.5 and protobuf<3.21. Every activation with every optimizer, with and without
batch norm and PCA, on networks of one to four hidden layers and several batch sizes, trains two epochs of the bundled
digits: by TensorFlow 1.15, by TensorFlow 1.15 with one weight moved by one unit in the last place (five draws), and by
both loops of this program. Where one of these ends further away than the draws allow, TensorFlow 1.15 is run 20 times
more with every weight moved by one unit in the last place, up or down at random.
Writes tests/recorded/fidelity.json and, from it, graph_mlp/guide/fidelity.md. What TensorFlow 1.15 trained stays in
FOLDER and is not trained again. Exit status 1 where five draws were too few.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.config import PIXELS, RunConfig
from graph_mlp.data import pca
from graph_mlp.data.batches import epoch_order
from graph_mlp.data.dataset import Inputs, Split
from graph_mlp.data.digits import load_digits
from graph_mlp.data.pixels import network_inputs
from graph_mlp.optimizers import OPTIMIZERS
from graph_mlp.runtime.startup import quiet_tensorflow, use_threads
from tests.tf1.fidelity_page import ALL_WEIGHTS_DRAWS, DRAWS, Distances, write

COMPONENTS, EPOCHS, STEPS_PER_RUN = 20, 2, 5
SIZES = (30, 20, 15, 12)
BATCH_SIZES = (7, 33, 70, 101)


def grid() -> list[RunConfig]:
    """Every activation, optimizer, batch norm and PCA with each other; layers and batches are dealt out evenly."""
    crossed = [
        (activation, optimizer, batch_norm, features)
        for activation in ACTIVATIONS
        for optimizer in OPTIMIZERS
        for batch_norm in (True, False)
        for features in (784, COMPONENTS)
    ]
    random = np.random.RandomState(0)
    layers, batch_sizes, keep_last = (
        random.permutation(np.resize(values, len(crossed))).tolist()
        for values in (range(1, len(SIZES) + 1), BATCH_SIZES, (True, False))
    )
    return [
        RunConfig(SIZES[:depth], activation, batch_norm, features, 'digits', optimizer,
                  batch_size=batch_size, keep_last_batch=keep, epochs=EPOCHS)
        for (activation, optimizer, batch_norm, features), depth, batch_size, keep
        in zip(crossed, layers, batch_sizes, keep_last, strict=True)
    ]  # fmt: skip


def initial_weights(config: RunConfig, random: np.random.RandomState) -> dict[str, np.ndarray]:
    """Glorot uniform kernels, as the notebook's; zero biases and betas, gammas of one."""
    names = [names.dense for names in config.hidden_layer_names] + ['output']
    weights = {}
    for name, (rows, columns) in zip(names, config.kernel_shapes, strict=True):
        limit = np.sqrt(6 / (rows + columns))
        weights[f'{name}/kernel'] = random.uniform(-limit, limit, (rows, columns)).astype(np.float32)
        weights[f'{name}/bias'] = np.zeros(columns, np.float32)
    if config.batch_norm:
        for each, units in zip(config.hidden_layer_names, config.hidden_sizes, strict=True):
            weights[f'{each.batch_norm}/gamma'] = np.ones(units, np.float32)
            weights[f'{each.batch_norm}/beta'] = np.zeros(units, np.float32)
    return weights


def moved_weights(weights: dict, images: np.ndarray, draws: int, random: np.random.RandomState) -> list:
    """For each draw a kernel in turn, and the position in it that is moved: never the weight of a dead pixel."""
    kernels = [name for name in weights if name.endswith('kernel')]
    moved = []
    for draw in range(draws):
        name = kernels[draw % len(kernels)]
        rows, columns = weights[name].shape
        used = np.flatnonzero(images.any(axis=0)) if name == 'hidden1/kernel' else np.arange(rows)
        moved.append([name, int(random.choice(used) * columns + random.randint(columns))])
    return moved


def write_job(
    folder: Path, number: int, config: RunConfig, inputs: Inputs, draws: int, moves_all: bool = False
) -> None:
    """What tests/tf1/record_grid.py reads for one configuration."""
    random = np.random.RandomState(number)
    weights = initial_weights(config, random)
    count = len(inputs.train.labels)
    orders = [epoch_order(count, config.batch_size, config.seed, epoch, config.keep_last_batch)
              for epoch in range(EPOCHS)]  # fmt: skip
    settings = {
        **config.to_json(),
        'moved': [['*', draw] for draw in range(draws)]
        if moves_all
        else moved_weights(weights, inputs.train.images, draws, random),
        'batches': [rows.tolist() for order in orders for part in order for rows in part],
    }
    (folder / f'{number:03}.json').write_text(json.dumps(settings))
    np.savez(folder / f'{number:03}.npz', **weights)
    np.savez(folder / f'{number:03}.data.npz', images=network_inputs(inputs.train.images), labels=inputs.train.labels)


def trained_here(config: RunConfig, inputs: Inputs, weights: dict, steps_per_run: int) -> dict[str, np.ndarray]:
    """The weights after the same epochs, by one of our loops."""
    import tensorflow.compat.v1 as tf

    from graph_mlp.graph.build import build
    from graph_mlp.graph.compiled_loop import DataShape
    from graph_mlp.session.loop import Trainer, load_images
    from graph_mlp.store.history import StepFigures

    tf.get_logger().setLevel('ERROR')  # `load` is deprecated, and the way to set a variable without a placeholder
    graph = build(config, DataShape.of(inputs, config.batch_size), steps_per_run)
    with tf.Session(graph=graph.graph, config=tf.ConfigProto(intra_op_parallelism_threads=1)) as session:
        session.run(graph.init)
        for name, value in weights.items():
            graph.model[name].load(value, session)
        load_images(session, graph.loop, inputs)
        trainer = Trainer(session, graph, config, inputs.train)
        for epoch in range(EPOCHS):
            trainer.epoch(epoch, StepFigures.none(), lambda steps: None)
        return {name: session.run(graph.model[name]) for name in weights}


def distance(weights: dict, others: dict) -> float:
    return max(float(np.abs(weights[name] - others[name]).max()) for name in weights)


def recorded_draws(folder: Path, number: int) -> list[dict[str, np.ndarray]]:
    """What tests/tf1/record_grid.py trained: with nothing moved, then draw by draw."""
    recorded = np.load(folder / f'{number:03}.tf1.npz')
    draws: dict[int, dict[str, np.ndarray]] = {}
    for key in recorded:
        draw, name = key.split('/', 1)
        draws.setdefault(int(draw), {})[name] = recorded[key]
    return [draws[draw] for draw in sorted(draws)]


def record(
    python: str, folder: Path, configs: dict[int, tuple[RunConfig, Inputs]], draws: int, moves_all: bool = False
) -> dict[int, float]:
    """Trains these configurations under TensorFlow 1.15; how far the furthest draw of each ends from it."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (config, inputs) in configs.items():
        write_job(folder, number, config, inputs, draws, moves_all)
    subprocess.run(
        [python, Path(__file__).with_name('record_grid.py'), folder], check=True,
        # TensorFlow 1.15 ends a process whose XLA_FLAGS it does not know.
        env={name: value for name, value in os.environ.items() if name != 'XLA_FLAGS'},
    )  # fmt: skip
    furthest = {}
    for number in configs:
        unmoved, *moved = recorded_draws(folder, number)
        furthest[number] = max(distance(unmoved, draw) for draw in moved)
    return furthest


def measure(python: str, folder: Path) -> list[Distances]:
    """The whole grid."""
    pixels = load_digits().inputs
    projection, _ = pca.fit(pixels.train.images, COMPONENTS)
    components = Inputs(*(Split(projection.project(split.images), split.labels) for split in pixels))
    configs = {
        number: (config, pixels if config.input_features == PIXELS else components)
        for number, config in enumerate(grid())
    }
    one_weight, all_weights = folder / 'one-weight', folder / 'all-weights'
    one_ulp = record(python, one_weight, configs, DRAWS)
    rows = {}
    for number, (config, inputs) in configs.items():
        unmoved, initial = recorded_draws(one_weight, number)[0], dict(np.load(one_weight / f'{number:03}.npz'))
        ours = [distance(unmoved, trained_here(config, inputs, initial, steps)) for steps in (1, STEPS_PER_RUN)]
        row = Distances(config.model_tag, config.batch_size, config.keep_last_batch, one_ulp[number], *ours)
        print(number, *row, 'holds' if row.holds else 'MISSES', flush=True)
        rows[number] = row
    missed = {number: configs[number] for number, row in rows.items() if not row.holds}
    for number, furthest in record(python, all_weights, missed, ALL_WEIGHTS_DRAWS, moves_all=True).items():
        rows[number] = rows[number]._replace(all_weights=furthest)
    return list(rows.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--python', required=True, help='a Python 3.7 with TensorFlow 1.15')
    parser.add_argument('--folder', type=Path, help='what TensorFlow 1.15 trained is kept here and used again')
    args = parser.parse_args()
    with quiet_tensorflow():
        use_threads(1)
    with tempfile.TemporaryDirectory() as temporary:
        rows = measure(args.python, args.folder or Path(temporary))
    write(rows)
    return not all(row.holds for row in rows)


if __name__ == '__main__':
    sys.exit(main())
