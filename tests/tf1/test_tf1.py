"""The package itself, each property in a process of its own: importing it changes the process for good."""

import subprocess
import sys

import pytest

from tests.cli.commands import environment
from tests.conftest import ROOT


def python(folder, code):
    """Runs code in `folder`; returns its stdout, having checked that nothing is on stderr."""
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=folder, capture_output=True, text=True, check=False, timeout=300,
        env={**environment(folder), 'PYTHONPATH': str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, '')
    return done.stdout


def test_importing_graph_mlp_imports_no_tensorflow(tmp_path):
    assert python(tmp_path, 'import sys, graph_mlp; print("tensorflow" in sys.modules)') == 'False\n'


def test_graphs_are_built_and_run_in_the_default_graph(tmp_path):
    code = """
import graph_mlp.tf1 as tf
X = tf.placeholder(tf.float32, (None, 2), name='X')
outputs = tf.layers.dense(X, 3, kernel_initializer=tf.ones_initializer(), name='hidden1')
init = tf.global_variables_initializer()
with tf.Session() as sess:
    init.run()
    print(outputs.eval(feed_dict={X: [[1, 2]]}).tolist())
"""
    assert python(tmp_path, code) == '[[3.0, 3.0, 3.0]]\n'


def test_both_imports_of_the_tutorials_data_work(tmp_path):
    code = """
from graph_mlp.tf1.examples.tutorials.mnist import input_data
import graph_mlp.tf1 as tf
print(tf.examples.tutorials.mnist.input_data is input_data)
"""
    assert python(tmp_path, code) == 'True\n'


@pytest.mark.parametrize('name', ['Session', 'train', 'nn', '__version__', 'VERSION'])
def test_it_has_the_names_of_compat_v1(tf, name):
    import tensorflow.compat.v1

    assert getattr(tf, name) is getattr(tensorflow.compat.v1, name)
    assert name in dir(tf)


def test_another_name_is_an_error_that_names_what_there_is(tf):
    with pytest.raises(AttributeError, match=r'no contrib: .* names of tensorflow\.compat\.v1, layers and examples'):
        tf.contrib  # noqa: B018
