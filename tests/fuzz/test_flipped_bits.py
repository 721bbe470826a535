"""One flipped bit in any file of saves/ that is read back is noticed, or changes no number that is shown."""

import random

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.errors import GraphMLPError
from graph_mlp.graph.build import build
from graph_mlp.session.restore import read_projection, restore
from graph_mlp.session.signals import Stop
from graph_mlp.session.start import start
from graph_mlp.session.train import train
from graph_mlp.store import verification
from graph_mlp.store.checkpoints import open_checkpoint
from graph_mlp.store.recorded import read_run
from graph_mlp.store.resumption import mend_finished_history, newest_state
from tests.session.test_start import options


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    """A finished run of two epochs on principal components."""
    chosen = options(tmp_path_factory.mktemp('saves'), fields={'hidden_sizes': (3,), 'input_features': 5, 'epochs': 2})
    with start(chosen) as begun:
        train(begun, chosen, Stop())
    return begun.run


@pytest.fixture(scope='module')
def shown(run):
    """Functions that return what a command shows from what it reads back, by the command's name."""
    graph = build(run.record().config)
    session = tf.Session(graph=graph.graph)

    def restored(checkpoint, saver, variables):
        projection = read_projection(checkpoint, checkpoint.record.config, None)
        restore(session, saver, variables, checkpoint)
        return checkpoint.record, [*projection, *session.run(variables).values()]

    def evaluate():
        with open_checkpoint(run.saves) as checkpoint:
            return restored(checkpoint, graph.model_saver, graph.model)

    def go_on():
        record = run.record()
        with newest_state(run, record) as state:
            return record, state.progress, restored(state.checkpoint, graph.state_saver, graph.state)

    def train_once_more():
        mend_finished_history(run, run.record())
        return run.finish_record(), [path.read_bytes() for path in run.histories]

    return {'compare': lambda: read_run(run), 'evaluate': evaluate, 'train': go_on, 'finished': train_once_more}


def read_back(saves):
    """The files that a command reads; TensorBoard's, the graph for TensorFlow 1.x and locks are not among them."""
    paths = sorted(path for path in saves.rglob('*') if path.is_file() and 'summary' not in path.parts)
    return [path for path in paths if path.suffix != '.meta' and not path.name.endswith('lock')]


def test_every_flipped_bit_is_noticed_or_without_effect(run, shown, request, monkeypatch, capsys):
    monkeypatch.setattr(verification, '_MOST_ATTEMPTS', 1)
    expected = {name: function() for name, function in shown.items()}
    files, places = read_back(run.saves), random.Random(0)
    assert {path.name for path in files} >= {'config.json', 'history.csv', 'finished.json', 'model.ckpt.pca.npz'}
    noticed = 0
    for number in range(request.config.getoption('fuzz')):
        path = files[number % len(files)]
        whole = path.read_bytes()
        changed = bytearray(whole)
        changed[places.randrange(len(whole))] ^= 1 << places.randrange(8)
        is_noticed = False
        for name, function in shown.items():
            path.write_bytes(changed)
            try:
                found = function()
            except GraphMLPError:
                is_noticed = True
            else:
                is_said = bool(capsys.readouterr().err)
                is_noticed |= is_said
                if not is_said:
                    np.testing.assert_equal(found, expected[name], err_msg=f'{path} as {name}')
        noticed += is_noticed
        path.write_bytes(whole)
        for history in run.histories:  # that may have been written again
            history.write_bytes(expected['finished'][1][0])
    capsys.readouterr()
    # The others are in the state before the newest, which nothing needs as long as the newest is whole.
    print(f'{number + 1} flips in {len(files)} files, {noticed} noticed, 0 wrong numbers')
    assert noticed
