import subprocess
import sys

import pytest

from graph_mlp.config import PIXELS
from graph_mlp.data import pca
from graph_mlp.errors import RunError, UsageError
from graph_mlp.session import pca_fit
from tests.conftest import ROOT


def replace_process(monkeypatch, program):
    monkeypatch.setattr(pca_fit, 'own_command', lambda *arguments: [sys.executable, '-c', program])


def test_another_process_fits_the_same_pca_to_the_last_bit(digits):
    expected, _ = pca.fit(digits.train.images, 20)
    projection, seconds = pca_fit.fit_in_own_process(digits.train.images, 20)
    assert projection.equals(expected)
    assert projection.components.dtype == expected.components.dtype
    assert seconds > 0


def test_scikit_learn_stays_out_of_the_process_that_trains(tmp_path):
    # Files in MNIST's format, because scikit-learn's digits would import it for the data already.
    script = """
import sys
from pathlib import Path
from tests.data.test_mnist import write_set
from tests.session.test_start import options
from graph_mlp.session.start import start
folder = Path(sys.argv[1])
write_set(folder, train=5100, test=2)
asked = options(folder / 'saves', fields={'hidden_sizes': (3,), 'input_features': 5}, dataset='mnist', data_dir=folder)
with start(asked) as fresh:
    print(fresh.projection.components.shape, 'sklearn' in sys.modules, 'tensorflow' in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, '-c', script, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ('(5, 784) False False\n', 0), done.stderr


def test_a_process_that_has_scikit_learn_fits_here(digits, monkeypatch):
    import sklearn.decomposition  # noqa: F401

    monkeypatch.delattr(pca_fit, 'fit_in_own_process')
    projection, _ = pca_fit.fit(digits.train.images, 3)
    assert projection.components.shape == (3, 784)


def test_more_components_than_images_are_refused(digits):
    with pytest.raises(UsageError, match=r'^9 input features from 5 images: choose at most 5$'):
        pca_fit.fit_in_own_process(digits.train.images[:5], 9)


def test_what_is_no_pixels_is_refused(digits):
    with pytest.raises(TypeError, match='Cannot cast'):
        pca_fit.fit_in_own_process(digits.train.images.astype('float32'), 3)


@pytest.mark.parametrize(
    ('program', 'message'),
    [
        ('import os; os.kill(os.getpid(), 9)', r'its process was killed; is there enough memory\?'),
        ('import os; os.kill(os.getpid(), 15)', 'its process was ended by SIGTERM'),
        ('raise MemoryError("no room")', 'MemoryError: no room'),
        ('import sys; sys.exit(3)', 'its process ended with status 3'),
    ],
)
def test_why_there_is_no_pca_is_one_line(digits, monkeypatch, program, message):
    replace_process(monkeypatch, program)
    with pytest.raises(RunError, match=f'^the PCA was not fitted: {message}$'):
        pca_fit.fit_in_own_process(digits.train.images, 3)


def test_where_the_process_failed_is_in_the_cause(digits, monkeypatch):
    command = pca_fit.own_command
    monkeypatch.setattr(pca_fit, 'own_command', lambda name, components, *flags: command(name, PIXELS + 1, *flags))
    with pytest.raises(RunError, match=r'^the PCA was not fitted: ValueError: n_components=785 ') as error:
        pca_fit.fit_in_own_process(digits.train.images, 3)
    assert f'in {pca_fit.fit_stdin.__name__}\n' in str(error.value.__cause__)


def test_a_warning_of_the_fit_is_shown(digits, capsys):
    blank = digits.train.images[:9] * 0
    pca_fit.fit_in_own_process(blank, 3)
    assert 'RuntimeWarning' in capsys.readouterr().err
