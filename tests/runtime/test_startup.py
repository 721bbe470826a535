import importlib.metadata
import os

import pytest

from graph_mlp.config import RunConfig
from graph_mlp.errors import RunError, UsageError
from graph_mlp.runtime.startup import chosen_device, compiler_flags, quiet_tensorflow
from tests.cli.commands import python


@pytest.mark.parametrize(
    ('sizes', 'features', 'threads', 'are_ynnpacks'),
    [
        ((1000, 350), 784, 2, True),
        ((1000, 350), 784, 1, False),
        ((999,), 784, 2, False),
        ((1000, 350), 783, 2, False),
        ((300, 100), 784, 8, False),
    ],
)
def test_only_the_products_of_a_wide_first_layer_on_several_threads_are_left_to_ynnpack(
    sizes, features, threads, are_ynnpacks
):
    flags = compiler_flags(RunConfig(hidden_sizes=sizes, input_features=features), threads)
    assert ('INDIVIDUAL_DOT' in flags) == are_ynnpacks


def test_another_tensorflow_is_not_given_flags_that_it_may_not_know(monkeypatch):
    monkeypatch.setattr(importlib.metadata, 'version', lambda name: '2.22.0')
    assert compiler_flags(RunConfig(), 1) == ''


@pytest.mark.parametrize('users', ['', '--xla_cpu_multi_thread_eigen=false'])
def test_xla_is_given_its_flags_once_and_the_users_come_last(monkeypatch, users):
    monkeypatch.setenv('XLA_FLAGS', users)
    for _ in range(2):
        with quiet_tensorflow('--one'):
            pass
    assert os.environ['XLA_FLAGS'].split() == ['--one', *users.split()]


@pytest.mark.parametrize(('users', 'value'), [(None, '0'), ('1', '1')])
def test_tensorflow_computes_without_onednn_unless_the_user_says_otherwise(monkeypatch, users, value):
    monkeypatch.delenv('TF_ENABLE_ONEDNN_OPTS', raising=False)
    if users:
        monkeypatch.setenv('TF_ENABLE_ONEDNN_OPTS', users)
    with quiet_tensorflow():
        assert os.environ['TF_ENABLE_ONEDNN_OPTS'] == value


def test_tensorflow_comes_silently_and_without_what_is_not_used_which_can_still_be_imported(tmp_path):
    printed = python(
        tmp_path,
        """
import os, sys
from graph_mlp.runtime.startup import quiet_tensorflow
with quiet_tensorflow():
    import tensorflow
    os.write(2, b'noise of a library')
print('keras' in sys.modules)
import h5py
print(h5py.File.__name__)
""",
    )
    assert printed == ('False\nFile\n', '')


def test_the_threads_are_those_of_the_compiled_loop_too_and_large_gradients_are_compiled(tmp_path):
    # A `tf.function` makes the pool that sessions and XLA share; a ConfigProto that comes later is too late. With
    # TensorFlow's memory optimizer the loop is not compiled: "unsupported operations ... TemporaryVariable".
    stdout, _ = python(
        tmp_path,
        """
from graph_mlp.runtime.startup import quiet_tensorflow, session_config, use_threads
with quiet_tensorflow():
    import tensorflow.compat.v1 as tf
use_threads(1)
import numpy as np
from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Dataset, Split
from graph_mlp.graph.build import build
from graph_mlp.loops import make_loop
images = Split(np.ones((2000, 784), np.uint8), np.zeros(2000, np.int32))
few = Split(images.images[:2], images.labels[:2])
dataset = Dataset('mnist', '', '', images, few, few)
config = RunConfig(hidden_sizes=(10_000,), batch_size=2000, steps_per_run=2)
graph = build(config, dataset)
with tf.Session(graph=graph.graph, config=session_config(1, 'cpu')) as session:
    session.run(graph.init)
    make_loop(session, graph, dataset, config)
from tensorflow.python.eager import context
print(context.context().config.intra_op_parallelism_threads)
""",
    )
    assert stdout == '1\n'


def test_a_gpu_that_does_not_work_is_a_warning_or_where_it_was_asked_for_an_error(monkeypatch, capsys):
    import tensorflow.compat.v1 as tf

    with pytest.raises(UsageError, match='sees no GPU'):
        chosen_device('gpu')
    assert chosen_device('auto') == 'cpu'
    monkeypatch.setattr(tf.config, 'list_physical_devices', lambda kind: ['one that is broken'])
    assert chosen_device('auto') == 'cpu'
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith('warning: the GPU does not work')
    with pytest.raises(RunError, match='--device cpu'):
        chosen_device('gpu')


def test_with_the_device_cpu_a_gpu_is_hidden(monkeypatch):
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '0')
    with quiet_tensorflow(device='cpu'):
        assert os.environ['CUDA_VISIBLE_DEVICES'] == '-1'
