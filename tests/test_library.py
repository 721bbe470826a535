"""The package as a library: what it offers, when TensorFlow comes in, and the README's example."""

import importlib
import re

import pytest

import graph_mlp
from tests.cli.commands import python
from tests.conftest import ROOT


@pytest.mark.parametrize('name', graph_mlp.__all__)
def test_every_name_is_there_documented_and_listed(name):
    assert getattr(graph_mlp, name).__doc__
    assert name in dir(graph_mlp)
    module = f'graph_mlp.{graph_mlp._MODULES[name]}'
    importlib.import_module(module)
    assert getattr(graph_mlp, name).__module__ == module  # not the module of the same name


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'graph_mlp' has no attribute 'train_it'"):
        _ = graph_mlp.train_it


def test_tensorflow_comes_in_when_it_is_needed_and_silently(tmp_path):
    program = """
import sys, graph_mlp
graph_mlp.RunConfig, graph_mlp.load_dataset, graph_mlp.next_batch, graph_mlp.prepare_image, graph_mlp.read_runs
print('tensorflow' in sys.modules)
graph_mlp.build(graph_mlp.RunConfig(hidden_sizes=(3,)))
print('tensorflow' in sys.modules)
"""
    assert python(tmp_path, program) == ('False\nTrue\n', '')


def test_the_example_of_the_readme_runs_as_it_stands_there(tmp_path):
    [example] = re.findall(r'```python\n(.*?)```', (ROOT / 'README.md').read_text(encoding='utf-8'), re.S)
    assert len(example.splitlines()) <= 20
    accuracy, classes = python(tmp_path, example)[0].splitlines()
    assert float(accuracy) > 0.8
    assert re.fullmatch(r'\[\d \d \d\]', classes)


def test_its_types_are_for_its_users_too():
    assert (ROOT / 'graph_mlp' / 'py.typed').is_file()
    assert re.search(r'^graph_mlp =\n    py\.typed$', (ROOT / 'setup.cfg').read_text(encoding='utf-8'), re.M)
