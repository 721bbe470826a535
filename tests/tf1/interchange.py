"""Exchanges models with a real TensorFlow 1.15, both ways, for every kind of network. Not part of bin/test.

Usage, in the repository's root: python -m tests.tf1.interchange --python PYTHON3.7 [--older-python PYTHON3.6] [--all]

Needs a Python 3.7 with tensorflow==1.15.5 and protobuf<3.21. Small networks are trained on the bundled digits, ten
steps at a time, by both loops of this program:
  cells      the notebook's cells restore our saves/ with a plain tf.train.Saver(): the accuracy is ours
  meta       TensorFlow 1.15 imports our .meta and takes ten steps more: every variable is ours after the same steps
  evaluated  bin/evaluate measures a checkpoint of the notebook's cells: the accuracy is theirs
  continued  bin/train --init-ckpt goes on from it for ten steps: every variable is theirs after the same steps
Variables are equal within 1e-6, or else within 1.5 times what TensorFlow 1.15 itself ends apart when one weight is
moved by one unit in the last place, the furthest of 20 draws; weights, slots, and what batch norm takes away again,
biases and moving means, are each compared for themselves. With --older-python TensorFlow 1.3 imports our .meta, too
(`older`; tensorflow==1.3.0, protobuf<3.18, numpy<1.17). Without --all every optimizer and every activation occurs once
with each of batch norm, PCA and both loops; with it, all combinations do. Prints a line per exchange; exit status 1
where one fails.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from graph_mlp.data.batches import epoch_order
from graph_mlp.data.digits import load_digits
from tests.conftest import ROOT
from tests.tf1.comparison import result
from tests.tf1.exchanges import BATCH_SIZE, Exchange, exchanges, write_data

DRAWS, SERVERS = 20, 2


class Commands:
    """Runs commands of this program in forked children of a few servers, each of which imports TensorFlow once."""

    def __init__(self, stack: contextlib.ExitStack, root: Path):
        self._servers: SimpleQueue[subprocess.Popen] = SimpleQueue()
        line = [sys.executable, str(ROOT / 'tests/faults/server.py'), str(ROOT)]
        errors = stack.enter_context((root / 'servers.log').open('a'))
        for _ in range(SERVERS):
            server = stack.enter_context(
                subprocess.Popen(
                    line,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                    env={**os.environ, 'XDG_CACHE_HOME': str(root / 'cache')},
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
            answer = server.stdout.readline()
        finally:
            self._servers.put(server)
        if not answer:
            raise RuntimeError(f'a server ended during {arguments} in {folder}: see servers.log')
        if status := json.loads(answer)['status']:
            raise RuntimeError(f'{arguments} in {folder} ended with {status}:\n{(folder / "stderr").read_text()}')

    def train(self, exchange: Exchange, saves: str, *arguments: Any) -> None:
        """Ten steps into the folder `saves`."""
        projection = ('--pca', exchange.folder.parent / 'pca.npz') if exchange.uses_pca else ()
        self.run(
            exchange.folder, 'train', '--tag', exchange.config.model_tag, '--dataset', 'digits', '--epochs', 1,
            '--batch-size', BATCH_SIZE, '--steps-per-run', exchange.steps_per_run, '--threads', 1,
            '--saves-dir', saves, *projection, *arguments,
        )  # fmt: skip


def trained_here(commands: Commands, exchange: Exchange) -> None:
    commands.train(exchange, 'saves')
    commands.train(exchange, 'saves-again', '--init-ckpt', 'saves/model.ckpt')


def their_part(python: str, older_python: str | None, root: Path, planned: list[Exchange]) -> None:
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
    for interpreter, script in ((python, 'notebook.py'), (older_python, 'import_meta.py')):
        if interpreter:
            subprocess.run([interpreter, Path(__file__).with_name(script), root], check=True, env=environment)


def gone_on_here(commands: Commands, exchange: Exchange) -> None:
    checkpoint = exchange.theirs / 'theirs/my_model_chapter10_2.ckpt'
    projection = ('--pca', exchange.folder.parent / 'pca.npz') if exchange.uses_pca else ()
    if exchange.folder == exchange.theirs:
        commands.run(
            exchange.folder / 'evaluated', 'evaluate', '--ckpt', checkpoint, '--dataset', 'digits', '--json',
            '--activation', exchange.config.activation, *projection,
        )  # fmt: skip
    commands.train(exchange, 'saves-theirs', '--init-ckpt', checkpoint)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--python', required=True, help='a Python 3.7 with TensorFlow 1.15')
    parser.add_argument('--older-python', help='a Python 3.6 with TensorFlow 1.3')
    parser.add_argument('--all', action='store_true', help='every combination')
    parser.add_argument('--folder', type=Path, help='where the files stay; what is trained is not trained again')
    args = parser.parse_args()
    with contextlib.ExitStack() as stack:
        root = (args.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))).resolve()
        root.mkdir(parents=True, exist_ok=True)
        write_data(root)
        planned = exchanges(root, args.all)
        commands = Commands(stack, root)
        with ThreadPoolExecutor(SERVERS) as pool:
            list(pool.map(lambda exchange: trained_here(commands, exchange), planned))
            their_part(args.python, args.older_python, root, planned)
            list(pool.map(lambda exchange: gone_on_here(commands, exchange), planned))
        results = [result(exchange) for exchange in planned]
    print('accuracies here and there; largest distances (those of TensorFlow 1.15 after one ulp)')
    print('\n'.join(line for line, _ in results))
    print(f'{sum(holds for _, holds in results)} of {len(results)} hold')
    return not all(holds for _, holds in results)


if __name__ == '__main__':
    sys.exit(main())
