import subprocess
import sys

import pytest

from graph_mlp.data import pca
from graph_mlp.errors import RunError, UsageError
from graph_mlp.session import pca_fit
from tests.conftest import ROOT


def test_another_process_fits_the_same_pca_to_the_last_bit(digits):
    expected, _ = pca.fit(digits.train.images, 20)
    projection, seconds = pca_fit.fit_apart(digits.train.images, 20)
    assert projection.equals(expected)
    assert projection.components.dtype == expected.components.dtype
    assert seconds > 0


def test_scikit_learn_stays_out_of_the_process_that_trains():
    script = """
import sys
from graph_mlp.session import pca_fit
import numpy as np
images = np.random.RandomState(0).randint(0, 256, (30, 784)).astype(np.uint8)
projection, _ = pca_fit.fit(images, 3)
print(projection.components.shape, 'sklearn' in sys.modules)
"""
    done = subprocess.run([sys.executable, '-c', script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == '(3, 784) False\n'


def test_a_process_that_has_scikit_learn_fits_here(digits, monkeypatch):
    import sklearn.decomposition  # noqa: F401

    monkeypatch.delattr(pca_fit, 'fit_apart')
    projection, _ = pca_fit.fit(digits.train.images, 3)
    assert projection.components.shape == (3, 784)


def test_what_the_other_process_refuses_is_refused_here(digits):
    with pytest.raises(UsageError, match=r'^9 input features from 5 images: choose at most 5$'):
        pca_fit.fit_apart(digits.train.images[:5], 9)


def test_a_killed_process_is_told(digits, monkeypatch):
    killed = [sys.executable, '-c', 'import os, signal; os.kill(os.getpid(), signal.SIGKILL)']
    monkeypatch.setattr(pca_fit, 'own_command', lambda *arguments: killed)
    with pytest.raises(RunError, match='was killed: is there enough memory'):
        pca_fit.fit_apart(digits.train.images, 3)
