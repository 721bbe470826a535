"""Exchanges models with a real TensorFlow 1.15, both ways, for every kind of network. Not part of bin/test.

Usage, in the repository's root: python -m tests.tf1.interchange --python PYTHON3.7 [--all] [--folder FOLDER]

Needs a Python 3.7 with tensorflow==1.15.5 and protobuf<3.21. Small networks are trained on the bundled digits, ten
steps at a time, by both loops of this program:
  cells      the notebook's cells restore our saves/ with a plain tf.train.Saver(): the accuracy is ours
  meta       TensorFlow 1.15 imports our .meta and takes ten steps more: every variable is ours after the same steps
  evaluated  bin/evaluate measures a checkpoint of the notebook's cells: the accuracy is theirs
  continued  bin/train --init-ckpt goes on from it for ten steps: every variable is theirs after the same steps
Variables are equal within 1e-6, or else within 1.5 times what TensorFlow 1.15 itself ends apart when one weight is
moved by one unit in the last place. Without --all every optimizer and every activation occurs once with each of batch
norm, PCA and both loops; with it, all combinations do. Prints a line per exchange; exit status 1 where one fails.
"""

import argparse
import contextlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

import numpy as np

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.config import RunConfig
from graph_mlp.data import pca
from graph_mlp.data.batches import epoch_order
from graph_mlp.data.digits import load_digits
from graph_mlp.data.pixels import network_inputs
from graph_mlp.optimizers import OPTIMIZERS
from tests.conftest import ROOT

COMPONENTS, HIDDEN, BATCH_SIZE = 20, (12, 8), 119  # ten batches in an epoch of the digits
WITHIN, DRAWS = 1e-6, 5
LOOPS = (1, 5)  # steps per run: the notebook's loop, and the compiled one
SERVERS = 2


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


class Commands:
    """Runs commands of this program in forked children of a few servers, each of which imports TensorFlow once."""

    def __init__(self, stack: contextlib.ExitStack, cache: Path):
        self._servers: SimpleQueue[subprocess.Popen] = SimpleQueue()
        line = [sys.executable, str(ROOT / 'tests/faults/server.py'), str(ROOT)]
        for _ in range(SERVERS):
            server = stack.enter_context(
                subprocess.Popen(
                    line,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    env={**os.environ, 'XDG_CACHE_HOME': str(cache)},
                )
            )
            stack.callback(server.stdin.close)  # which ends it
            server.stdout.readline()  # it is ready
            self._servers.put(server)

    def run(self, folder: Path, *arguments: Any) -> None:
        """Raises RuntimeError where the command ends with another status than 0."""
        server = self._servers.get()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            request = {'folder': str(folder), 'arguments': list(map(str, arguments))}
            server.stdin.write(json.dumps(request) + '\n')
            server.stdin.flush()
            status = json.loads(server.stdout.readline())['status']
        finally:
            self._servers.put(server)
        if status:
            raise RuntimeError(f'{arguments} in {folder} ended with {status}:\n{(folder / "stderr").read_text()}')

    def train(self, exchange: Exchange, saves: str, *arguments: Any) -> None:
        """Ten steps into the folder `saves`."""
        projection = ('--pca', exchange.folder.parent / 'pca.npz') if exchange.uses_pca else ()
        self.run(
            exchange.folder, 'train', '--tag', exchange.config.model_tag, '--dataset', 'digits', '--epochs', 1,
            '--batch-size', BATCH_SIZE, '--steps-per-run', exchange.steps_per_run, '--threads', 1,
            '--saves-dir', saves, *projection, *arguments,
        )  # fmt: skip


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


def trained_here(commands: Commands, exchange: Exchange) -> None:
    commands.train(exchange, 'saves')
    commands.train(exchange, 'saves-again', '--init-ckpt', 'saves/model.ckpt')


def their_part(python: str, root: Path, planned: list[Exchange]) -> None:
    config = planned[0].config
    [batches] = epoch_order(len(load_digits().train.labels), BATCH_SIZE, config.seed, 0, config.keep_last_batch)
    jobs = [
        {
            'folder': str(exchange.folder),
            'settings': exchange.config.to_json(),
            'data': 'components' if exchange.uses_pca else 'pixels',
            'is_first': exchange.folder == exchange.theirs,
        }
        for exchange in planned
    ]
    plan = {'jobs': jobs, 'batches': batches.tolist(), 'draws': DRAWS, 'data': ['pixels', 'components']}
    (root / 'jobs.json').write_text(json.dumps(plan))
    # TensorFlow 1.15 ends a process whose XLA_FLAGS it does not know.
    environment = {name: value for name, value in os.environ.items() if name != 'XLA_FLAGS'}
    subprocess.run([python, Path(__file__).with_name('notebook.py'), root], check=True, env=environment)


def gone_on_here(commands: Commands, exchange: Exchange) -> None:
    checkpoint = exchange.theirs / 'theirs/my_model_chapter10_2.ckpt'
    projection = ('--pca', exchange.folder.parent / 'pca.npz') if exchange.uses_pca else ()
    if exchange.folder == exchange.theirs:
        commands.run(
            exchange.folder / 'evaluated', 'evaluate', '--ckpt', checkpoint, '--dataset', 'digits', '--json',
            '--activation', exchange.config.activation, *projection,
        )  # fmt: skip
    commands.train(exchange, 'saves-theirs', '--init-ckpt', checkpoint)


class Distance(NamedTuple):
    """How far variables end apart, the weights and the optimizer's apart, beside TensorFlow 1.15's own sensitivity."""

    weights: float
    weights_one_ulp: float
    slots: float
    slots_one_ulp: float

    @property
    def holds(self) -> bool:
        pairs = ((self.weights, self.weights_one_ulp), (self.slots, self.slots_one_ulp))
        return all(distance <= max(WITHIN, 1.5 * one_ulp) for distance, one_ulp in pairs)

    def __str__(self) -> str:
        return f'{self.weights:.0e} ({self.weights_one_ulp:.0e}) {self.slots:.0e} ({self.slots_one_ulp:.0e})'


def distance(ours: Path, theirs: Path, with_averages: bool) -> Distance:
    """Compares the checkpoint `ours` with what TensorFlow 1.15 trained."""
    import tensorflow.compat.v1 as tf

    draws: list[dict[str, np.ndarray]] = [{} for _ in range(DRAWS + 1)]
    for key, value in np.load(theirs).items():
        draw, name = key.split('/', 1)
        if with_averages or '/moving_' not in name:
            draws[int(draw)][name] = value
    unmoved, *moved = draws
    reader = tf.train.load_checkpoint(str(ours))
    here = {name: reader.get_tensor(name) for name in unmoved}
    figures = []
    for is_slot in (False, True):
        names = [name for name in unmoved if is_slot != (name.count('/') == 1 and 'power' not in name)]
        figures.append(_largest(here, unmoved, names))
        figures.append(max(_largest(draw, unmoved, names) for draw in moved))
    return Distance(*figures)


def _largest(values: dict[str, np.ndarray], others: dict[str, np.ndarray], names: list[str]) -> float:
    return max((float(np.abs(values[name] - others[name]).max()) for name in names), default=0.0)


def result(exchange: Exchange) -> tuple[str, bool]:
    """A line about the exchange, and whether all of it holds."""
    folder, theirs = exchange.folder, exchange.theirs
    answer = json.loads((folder / 'notebook.json').read_text())
    ours = json.loads((folder / 'saves/model.ckpt.json').read_text())['figures']['test_accuracy']
    their_accuracy = json.loads((theirs / 'notebook.json').read_text())['theirs']
    evaluated = json.loads((theirs / 'evaluated/stdout').read_text())['accuracy']
    meta = distance(folder / 'saves-again/model.ckpt', folder / 'ours.npz', with_averages=True)
    continued = distance(folder / 'saves-theirs/model.ckpt', theirs / 'theirs.npz', with_averages=False)
    accuracies = f'cells {ours:.4f} {answer["ours"]:.4f}; evaluated {their_accuracy:.4f} {evaluated:.4f}'
    lacking = answer.get('lacking', [])
    holds = {
        'cells': f'{ours:.4f}' == f'{answer["ours"]:.4f}',
        'meta': meta.holds,
        'evaluated': f'{their_accuracy:.4f}' == f'{evaluated:.4f}',
        'continued': continued.holds,
        f'names {lacking[:3]}': not lacking,
    }
    fails = ', '.join(name for name, held in holds.items() if not held)
    line = f'{exchange.config.model_tag} x{exchange.steps_per_run}: {accuracies}; meta {meta}; continued {continued}'
    return f'{line}; {f"FAILS: {fails}" if fails else "holds"}', not fails


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--python', required=True, help='a Python 3.7 with TensorFlow 1.15')
    parser.add_argument('--all', action='store_true', help='every combination')
    parser.add_argument('--folder', type=Path, help='where the files stay (default: a temporary one)')
    args = parser.parse_args()
    with contextlib.ExitStack() as stack:
        root = (args.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))).resolve()
        root.mkdir(parents=True, exist_ok=True)
        write_data(root)
        planned = exchanges(root, args.all)
        commands = Commands(stack, root / 'cache')
        with ThreadPoolExecutor(SERVERS) as pool:
            list(pool.map(lambda exchange: trained_here(commands, exchange), planned))
            their_part(args.python, root, planned)
            list(pool.map(lambda exchange: gone_on_here(commands, exchange), planned))
        results = [result(exchange) for exchange in planned]
    print('accuracy here and there; largest distance of weights, of slots (TensorFlow 1.15 after one ulp)')
    print('\n'.join(line for line, _ in results))
    print(f'{sum(holds for _, holds in results)} of {len(results)} hold')
    return not all(holds for _, holds in results)


if __name__ == '__main__':
    sys.exit(main())
