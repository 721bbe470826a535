"""One flipped bit, or an end cut off, in any file of saves/: noticed and named, or without effect on any number."""

import random
import shutil

import msgspec
import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.errors import GraphMLPError
from graph_mlp.graph.build import build
from graph_mlp.start import Options, start
from graph_mlp.store import checkpoint
from graph_mlp.store.checkpoint import open_checkpoint
from graph_mlp.store.recorded import read_run
from graph_mlp.store.restore import read_config, read_projection, restore
from graph_mlp.store.run import Run

FIELDS = {'hidden_sizes': (3,), 'batch_norm': True, 'input_features': 5, 'epochs': 2}
NAME = 'digits_three'
RESUMES = 19  # damages per resumed run, which takes as long as so many


def train(saves, **fields):
    start('three', FIELDS | fields, Options(saves=str(saves), dataset='digits', threads=1))


def tensors(prefix):
    reader = tf.train.load_checkpoint(str(prefix))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def history(saves):
    rows = map(msgspec.structs.asdict, read_run(Run(saves, NAME)).history)
    return [{name: row[name] for name in row if 'seconds' not in name} for row in rows]


@pytest.fixture(scope='module')
def saves(tmp_path_factory):
    """A finished run of two epochs on principal components, and its published model."""
    folder = tmp_path_factory.mktemp('finished') / 'saves'
    train(folder)
    return folder


@pytest.fixture(scope='module')
def shown(saves):
    """Functions that return what a command computes from what it reads back, by the command's name."""
    run = Run(saves, NAME)
    graph = build(read_run(run).config)
    session = tf.Session(graph=graph.graph)

    def restored(opened, saver, variables):
        config = read_config(opened, None)
        projection = read_projection(opened, config, None)
        restore(session, saver, variables, opened)
        return config, [*projection, *session.run(variables).values()]

    def evaluate():
        with open_checkpoint(saves / 'model.ckpt') as opened:
            return restored(opened, graph.model_saver, graph.model)

    def resume():
        state = run.newest_state()
        return state.manifest, state.history, restored(state.checkpoint, graph.state_saver, graph.state)

    return {'compare': lambda: read_run(run), 'evaluate': evaluate, 'train': resume, 'finished': run.finished_epochs}


@pytest.fixture(scope='module')
def damages(saves, request):
    """Pairs of a file of saves/ and its content after a damage."""
    files = sorted(
        path for path in saves.rglob('*') if path.is_file() and path.stat().st_size and 'lock' not in path.name
    )
    chosen, damages = random.Random(0), []
    assert {path.name for path in files} >= {'history.csv', 'finished.json', 'model.ckpt.history.npy', 'checkpoint'}
    for number in range(request.config.getoption('fuzz')):
        path = files[number % len(files)]
        content = bytearray(path.read_bytes())
        place = chosen.randrange(len(content))
        if chosen.random() < 0.1:
            del content[place:]
        else:
            content[place] ^= 1 << chosen.randrange(8)
        damages.append((path, bytes(content)))
    return damages


def is_export(path):
    """Whether only people, TensorBoard or TensorFlow 1.x read the file: nothing is computed from it."""
    return path.name in ('history.csv', 'checkpoint') or path.suffix == '.meta' or 'summary' in path.parts


def test_every_damage_is_noticed_and_named_or_without_effect(saves, shown, damages, monkeypatch, capsys):
    monkeypatch.setattr(checkpoint, '_MOST_ATTEMPTS', 1)
    expected = {name: function() for name, function in shown.items()}
    _, [_, before] = Run(saves, NAME).states()
    noticed = 0
    for path, content in damages:
        whole = path.read_bytes()
        path.write_bytes(content)
        said = ''
        for name, function in shown.items():
            try:
                found = function()
            except GraphMLPError as error:
                said += str(error)
                continue
            if warned := capsys.readouterr().err:
                said += warned
            else:
                np.testing.assert_equal(found, expected[name], err_msg=f'{path} as {name}')
        path.write_bytes(whole)
        # Nothing reads the state before the newest as long as that one is sound.
        assert bool(said) != (is_export(path) or before in path.parents), path
        assert not said or str(path).rpartition('.')[0].removesuffix('.pca').removesuffix('.history') in said, said
        noticed += bool(said)
    print(f'{len(damages)} damages, {noticed} noticed and named, 0 wrong numbers')


def test_a_resumed_run_computes_the_same_after_every_damage_or_says_it(saves, damages, tmp_path, capsys):
    expected = shutil.copytree(saves, tmp_path / 'expected')
    train(expected, epochs=3)
    newest = Run(saves, NAME).states()[0][1]
    read = [(path, content) for path, content in damages if is_export(path) or newest in path.parents]
    for number, (path, content) in enumerate(read[::RESUMES]):
        folder = shutil.copytree(saves, tmp_path / str(number))
        damaged = folder / path.relative_to(saves)
        damaged.write_bytes(content)
        capsys.readouterr()
        train(folder, epochs=3)
        assert ('damaged' in capsys.readouterr().err) == (newest in path.parents), damaged
        np.testing.assert_equal(tensors(folder / 'model.ckpt'), tensors(expected / 'model.ckpt'), err_msg=str(damaged))
        assert history(folder) == history(expected), damaged
        shutil.rmtree(folder)
    print(f'{number + 1} resumed runs, 0 wrong numbers')
