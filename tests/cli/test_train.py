"""The main job as a user types it, on the digits."""

import csv
import json
import os
import shutil
import subprocess
import sys

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from graph_mlp.store.sealed import read_sealed, write_sealed
from tests.cli.commands import SMALL, run
from tests.conftest import RECORDED, ROOT


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A folder where `bin/train` was typed once, without MNIST anywhere; and what it printed."""
    folder = tmp_path_factory.mktemp('user')
    return folder, *run(folder, 'train', '--tag', 'BN_elu-300-100', '--epochs', 3)


def test_a_line_per_epoch_carries_the_data_sets_name(trained):
    _, stdout, _ = trained
    assert [line.split()[0] for line in stdout] == ['0', '1', '2']
    assert all(line.split()[2] == 'digits' for line in stdout)
    assert float(stdout[-1].split()[1]) > 0.8


def test_what_was_tried_what_is_trained_and_where_to_look_is_said(trained):
    _, _, stderr = trained
    assert 'cannot be downloaded' in stderr[0]
    assert '--data-dir' in stderr[1]
    model = '784-300-100-10, elu, batch norm, gradient descent, rate 0.01'
    assert stderr[2] == f"run digits_BN_elu-300-100 on scikit-learn's bundled digits (not MNIST): {model}"
    assert stderr[-3:-1] == ['checkpoint: saves/model.ckpt', 'look at it: bin/tensorboard --logdir saves/summary']
    assert stderr[-1].startswith('draw a digit for it: bin/export --ckpt saves/model.ckpt ')


def test_nothing_half_written_is_left(trained):
    names = [name for _, folders, files in os.walk(trained[0] / 'saves') for name in folders + files]
    assert not [name for name in names if name.startswith('.partial')]
    assert {'model.ckpt.index', 'model.ckpt.meta', 'model.ckpt.json', 'model.ckpt.data-00000-of-00001'} <= set(names)


def test_history_stdout_and_tensorboard_agree(trained):
    folder, stdout, _ = trained
    with open(folder / 'saves/runs/digits_BN_elu-300-100/history.csv') as file:
        rows = list(csv.DictReader(file))
    events = EventAccumulator(str(folder / 'saves/summary/digits_BN_elu-300-100')).Reload()
    accuracy = [(event.step, round(event.value, 4)) for event in events.Scalars('Accuracy')]
    assert accuracy == [(int(line.split()[0]), float(line.split()[1])) for line in stdout]
    assert accuracy == [(int(row['epoch']), float(row['test_accuracy'])) for row in rows]
    assert {'test/accuracy_moving_averages', 'validation/loss', 'train/loss', 'time/epoch_seconds'} <= set(
        events.Tags()['scalars']
    )
    assert events.Tags()['graph']


@pytest.mark.parametrize('split', ['test', 'validation', 'train'])
def test_evaluate_finds_the_figures_of_the_last_epoch(trained, split):
    folder, *_ = trained
    found = json.loads(run(folder, 'evaluate', '--ckpt', 'saves/model.ckpt', '--split', split, '--json')[0][0])
    with open(folder / 'saves/model.ckpt.json') as file:
        figures = json.load(file)['figures']
    assert (found['dataset'], found['split']) == ('digits', split)
    if split != 'train':  # training figures are means over batches, each before its update
        assert found['accuracy'] == figures[f'{split}_accuracy']
        assert found['accuracy_moving'] == figures[f'{split}_accuracy_moving']
        assert found['loss'] == pytest.approx(figures[f'{split}_loss'], abs=1e-6)


def test_evaluate_prints_a_figure_per_line(trained):
    stdout, _ = run(trained[0], 'evaluate', '--ckpt', 'saves')
    names = ['dataset', 'split', 'images', 'accuracy', 'loss', 'accuracy_moving', 'loss_moving']
    assert [line.split()[0] for line in stdout] == names


def test_a_finished_run_is_left_alone_and_the_choices_are_named(trained):
    folder, *_ = trained
    before = (folder / 'saves/runs/digits_BN_elu-300-100/history.csv').stat()
    stdout, stderr = run(folder, 'train', '--tag', 'BN_elu-300-100', '--dataset', 'digits')
    assert stdout == []
    assert '--overwrite' in stderr[-1]
    assert 'another --tag' in stderr[-1]
    assert (folder / 'saves/runs/digits_BN_elu-300-100/history.csv').stat() == before


def test_a_run_that_fell_back_on_the_digits_does_not_replace_a_model_of_other_data(trained, tmp_path):
    folder = tmp_path / 'user'
    shutil.copytree(trained[0], folder)
    path = folder / 'saves/model.ckpt.json'
    record = read_sealed(path).content
    record['config']['dataset'] = 'mnist'
    write_sealed(path, record)
    _, stderr = run(folder, 'train', '--tag', 'relu-5', '--epochs', 1)
    state = 'saves/runs/digits_relu-5/checkpoints/epoch-00001/model.ckpt'
    assert stderr[-1] == f'checkpoint: {state} (saves/model.ckpt was trained on mnist and is kept)'
    assert read_sealed(path).content == record
    run(folder, 'evaluate', '--ckpt', state)
    run(folder, 'train', '--tag', 'relu-6', '--epochs', 1, '--dataset', 'digits')  # asked for: it does
    assert json.loads(path.read_text())['config']['dataset'] == 'digits'


def test_a_folder_that_does_not_exist_ends_before_anything_is_written(tmp_path):
    [line] = run(tmp_path, 'train', '--tag', 'typo', '--data-dir', 'NOT_THERE', '--epochs', 1, status=1)[1]
    assert line.startswith('train: --data-dir names NOT_THERE, which is not a folder')
    assert list(tmp_path.iterdir()) == []


def test_other_settings_of_the_same_run_are_refused_one_by_one(trained):
    arguments = ('--tag', 'BN_elu-300-100', '--dataset', 'digits', '--seed', 7, '--batch-size', 60)
    [line] = run(trained[0], 'train', *arguments, status=1)[1]
    assert '--seed 7 (stored: --seed 42)' in line
    assert '--batch-size 60 (stored: --batch-size 70)' in line


def test_pca_travels_with_the_checkpoint(tmp_path):
    _, stderr = run(tmp_path, 'train', '--tag', 'PCA20_BN_elu-20-10', '--dataset', 'digits', '--epochs', 2)
    assert any(line.startswith('PCA to 20 components fitted in') for line in stderr)
    found = json.loads(run(tmp_path, 'evaluate', '--ckpt', 'saves', '--json')[0][0])
    record = json.loads((tmp_path / 'saves/model.ckpt.json').read_text())
    assert found['accuracy'] == record['figures']['test_accuracy']
    assert record['pca_seconds'] > 0


def test_a_run_begins_from_tensorflow_1s_weights(tmp_path):
    arguments = ('--dataset', 'digits', '--epochs', 1, '--init-ckpt', RECORDED / 'BN_elu-300-100/init.ckpt')
    run(tmp_path, 'train', *arguments)
    with open(tmp_path / 'saves/runs/digits_BN_elu-300-100/history.csv') as file:
        [row] = csv.DictReader(file)
    losses = json.loads((RECORDED / 'optimizers.json').read_text())['losses']['sgd'][:17]
    assert float(row['train_loss']) == pytest.approx(sum(losses) / 17, rel=1e-5)


def test_a_loss_that_is_no_number_ends_the_run_before_a_checkpoint(tmp_path):
    stdout, stderr = run(
        tmp_path, 'train', '--tag', 'relu-20-10', '--dataset', 'digits', '--learning-rate', 1e6, status=1
    )
    assert stdout == []
    assert 'the loss is not a finite number at epoch 0, step' in stderr[-1]
    assert 'learning rate 1e+06' in stderr[-1]
    assert list((tmp_path / 'saves/runs/digits_relu-20-10/checkpoints').glob('epoch-*')) == []
    assert not (tmp_path / 'saves/model.ckpt.index').exists()


def test_the_library_that_multiplies_is_chosen_recorded_and_said(tmp_path):
    flags = ('--dataset', 'digits', '--hidden', 9, '--epochs', 2, '--steps-per-run', 9, '--tag', 'products')
    _, stderr = run(tmp_path, 'train', *flags, '--products', 'ynnpack')
    assert any(line.startswith('9 steps per run, products by ynnpack, compiled in') for line in stderr)
    record = read_sealed(tmp_path / 'saves/runs/digits_products/config.json').content
    assert record['identity']['products'] == 'ynnpack'


def test_overwrite_with_a_flag_that_is_refused_leaves_the_run(trained, tmp_path):
    folder = tmp_path / 'user'
    shutil.copytree(trained[0], folder)
    (folder / 'pca.npz').write_bytes(b'')
    arguments = ('--tag', 'BN_elu-300-100', '--dataset', 'digits', '--overwrite', '--pca', 'pca.npz')
    [line] = run(folder, 'train', *arguments, status=2)[1]
    assert '--pca pca.npz: this run takes all 784 pixels' in line
    run_files = sorted(str(path.relative_to(folder)) for path in (folder / 'saves/runs').rglob('*'))
    assert run_files == sorted(str(path.relative_to(trained[0])) for path in (trained[0] / 'saves/runs').rglob('*'))


@pytest.mark.skipif(not os.path.isdir('/proc/self'), reason='needs a folder that not even root can write to')
def test_an_unwritable_folder_is_one_line(tmp_path):
    [line] = run(tmp_path, 'train', *SMALL, '--saves-dir', '/proc/self/nowhere', status=1)[1]
    assert line.startswith('train: cannot write to /proc/self/nowhere')


def test_a_checkpoint_of_someone_else_is_not_replaced(tmp_path):
    (tmp_path / 'saves').mkdir()
    (tmp_path / 'saves/model.ckpt.index').write_bytes(b'theirs')
    [line] = run(tmp_path, 'train', *SMALL, status=1)[1]
    assert 'was not written by this program' in line
    assert (tmp_path / 'saves/model.ckpt.index').read_bytes() == b'theirs'


def test_tensorboard_gets_hparams_layout_pictures_and_histograms_where_asked(tmp_path):
    run(tmp_path, 'train', *SMALL, '--epochs', 2, '--histograms')
    events = EventAccumulator(str(tmp_path / 'saves/summary/digits_BN_elu-20-10'), {'histograms': 0}).Reload()
    assert events.Tags()['images'] == ['test/confusion_matrix', 'test/misclassified']
    assert {'_hparams_/experiment', '_hparams_/session_start_info', '_hparams_/session_end_info'} <= set(
        events.summary_metadata
    )
    assert 'custom_scalars__config__' in events.Tags()['tensors']
    assert [event.step for event in events.Histograms('activations/hidden2')] == [0, 1]
    kernel = events.Histograms('weights/hidden1/kernel')[-1].histogram_value
    assert kernel.num == 784 * 20


def test_what_a_run_imports_is_frozen(tmp_path):
    script = """
import gc, sys
from graph_mlp.cli.train import main
main(['--tag', 'relu-3', '--dataset', 'digits', '--epochs', '1', '--saves-dir', sys.argv[1]])
print(gc.get_freeze_count() > 100_000)
"""
    command = [sys.executable, '-c', script, tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == 'True'
