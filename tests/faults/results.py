"""The small run that the tests disturb, what it computes, and how it is compared."""

import csv
import hashlib
import json

import tensorflow.compat.v1 as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from graph_mlp.store.checkpoint import open_checkpoint

RUN = 'digits_PCA5_BN_elu-8'


def train(epochs=3, tag='PCA5_BN_elu-8', *flags):
    """The command, for the child of server.py."""
    return ['train', '--tag', tag, '--dataset', 'digits', '--epochs', str(epochs), '--threads', '1', *flags]


def published(folder):
    """The checksums of the model at saves/model.ckpt, verified; None where there is none."""
    prefix = folder / 'saves/model.ckpt'
    if not prefix.with_name('model.ckpt.index').exists():
        return None
    reader = tf.train.load_checkpoint(str(prefix))  # as TensorFlow 1.x reads it, by its index alone
    tensors = {name: reader.get_tensor(name).tobytes() for name in reader.get_variable_to_shape_map()}
    with open_checkpoint(prefix) as checkpoint:
        pca = checkpoint.checksums.get('.pca.npz')
    return {'pca': pca} | {name: hashlib.sha256(content).hexdigest() for name, content in tensors.items()}


def results(folder):
    """Everything that the run computed, without its times."""
    with open(folder / 'saves/runs' / RUN / 'history.csv') as file:
        history = [{name: row[name] for name in row if 'seconds' not in name} for row in csv.DictReader(file)]
    events = EventAccumulator(str(folder / 'saves/summary' / RUN)).Reload()
    curves = {
        tag: [(event.step, event.value) for event in events.Scalars(tag)]
        for tag in events.Tags()['scalars']
        if not tag.startswith('time/')
    }
    latest = tf.train.latest_checkpoint(str(folder / 'saves'))
    return {'model': published(folder), 'latest': latest.endswith('/model.ckpt'), 'history': history, 'curves': curves}


def damage(folder, expected, before):
    """What is wrong with what an interrupted run left: its model, or an epoch that it printed is lost; or None."""
    stdout = folder / 'stdout'
    printed = len(stdout.read_text().splitlines()) if stdout.exists() else 0
    states = (folder / 'saves/runs' / RUN / 'checkpoints').glob('epoch-*/model.ckpt.json')
    if max((json.loads(path.read_text())['epoch'] for path in states), default=0) < printed:
        return 'an epoch that was printed is lost'
    return None if published(folder) in (before, expected['model']) else 'a mixture of two models'


def difference(folder, expected):
    """Which results of a finished run differ; empty where none does."""
    found = results(folder)
    return ', '.join(name for name in expected if found[name] != expected[name])


def resumed(server, folder, expected, arguments=None):
    """What is wrong with the run once the same command has resumed it; empty where all is well."""
    if server(folder, arguments) != 0:
        return (folder / 'stderr').read_text()
    # An empty folder that could not be removed stays until the next model is published.
    left = [str(path) for path in folder.glob('saves/**/.partial-*') if path.is_file() or any(path.iterdir())]
    return difference(folder, expected) or ', '.join(left)
