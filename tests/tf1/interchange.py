"""Exchanges models with a real TensorFlow 1.15, both ways, for every kind of network. Not part of bin/test.

Usage, in the repository's root: python -m tests.tf1.interchange --python PYTHON3.7 [--older-python PYTHON3.6] [--all]

Needs a Python 3.7 with tensorflow==1.15.5 and protobuf<3.21. Small networks are trained on the bundled digits, ten
steps at a time, by both loops of this program:
  cells      the notebook's cells restore our saves/ with a plain tf.train.Saver(): the accuracy is ours
  meta       TensorFlow 1.15 imports our .meta and takes ten steps more: every variable is ours after the same steps
  evaluated  bin/evaluate measures a checkpoint of the notebook's cells: the accuracy is theirs
  continued  bin/train --init-ckpt takes ten steps from it: every variable is theirs after the same steps
Variables are equal within 1e-6, or else within 1.5 times what TensorFlow 1.15 itself ends apart when one weight is
moved by one unit in the last place, the furthest of 20 draws; weights, slots, and what batch norm takes away again,
biases and moving means, are each compared for themselves. With --older-python TensorFlow 1.3 imports our .meta, too
(`older`; tensorflow==1.3.0, protobuf<3.18, numpy<1.17). Without --all every optimizer and every activation occurs once
with each of batch norm, PCA and both loops; with it, all combinations do. Prints a line per exchange; exit status 1
where one fails.
"""

import argparse
import contextlib
import itertools
import json
import multiprocessing
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.config import RunConfig
from graph_mlp.data import pca
from graph_mlp.data.dataset import epoch_order, network_inputs
from graph_mlp.data.mnist import load_digits
from graph_mlp.optimizers import OPTIMIZERS
from graph_mlp.runtime.startup import quiet_tensorflow
from tests.tf1.draws import Variables, distance, moves, recorded, run_script

COMPONENTS, HIDDEN, BATCH_SIZE = 20, (12, 8), 119  # ten batches in an epoch of the digits
LOOPS = (1, 5)  # steps per run: the notebook's loop, and the compiled one
DRAWS, WITHIN = 20, 1e-6
SLOTS = ('/Momentum', '/Adagrad', '/RMSProp', '/RMSProp_1', '/Adam', '/Adam_1', 'beta1_power', 'beta2_power')


class Exchange(NamedTuple):
    """One network by one of our loops."""

    folder: Path
    config: RunConfig
    theirs: Path  # the folder of the same network's first exchange, where TensorFlow 1.15's own checkpoint lies

    def projection(self) -> tuple[Any, ...]:
        return ('--pca', self.folder.parent / 'pca.npz') if self.config.input_features == COMPONENTS else ()

    def train(self, saves: str, *arguments: Any) -> tuple[Any, ...]:
        """The command for ten steps into the folder `saves`."""
        return (
            self.folder, 'train', '--tag', self.config.model_tag, '--dataset', 'digits', '--epochs', 1, '--batch-size',
            BATCH_SIZE, '--steps-per-run', self.config.steps_per_run, '--threads', 1, '--saves-dir', saves,
            *self.projection(), *arguments,
        )  # fmt: skip


def exchanges(root: Path, everything: bool) -> list[Exchange]:
    combinations = list(itertools.product(OPTIMIZERS, ACTIVATIONS, (True, False), (784, COMPONENTS)))
    if not everything:
        pairs = list(zip(OPTIMIZERS, [*ACTIVATIONS, 'elu'], strict=True))
        combinations = [each for each in combinations if each[:2] in pairs]
    planned = []
    for (optimizer, activation, batch_norm, features), steps in itertools.product(combinations, LOOPS):
        config = RunConfig(
            hidden_sizes=HIDDEN, activation=activation, batch_norm=batch_norm, input_features=features,
            dataset='digits', optimizer=optimizer, batch_size=BATCH_SIZE, epochs=1, steps_per_run=steps,
        )  # fmt: skip
        tag = config.model_tag
        planned.append(Exchange(root / f'{tag}.{steps}', config, root / f'{tag}.{LOOPS[0]}'))
    return planned


def write_plan(root: Path, planned: list[Exchange]) -> None:
    """What tests/tf1/notebook.py reads: the digits as pixels and as components, and the exchanges."""
    digits, config = load_digits(), planned[0].config
    projection, _ = pca.fit(digits.train.images, COMPONENTS)
    with open(root / 'pca.npz', 'wb') as file:
        projection.save(file)
    data = {784: digits.map_images(network_inputs), COMPONENTS: digits.map_images(projection.project)}
    for features, (*_, train, _, test) in data.items():
        arrays = {'train_images': train.images, 'train_labels': train.labels}
        np.savez(root / f'{features}.npz', **arrays, test_images=test.images, test_labels=test.labels)
    [batches] = epoch_order(len(digits.train.labels), BATCH_SIZE, config.seed, 0, config.keep_last_batch)
    jobs = [
        {
            'folder': str(exchange.folder),
            'settings': msgspec.to_builtins(exchange.config),
            'data': str(exchange.config.input_features),
            'is_first': exchange.folder == exchange.theirs,
            'moves': moves(exchange.config, data[exchange.config.input_features].train.images, DRAWS,
                           np.random.RandomState(0)),
        }
        for exchange in planned
    ]  # fmt: skip
    (root / 'jobs.json').write_text(
        json.dumps({'jobs': jobs, 'batches': batches.tolist(), 'data': list(map(str, data))})
    )


def command(folder: Path, *arguments: Any) -> None:
    """Runs a command in `folder`, in a process of its own; raises RuntimeError where its status is not 0."""
    from graph_mlp.cli.main import main

    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(stack.enter_context(open('stdout', 'w'))))
        stack.enter_context(contextlib.redirect_stderr(stack.enter_context(open('stderr', 'w'))))
        status = main(list(map(str, arguments)))
    if status:
        raise RuntimeError(f'{arguments} in {folder} ended with {status}:\n{(folder / "stderr").read_text()}')


def kind(name: str, batch_norm: bool) -> str:
    if name.endswith(SLOTS):
        return 'slots'
    # Batch norm subtracts the mean, and with it the bias: its gradient is rounding alone, which Adam scales up.
    is_taken_away = batch_norm and (name.endswith('/moving_mean') or (name.startswith('hidden') and '/bias' in name))
    return 'biases' if is_taken_away else 'weights'


def compared(checkpoint: Path, theirs: Variables, draws: list[Variables], batch_norm: bool) -> tuple[str, bool]:
    """Our checkpoint beside what TensorFlow 1.x trained, for each kind of variable; whether all are near enough.

    Args: draws, what TensorFlow 1.15 trained with nothing moved, and with one weight moved.
    """
    import tensorflow.compat.v1 as tf

    unmoved, *moved = draws
    reader = tf.train.load_checkpoint(str(checkpoint))
    here = {name: reader.get_tensor(name) for name in theirs}
    kinds, parts, holds = {name: kind(name, batch_norm) for name in theirs}, [], True
    for each in dict.fromkeys(kinds.values()):
        names = [name for name in theirs if kinds[name] == each]
        ours, one_ulp = distance(here, theirs, names), max(distance(draw, unmoved, names) for draw in moved)
        holds = holds and ours <= max(WITHIN, 1.5 * one_ulp)
        parts.append(f'{each} {ours:.0e} ({one_ulp:.0e})')
    return ', '.join(parts), holds


def result(exchange: Exchange) -> tuple[str, bool]:
    """A line about the exchange, and whether all of it holds."""
    folder, theirs, batch_norm = exchange.folder, exchange.theirs, exchange.config.batch_norm
    answer = json.loads((folder / 'notebook.json').read_text())
    ours = json.loads((folder / 'saves/model.ckpt.json').read_text())['metrics']['test_accuracy']
    their_accuracy = json.loads((theirs / 'notebook.json').read_text())['theirs']
    evaluated = json.loads((theirs / 'evaluated/stdout').read_text().splitlines()[-1])['accuracy']
    imported, continued = recorded(folder / 'ours.npz'), recorded(theirs / 'theirs.npz')
    # The notebook's training step leaves the moving averages alone.
    continued = [{name: draw[name] for name in draw if '/moving_' not in name} for draw in continued]
    again, from_theirs = folder / 'saves-again/model.ckpt', folder / 'saves-theirs/model.ckpt'
    lines = {
        'cells': (f'{ours:.4f} {answer["ours"]:.4f}', f'{ours:.4f}' == f'{answer["ours"]:.4f}'),
        'evaluated': (f'{their_accuracy:.4f} {evaluated:.4f}', f'{their_accuracy:.4f}' == f'{evaluated:.4f}'),
        'names': (f'lack {answer["lacking"][:3]}', not answer['lacking']),
        'meta': compared(again, imported[0], imported, batch_norm),
        'continued': compared(from_theirs, continued[0], continued, batch_norm),
    }
    if (folder / 'older.npz').exists():
        lines['older'] = compared(again, recorded(folder / 'older.npz')[0], imported, batch_norm)
    fails = [name for name, (_, holds) in lines.items() if not holds]
    line = '; '.join(f'{name} {text}' for name, (text, _) in lines.items())
    ending = f'FAILS: {", ".join(fails)}' if fails else 'holds'
    return f'{exchange.config.model_tag} x{exchange.config.steps_per_run}: {line}; {ending}', not fails


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--python', required=True, help='a Python 3.7 with TensorFlow 1.15')
    parser.add_argument('--older-python', help='a Python 3.6 with TensorFlow 1.3')
    parser.add_argument('--all', action='store_true', help='every combination')
    parser.add_argument('--folder', type=Path, help='where the files stay; what is trained is not trained again')
    args = parser.parse_args()
    with quiet_tensorflow():
        import graph_mlp.train  # noqa: F401  # for all commands, which are forked from this process
    with contextlib.ExitStack() as stack:
        root = (args.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))).resolve()
        root.mkdir(parents=True, exist_ok=True)
        os.environ['XDG_CACHE_HOME'] = str(root / 'cache')
        pool = stack.enter_context(multiprocessing.get_context('fork').Pool(2, maxtasksperchild=1))
        planned = exchanges(root, args.all)
        write_plan(root, planned)
        pool.starmap(command, [one.train('saves') for one in planned], 1)
        pool.starmap(command, [one.train('saves-again', '--init-ckpt', 'saves/model.ckpt') for one in planned], 1)
        for python in filter(None, (args.python, args.older_python)):
            run_script(python, 'notebook.py', root)
        later = []
        for one in planned:
            ckpt = one.theirs / 'theirs/my_model_chapter10_2.ckpt'
            later.append(one.train('saves-theirs', '--init-ckpt', ckpt))
            if one.folder == one.theirs:
                data = ('--dataset', 'digits', '--json', '--activation', one.config.activation, *one.projection())
                later.append((one.folder / 'evaluated', 'evaluate', '--ckpt', ckpt, *data))
        pool.starmap(command, later, 1)
        results = [result(one) for one in planned]
    print('accuracies here and there; largest distances (those of TensorFlow 1.15 after one ulp)')
    print('\n'.join(line for line, _ in results))
    print(f'{sum(holds for _, holds in results)} of {len(results)} hold')
    return not all(holds for _, holds in results)


if __name__ == '__main__':
    sys.exit(main())
