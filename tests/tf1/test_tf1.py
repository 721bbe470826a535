"""The package itself, in processes of their own, because importing it changes a process for good, and its page."""

import inspect
import re

import pytest
import tensorflow.compat.v1

from tests.conftest import ROOT

PAGE = (ROOT / 'graph_mlp/guide/your-tf1-code.md').read_text(encoding='utf-8')
BEFORE, AFTER, REST = re.findall(r'```python\n(.*?)```', PAGE, re.S)


def test_importing_graph_mlp_imports_no_tensorflow(run_python):
    assert run_python('import sys, graph_mlp; print("tensorflow" in sys.modules)', quietly=True) == 'False\n'


def test_graphs_are_built_and_run_in_the_default_graph(run_python):
    code = """
import graph_mlp.tf1 as tf
X = tf.placeholder(tf.float32, (None, 2), name='X')
outputs = tf.layers.dense(X, 3, kernel_initializer=tf.ones_initializer(), name='hidden1')
init = tf.global_variables_initializer()
with tf.Session() as sess:
    init.run()
    print(outputs.eval(feed_dict={X: [[1, 2]]}).tolist())
"""
    assert run_python(code, quietly=True) == '[[3.0, 3.0, 3.0]]\n'


def test_both_imports_of_the_tutorials_data_work(run_python):
    code = """
from graph_mlp.tf1.examples.tutorials.mnist import input_data
import graph_mlp.tf1 as tf
print(tf.examples.tutorials.mnist.input_data is input_data)
"""
    assert run_python(code, quietly=True) == 'True\n'


@pytest.mark.parametrize('name', ['Session', 'train', 'nn', '__version__', 'VERSION'])
def test_it_has_the_names_of_compat_v1(tf, name):
    assert getattr(tf, name) is getattr(tensorflow.compat.v1, name)
    assert name in dir(tf)


def test_another_name_is_an_error_that_names_what_there_is(tf):
    with pytest.raises(AttributeError, match=r'no tf\.magic: .* names of tensorflow\.compat\.v1, layers, contrib and'):
        tf.magic  # noqa: B018


def test_on_the_page_only_the_imports_change():
    changed = BEFORE.replace('import tensorflow as tf', 'import graph_mlp.tf1 as tf')
    assert changed.replace('from tensorflow.examples', 'from graph_mlp.tf1.examples') == AFTER


def test_the_code_of_the_page_runs(run_python, small_mnist):
    assert 0 <= float(run_python(AFTER + REST, folder=small_mnist.parent)) <= 1
    assert (small_mnist.parent / 'model.ckpt.index').exists()


@pytest.mark.parametrize(('name', 'arguments'), re.findall(r'^\| `(?:tf\.)?([\w.]+)` \| (.+) \|$', PAGE, re.M))
def test_the_arguments_on_the_page_are_those_that_there_are(tf, name, arguments):
    module, function = name.split('.')
    owner = tf.layers if module == 'layers' else tf.examples.tutorials.mnist.input_data
    assert list(inspect.signature(getattr(owner, function)).parameters) == arguments.split(', ')
