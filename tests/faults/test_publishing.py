"""A reader of saves/model.ckpt finds a complete model at any moment, also when publishers are killed."""

import random
from concurrent.futures import ThreadPoolExecutor

import tensorflow.compat.v1 as tf

from graph_mlp.data import pca
from graph_mlp.store.checkpoint import open_checkpoint

KILLS = {'few': 4, 'all': 60}


def poll(prefix, attempts=3):
    """Reads every variable by the prefix, as TensorFlow's Saver does; returns the model's number.

    Who has opened the index, but not yet its data, when the next model takes its place gets an error, and opens again.
    """
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        names = reader.get_variable_to_shape_map()
        [number] = {float(value) for name in names for value in reader.get_tensor(name).flat}
        return number  # two would be a mixture
    except tf.errors.OpError:
        if attempts == 1:
            raise
        return poll(prefix, attempts - 1)


def opened(prefix):
    """Reads the model and its PCA as this program's commands do; returns its number."""
    with open_checkpoint(prefix) as checkpoint:
        number = poll(checkpoint.prefix)
        assert set(pca.load(checkpoint.prefix.with_name('model.ckpt.pca.npz'), 2).mean) == {number}
    return number


def test_a_reader_never_fails_while_publishers_are_killed(server, tmp_path, dose):
    assert server(tmp_path, ['publish', 1, 2]) == 0
    prefix, times, seen = tmp_path / 'saves/model.ckpt', random.Random(0), []
    with ThreadPoolExecutor() as executor:
        for first in range(1000, 1000 * KILLS[dose] + 1000, 1000):
            models, seconds = ['publish', first, first + 999], times.uniform(0.1, 2)
            publisher = executor.submit(server, tmp_path, models, kill_after=seconds)
            while not publisher.done():
                seen += [poll(prefix), opened(prefix)]
            assert publisher.result() == -9
    assert server(tmp_path, ['publish', 10**6, 10**6 + 1]) == 0
    assert poll(prefix) == opened(prefix) == 10**6
    assert seen == sorted(seen)
    assert len(set(seen)) > 1
    assert not list(tmp_path.glob('saves/.partial-*'))
    print(f'{len(seen)} polls during {KILLS[dose]} kills, {len(set(seen))} models seen, 0 failures')
