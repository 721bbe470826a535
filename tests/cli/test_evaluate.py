import json

import pytest

from tests.cli.commands import run
from tests.conftest import RECORDED
from tests.data.idx_files import write_set


@pytest.mark.parametrize(
    ('name', 'activation', 'accuracy'),
    [('BN_elu-300-100', 'elu', 0.9409), ('PCA154_BN_elu-300-100', 'elu', 0.927), ('relu-300-100', 'relu', 0.9219)],
)
def test_tensorflow_1s_checkpoint_scores_what_it_scored(tmp_path, mnist_folder, name, activation, accuracy):
    pca = ('--pca', RECORDED / name / 'pca.npz') if name.startswith('PCA') else ()
    arguments = ('--ckpt', RECORDED / name / 'model.ckpt', '--activation', activation, *pca, '--data-dir', mnist_folder)
    found = json.loads(run(tmp_path, 'evaluate', *arguments, '--json')[0][0])
    expected = json.loads((RECORDED / name / 'expected.json').read_text())
    assert found['accuracy'] == accuracy
    assert found['loss'] == pytest.approx(expected['test_loss'][-1], abs=1e-6)


def test_a_checkpoint_of_the_users_own_data_says_which_folder_to_name(tmp_path):
    data = tmp_path / 'images'
    data.mkdir()
    write_set(data, train=5100)
    run(tmp_path, 'train', '--tag', 'relu-3', '--data-dir', 'images', '--batch-size', 50, '--epochs', 1)
    [line] = run(tmp_path, 'evaluate', '--ckpt', 'saves', status=1)[1]
    assert line.startswith("evaluate: saves was trained on data of the user's own (idx-")
    assert '--data-dir' in line
    run(tmp_path, 'evaluate', '--ckpt', 'saves', '--data-dir', 'images')


def test_a_report_agrees_with_the_accuracy_it_stands_beside(tmp_path):
    run(tmp_path, 'train', '--tag', 'BN_elu-20-10', '--dataset', 'digits', '--epochs', 2)
    stdout, stderr = run(tmp_path, 'evaluate', '--ckpt', 'saves/model.ckpt', '--report', 'report', '--json')
    assert stderr == ['report: report']
    report = json.loads((tmp_path / 'report' / 'report.json').read_text())
    matrix = report['confusion_matrix']
    hits = sum(matrix[each][each] for each in range(10))
    assert sum(map(sum, matrix)) == 400
    assert hits / 400 == json.loads(stdout[0])['accuracy_moving'] == report['accuracy_moving']
    assert len(report['misclassified']) == 400 - hits
    for name in ('confusion_matrix.png', 'misclassified.png'):
        assert (tmp_path / 'report' / name).read_bytes().startswith(b'\x89PNG')
    write_set(tmp_path, train=5001)  # a folder that is named is what is measured, or nothing
    stdout, [*_, line] = run(tmp_path, 'evaluate', '--ckpt', 'saves/model.ckpt', '--data-dir', '.', status=1)
    assert not stdout
    assert 'digits' in line
    assert 'idx-' in line


def test_moving_averages_that_were_never_updated_are_said_to_mean_nothing(tmp_path, mnist_folder):
    notebooks = RECORDED / 'tf1.3_BN_elu-300-100' / 'model.ckpt'
    _, stderr = run(tmp_path, 'evaluate', '--ckpt', notebooks, '--activation', 'elu', '--data-dir', mnist_folder)
    [line] = stderr
    assert 'never updated the moving averages' in line
