"""A reader of saves/model.ckpt finds a whole model at any moment, also when publishers are killed."""

import itertools
import random
import signal
import subprocess
import sys
import time

import pytest
import tensorflow.compat.v1 as tf

from tests.conftest import ROOT

PUBLISHES = {'few': 20, 'all': 200}
POLLS = {'few': 200, 'all': 10_000}
PUBLISHER = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import pathlib
import numpy as np
from graph_mlp.store.publish import publish_model
shapes = {'hidden1/kernel': (784, 300), 'hidden1/bias': (300,), 'hidden2/kernel': (300, 100), 'hidden2/bias': (100,),
          'output/kernel': (100, 10), 'output/bias': (10,)}
for number in range(int(sys.argv[3]), int(sys.argv[4])):
    values = {name: np.full(shape, number, np.float32) for name, shape in shapes.items()}
    publish_model(pathlib.Path(sys.argv[2]), values, b'', {'config': None}, None)
    print(number, flush=True)
    time.sleep(0.05)
"""


def publisher(saves, first, last):
    command = [sys.executable, '-c', PUBLISHER, str(ROOT), str(saves), str(first), str(last)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    process.stdout.readline()
    return process


def poll(prefix):
    """Reads every variable by the prefix, as TensorFlow's Saver does; returns the model's number."""
    reader = tf.train.load_checkpoint(str(prefix))
    found = {float(number) for name in reader.get_variable_to_shape_map() for number in reader.get_tensor(name).flat}
    [number] = found  # two would be a mixture
    return number


def test_a_polling_reader_never_fails(tmp_path, dose):
    process = publisher(tmp_path, 0, PUBLISHES[dose])
    seen = []
    while process.poll() is None or len(seen) < POLLS[dose]:
        seen.append(poll(tmp_path / 'model.ckpt'))
    assert process.returncode == 0
    assert seen == sorted(seen)
    print(f'{len(seen)} polls during {PUBLISHES[dose]} publishes, {len(set(seen))} models seen, 0 failures')


@pytest.mark.parametrize('kills', [3])
def test_a_killed_publisher_leaves_a_whole_model(tmp_path, kills):
    times = random.Random(0)
    for round_number in itertools.islice(itertools.count(), kills):
        process = publisher(tmp_path, 1000 * round_number, 1000 * round_number + 999)
        time.sleep(times.uniform(0, 0.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert poll(tmp_path / 'model.ckpt') >= 1000 * round_number
    process = publisher(tmp_path, 9000, 9001)
    process.communicate()
    assert poll(tmp_path / 'model.ckpt') == 9000
    assert not list(tmp_path.glob('.partial-*'))
