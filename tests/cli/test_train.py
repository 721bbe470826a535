"""The main job as a user types it, on the digits."""

import csv
import json
import os

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.cli.commands import SMALL, run
from tests.conftest import RECORDED


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


def test_what_is_trained_and_where_to_look_is_said(trained):
    _, _, stderr = trained
    assert '--data-dir' in stderr[1]  # to train on MNIST
    assert 'digits_BN_elu-300-100' in stderr[2]
    assert '784-300-100-10' in stderr[2]
    assert 'saves/model.ckpt' in stderr[-3]
    assert 'bin/tensorboard --logdir saves/summary' in stderr[-2]
    assert 'bin/export --ckpt saves/model.ckpt ' in stderr[-1]


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


@pytest.mark.parametrize('split', ['test', 'validation'])
def test_evaluate_finds_the_metrics_of_the_last_epoch(trained, split):
    folder, *_ = trained
    found = json.loads(run(folder, 'evaluate', '--ckpt', 'saves/model.ckpt', '--split', split, '--json')[0][0])
    metrics = json.loads((folder / 'saves/model.ckpt.json').read_text())['metrics']
    assert (found['dataset'], found['split']) == ('digits', split)
    assert found['accuracy'] == metrics[f'{split}_accuracy']
    assert found['accuracy_moving'] == metrics[f'{split}_accuracy_moving']
    assert found['loss'] == pytest.approx(metrics[f'{split}_loss'], abs=1e-6)


def test_a_folder_that_does_not_exist_ends_before_anything_is_written(tmp_path):
    [line] = run(tmp_path, 'train', '--tag', 'typo', '--data-dir', 'NOT_THERE', '--epochs', 1, status=1)[1]
    assert '--data-dir' in line
    assert 'NOT_THERE' in line
    assert list(tmp_path.iterdir()) == []


def test_a_run_begins_from_tensorflow_1s_weights(tmp_path):
    arguments = ('--dataset', 'digits', '--epochs', 1, '--init-ckpt', RECORDED / 'BN_elu-300-100/init.ckpt')
    run(tmp_path, 'train', *arguments)
    with open(tmp_path / 'saves/runs/digits_BN_elu-300-100/history.csv') as file:
        [row] = csv.DictReader(file)
    losses = json.loads((RECORDED / 'optimizers.json').read_text())['losses']['sgd'][:17]
    assert float(row['train_loss']) == pytest.approx(sum(losses) / 17, rel=1e-5)


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
