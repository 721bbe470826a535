"""bin/export as a user types it, and whether what it writes says what bin/evaluate measured."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from graph_mlp.data.dataset import network_inputs
from graph_mlp.evaluate import evaluate
from tests.cli.commands import environment, python, run
from tests.export.test_formats import in_litert, in_onnxruntime, in_saved_model

FORMATS = {'saved-model': in_saved_model, 'onnx': in_onnxruntime, 'tflite': in_litert}
# What bin/evaluate prints is itself up to 1.5e-6 from the same network in float64: two programs whose sums are in
# another order differ by as much.
WITHIN = 2e-6


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A folder with a model trained for two epochs, and what bin/train said."""
    folder = tmp_path_factory.mktemp('trained')
    _, stderr = run(folder, 'train', '--tag', 'PCA20_BN_elu-20-10', '--dataset', 'digits', '--epochs', 2)
    return folder, stderr


def outputs(name, path, images):
    return FORMATS[name](path if name == 'saved-model' else path.read_bytes(), images)


@pytest.mark.parametrize('name', FORMATS)
def test_it_gives_the_probabilities_of_bin_evaluate(trained, tmp_path, digits, name):
    saves = trained[0] / 'saves'
    assert run(tmp_path, 'export', '--ckpt', saves, 'out', '--format', name) == ([], [f'{name}: out'])
    classes, probabilities = outputs(name, tmp_path / 'out', network_inputs(digits.test.images))
    expected = evaluate(saves, digits, 'test').probabilities
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=1e-6)
    assert (classes == expected.argmax(axis=1)).all()


@pytest.mark.heavy
def test_all_10000_probabilities_of_mnist(tmp_path, mnist_folder, mnist):
    run(tmp_path, 'train', '--tag', 'PCA154_BN_elu-300-100', '--epochs', 1, '--data-dir', mnist_folder)
    expected = evaluate(tmp_path / 'saves', mnist, 'test').probabilities
    for name in FORMATS:
        run(tmp_path, 'export', '--ckpt', 'saves', name, '--format', name)
        classes, probabilities = outputs(name, tmp_path / name, network_inputs(mnist.test.images))
        np.testing.assert_allclose(probabilities, expected, rtol=0, atol=WITHIN)
        assert (classes == expected.argmax(axis=1)).all()
    run(tmp_path, 'export', '--ckpt', 'saves', 'digit.html', '--format', 'html', '--data-dir', mnist_folder)
    assert (tmp_path / 'digit.html').stat().st_size < 2_000_000


@pytest.mark.heavy
def test_saved_model_cli_runs_it(trained, tmp_path):
    run(tmp_path, 'export', '--ckpt', trained[0] / 'saves', 'model', '--format', 'saved-model')
    np.save(tmp_path / 'images.npy', np.zeros((3, 784), np.float32))
    command = [
        Path(sys.executable).with_name('saved_model_cli'), 'run', '--dir', 'model', '--tag_set', 'serve',
        '--signature_def', 'serving_default', '--inputs', 'images=images.npy', '--outdir', 'outputs',
    ]  # fmt: skip
    if not command[0].exists():
        pytest.skip('needs saved_model_cli, which TensorFlow installs beside its Python')
    subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), check=True, capture_output=True)
    assert np.load(tmp_path / 'outputs' / 'probabilities.npy').shape == (3, 10)
    assert np.load(tmp_path / 'outputs' / 'classes.npy').dtype == np.int64


def test_what_train_advises_makes_the_page_with_the_accuracy_of_bin_evaluate(trained, tmp_path, digits):
    folder, stderr = trained
    [advice] = [line for line in stderr if line.startswith('draw a digit for it: ')]
    program, *arguments = shlex.split(advice.split(': ', 1)[1])
    assert program == 'bin/export'
    shutil.copytree(folder / 'saves', tmp_path / 'saves')
    assert run(tmp_path, 'export', *arguments) == ([], ['html: digit.html'])
    page = (tmp_path / 'digit.html').read_text('utf-8')
    assert '<title>Draw a digit: digits_PCA20_BN_elu-20-10</title>' in page
    assert f'"accuracy": {evaluate(tmp_path / "saves", digits, "test").metrics.accuracy_moving},' in page


def test_an_existing_file_is_a_usage_error(trained, tmp_path):
    (tmp_path / 'out').write_text('mine')
    [line] = run(tmp_path, 'export', '--ckpt', trained[0] / 'saves', 'out', '--format', 'tflite', status=2)[1]
    assert line == 'export: out exists and is never overwritten: name another place, or remove it'
    assert (tmp_path / 'out').read_text() == 'mine'


def test_without_tf2onnx_one_line_says_what_installs_it(trained, tmp_path):
    program = (
        'import sys; sys.modules["tf2onnx"] = None\n'
        'from graph_mlp.cli.main import main\n'
        f'sys.exit(main(["export", "--ckpt", {str(trained[0] / "saves")!r}, "out", "--format", "onnx"]))'
    )
    [line] = python(tmp_path, program, status=1)[1].splitlines()
    assert line.startswith('export: --format onnx needs tf2onnx')
    assert line.endswith(f'install it by {sys.executable} -m pip install tf2onnx')
    assert not (tmp_path / 'out').exists()
