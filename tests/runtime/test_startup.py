import subprocess
import sys

import pytest

from tests.conftest import ROOT


def python(script):
    """Runs the script in a fresh process: TensorFlow's threads and imports are made once in each."""
    done = subprocess.run(
        [sys.executable, '-c', script], env={'PYTHONPATH': str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_threads_are_those_of_the_compiled_loop_too():
    # A `tf.function` makes the pool that sessions and XLA share; a ConfigProto that comes later is too late.
    script = """
from graph_mlp.runtime.startup import quiet_tensorflow, use_threads
with quiet_tensorflow():
    import tensorflow.compat.v1 as tf
use_threads(1)
from graph_mlp.config import RunConfig
from graph_mlp.data.digits import load_digits
from graph_mlp.graph.build import build
from graph_mlp.graph.compiled_loop import DataShape
build(RunConfig((3,), dataset='digits'), DataShape.of(load_digits().inputs, 70), 5)
from tensorflow.python.eager import context
print(context.context().config.intra_op_parallelism_threads)
"""
    assert python(script) == ['1']


def test_tensorflow_comes_without_what_is_not_used_which_can_still_be_imported():
    script = """
import sys
from graph_mlp.runtime.startup import quiet_tensorflow
with quiet_tensorflow():
    import tensorflow
print('keras' in sys.modules)
import keras
print(keras.layers.Dense.__name__)
"""
    assert python(script) == ['False', 'Dense']


@pytest.mark.parametrize('is_on', [True, False])
def test_garbage_is_collected_after_the_import_as_before_it(is_on):
    script = f"""
import contextlib, gc, sys
from graph_mlp.runtime.startup import quiet_tensorflow
if not {is_on}:
    gc.disable()
with contextlib.suppress(KeyError), quiet_tensorflow():
    print(gc.isenabled())
    raise KeyError
print(gc.isenabled())
sys.modules['tensorflow'] = sys  # as if it were imported
with quiet_tensorflow():
    print(gc.isenabled())
"""
    assert python(script) == ['False', str(is_on), str(is_on)]


def test_nothing_of_tensorflows_start_is_on_stderr():
    script = """
import os, sys
from graph_mlp.runtime.startup import quiet_tensorflow
with quiet_tensorflow():
    import tensorflow
    os.write(2, b'noise of a library')
"""
    done = subprocess.run(
        [sys.executable, '-c', script], env={'PYTHONPATH': str(ROOT)}, capture_output=True, text=True, check=True
    )
    assert done.stderr == ''


def test_a_network_with_large_gradients_is_compiled():
    # With TensorFlow's memory optimizer it is not: "unsupported operations ... TemporaryVariable".
    script = """
from graph_mlp.runtime.startup import quiet_tensorflow, session_config
with quiet_tensorflow():
    import tensorflow.compat.v1 as tf
import numpy as np
from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Inputs, Split
from graph_mlp.graph.build import build
from graph_mlp.graph.compiled_loop import DataShape
from graph_mlp.session.loop import Trainer, load_images
images = Split(np.ones((2000, 784), np.uint8), np.zeros(2000, np.int32))
inputs = Inputs(images, *[Split(images.images[:2], images.labels[:2])] * 2)
config = RunConfig((10_000,), batch_size=2000)
graph = build(config, DataShape.of(inputs, 2000), steps_per_run=2)
with tf.Session(graph=graph.graph, config=session_config(1, 'cpu')) as session:
    trainer = Trainer(session, graph, config, inputs.train)
    load_images(session, trainer.loop, inputs)
    session.run(graph.init)
    trainer.compile()
print('compiled')
"""
    assert python(script) == ['compiled']
