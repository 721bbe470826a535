"""What bin/test checks before the tests: a tree that breaks a rule does not pass."""

import shutil
import subprocess
import sys

import pytest

from graph_mlp.cli.test import CHECKS, ROOT


@pytest.fixture(scope='module')
def tree(tmp_path_factory):
    """A copy of the package with a module in data/ that imports TensorFlow, without need and badly laid out."""
    folder = tmp_path_factory.mktemp('tree')
    shutil.copytree(ROOT / 'graph_mlp', folder / 'graph_mlp', ignore=shutil.ignore_patterns('__pycache__'))
    for name in ('pyproject.toml', 'setup.cfg'):
        shutil.copy(ROOT / name, folder)
    (folder / 'graph_mlp/data/worse.py').write_text('"""Breaks rules."""\n\nimport   tensorflow\n')
    return folder


# mypy, which takes half a minute without its cache, finds nothing wrong with it.
@pytest.mark.parametrize('check', [check for check in CHECKS if 'mypy' not in check], ids=lambda check: check[2:4])
def test_a_tree_that_breaks_a_rule_fails(tree, check):
    checked = subprocess.run([sys.executable, *check], cwd=tree, capture_output=True, text=True, check=False)
    assert checked.returncode != 0
    assert 'worse' in checked.stdout + checked.stderr
