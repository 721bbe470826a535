"""Data of the user's own, as a user types the commands."""

import csv
import io
import json

import numpy as np
import pytest

from graph_mlp.data.idx import EMNIST_CLASSES
from tests.cli.commands import run
from tests.data.idx_files import FILES, small_set, write_files, write_pictures

NAMES = ('apple', 'pear $1_2', 'plum')
LETTERS = tuple(EMNIST_CLASSES['byclass'])


@pytest.fixture(scope='module')
def work(tmp_path_factory):
    """A folder with a run on 62 classes of 20 x 20 and one by PCA on pictures of 32 x 16 in three classes."""
    folder = tmp_path_factory.mktemp('work')
    names = [f'emnist-byclass-{name.replace("t10k", "test")}' for name in FILES]
    write_files(folder / 'letters', small_set(62, 20, 20, train=620), names)
    write_pictures(folder / 'pictures', small_set(3, 32, 16, train=90)[:2], NAMES)
    common = ('--batch-size', 20, '--epochs', 2)
    printed = [
        run(folder, 'train', '--tag', 'BN_elu-60', '--data-dir', 'letters', '--saves-dir', 'letters-saves', *common),
        run(folder, 'train', '--tag', 'PCA9_BN_elu-20', '--data-dir', 'pictures', '--steps-per-run', 2, *common),
    ]
    return folder, printed


def test_the_network_takes_all_pixels_or_components_and_gives_every_class(work):
    (_, letters), (_, pictures) = work[1]
    assert any('400-60-62' in line for line in letters)
    assert any('9-20-3' in line for line in pictures)
    assert not any('draw a digit' in line for line in letters + pictures)


def test_a_number_of_components_that_the_runs_name_would_not_say_is_refused(work):
    folder, _ = work
    arguments = ('--data-dir', 'letters', '--saves-dir', 'letters-saves', '--input-features', 400)
    _, errors = run(folder, 'train', *arguments, status=2)
    assert 'on images of 400 pixels PCA400_BN_elu-300-100 is BN_elu-300-100' in errors[-1]


def test_the_same_command_resumes_with_more_epochs(work):
    folder, printed = work
    arguments = ('--tag', 'BN_elu-60', '--data-dir', 'letters', '--saves-dir', 'letters-saves', '--batch-size', 20)
    lines, _ = run(folder, 'train', *arguments, '--epochs', 4)
    name = printed[0][0][0].split()[2]
    assert [line.split()[::2] for line in lines] == [['2', name], ['3', name]]


def test_a_report_has_every_class_by_its_name(work):
    folder, _ = work
    lines, _ = run(folder, 'evaluate', '--ckpt', 'letters-saves/model.ckpt', '--data-dir', 'letters', '--report', 'r')
    report = json.loads((folder / 'r' / 'report.json').read_text())
    assert tuple(one['name'] for one in report['classes']) == LETTERS
    assert np.shape(report['confusion_matrix']) == (62, 62)
    assert 'images 186' in lines
    assert all((folder / 'r' / name).exists() for name in ('confusion_matrix.png', 'misclassified.png'))


def test_a_checkpoint_is_not_measured_on_other_data(work):
    folder, _ = work
    _, errors = run(folder, 'evaluate', '--ckpt', 'saves', '--data-dir', 'letters', status=1)
    assert len(errors) == 1


def test_compare_lists_the_run(work):
    folder, _ = work
    lines, _ = run(folder, 'compare', '--format', 'csv')
    [row] = csv.DictReader(io.StringIO('\n'.join(lines)))
    assert row['run'].endswith('_PCA9_BN_elu-20')
    assert int(row['parameters']) == 9 * 20 + 20 + 2 * 20 + 20 * 3 + 3


def test_predict_answers_with_names_by_pictures_of_any_size_and_raw_of_the_models(work):
    folder, _ = work
    picture = folder / 'pictures' / 'apple' / '000.png'
    lines, _ = run(folder, 'predict', picture, '--raw', '--figure', 'f.png')
    assert lines[0].split('\t')[1] in NAMES
    lines, _ = run(folder, 'predict', picture, '--ckpt', 'letters-saves/model.ckpt', '--json')  # from 32 x 16
    answer = json.loads(lines[0])
    assert tuple(answer['probabilities']) == LETTERS
    assert answer['class'] == max(answer['probabilities'], key=answer['probabilities'].get)
    _, errors = run(folder, 'predict', picture, '--ckpt', 'letters-saves/model.ckpt', '--raw', status=1)
    assert all(size in errors[0] for size in ('16 x 32', '20 x 20'))


def test_an_exported_model_takes_its_pixels_and_carries_its_names(work):
    folder, _ = work
    run(folder, 'export', 'model', '--ckpt', 'saves/model.ckpt', '--format', 'saved-model')
    assert (folder / 'model' / 'assets.extra' / 'class_names.txt').read_text().splitlines() == list(NAMES)
    _, errors = run(
        folder, 'export', 'p.html', '--ckpt', 'saves', '--format', 'html', '--data-dir', 'pictures', status=2
    )
    [error] = errors
    assert 'tflite' in error


def test_more_components_than_pixels_are_refused(work):
    folder, _ = work
    _, errors = run(folder, 'train', '--tag', 'PCA513_elu-5', '--data-dir', 'pictures', status=2)
    [error] = errors
    assert all(number in error for number in ('513', '512'))
