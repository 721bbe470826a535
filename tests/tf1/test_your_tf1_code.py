"""The page shows code that runs, and lists the arguments that there are."""

import inspect
import re
import subprocess
import sys

import pytest

from tests.cli.commands import environment
from tests.conftest import ROOT

PAGE = (ROOT / 'graph_mlp/guide/your-tf1-code.md').read_text(encoding='utf-8')
BEFORE, AFTER, REST = re.findall(r'```python\n(.*?)```', PAGE, re.S)


def test_it_is_short():
    assert len(PAGE.splitlines()) <= 60


def test_only_the_imports_change():
    changed = BEFORE.replace('import tensorflow as tf', 'import graph_mlp.tf1 as tf')
    assert changed.replace('from tensorflow.examples', 'from graph_mlp.tf1.examples') == AFTER


def test_the_code_runs(small_mnist):
    done = subprocess.run(
        [sys.executable, '-c', AFTER + REST], cwd=small_mnist.parent, capture_output=True, text=True, check=False,
        timeout=300, env={**environment(small_mnist), 'PYTHONPATH': str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert 0 <= float(done.stdout) <= 1
    assert (small_mnist.parent / 'model.ckpt.index').exists()


@pytest.mark.parametrize(('name', 'arguments'), re.findall(r'^\| `(?:tf\.)?([\w.]+)` \| (.+) \|$', PAGE, re.M))
def test_the_arguments_are_those_that_there_are(tf, name, arguments):
    module, function = name.split('.')
    owner = tf.layers if module == 'layers' else tf.examples.tutorials.mnist.input_data
    assert list(inspect.signature(getattr(owner, function)).parameters) == arguments.split(', ')
