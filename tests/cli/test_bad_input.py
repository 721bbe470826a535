"""A corpus of damaged inputs, each with the one line that it ends in, as a user sees it."""

import gzip
import os
import shutil

import pytest

from graph_mlp.store.manifest import read_sealed, write_sealed
from tests.cli.commands import run
from tests.data.idx_files import write_set


@pytest.fixture(scope='module')
def images(tmp_path_factory):
    """A folder with a small whole set of MNIST's form."""
    folder = tmp_path_factory.mktemp('images')
    write_set(folder)
    return folder


NAME = 'train-labels-idx1-ubyte'


@pytest.mark.parametrize(
    ('damage', 'expected'),
    [
        (lambda content: None, 'lacks train-labels-idx1-ubyte[.gz]'),
        (lambda content: b'', 'begins with nothing, expected 00000801'),
        (lambda content: content[:-3], 'claims 5003 bytes and holds 5000'),
        (lambda content: b'<html>not found</html>', 'begins with 3c68746d'),
        (lambda content: b'\0\0\x08\x03' + content[4:], 'is not an IDX file'),
        (lambda content: content[:4] + b'\xff' * 4 + content[8:], 'claims 4294967295 bytes'),
        (lambda content: gzip.compress(content)[:-6] + b'\0' * 6, 'damaged gzip'),
        (lambda content: content[:7] + bytes([content[7] - 1]) + content[8:-1], '5003 images but 5002 labels'),
        (lambda content: content[:-1] + b'\x0b', 'a label is 11, expected 0 to 9'),
    ],
    ids=['missing', 'empty', 'truncated', 'html', 'magic', 'huge', 'crc', 'counts', 'label'],
)
def test_a_damaged_data_file_is_one_line_and_nothing_is_written(images, tmp_path, damage, expected):
    folder = tmp_path / 'images'
    shutil.copytree(images, folder)
    content = damage((folder / NAME).read_bytes())
    (folder / NAME).unlink()
    if content is not None:
        (folder / NAME).write_bytes(content)
    [line] = run(tmp_path, 'train', '--data-dir', folder, status=1)[1]
    assert expected in line
    assert not (tmp_path / 'saves').exists()


def test_a_data_file_that_never_ends_is_one_line(images, tmp_path):
    folder = tmp_path / 'images'
    shutil.copytree(images, folder)
    (folder / NAME).unlink()
    (folder / NAME).symlink_to('/dev/zero')
    [line] = run(tmp_path, 'train', '--data-dir', folder, status=1)[1]
    assert line.endswith(f'{NAME} cannot be read: it is not a regular file')


def test_black_images_train(images, tmp_path):
    folder = tmp_path / 'images'
    shutil.copytree(images, folder)
    path = folder / 'train-images-idx3-ubyte'
    content = path.read_bytes()
    path.write_bytes(content[:16] + bytes(len(content) - 16))
    run(
        tmp_path,
        'train',
        '--data-dir',
        folder,
        '--tag',
        'BN_elu-4',
        '--batch-size',
        1,
        '--epochs',
        1,
        '--steps-per-run',
        2,
    )


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A folder with a finished run of two epochs."""
    folder = tmp_path_factory.mktemp('trained')
    run(folder, 'train', '--tag', 'PCA5_BN_elu-6', '--dataset', 'digits', '--epochs', 2)
    return folder


RUN = 'saves/runs/digits_PCA5_BN_elu-6'


@pytest.mark.parametrize(
    ('file', 'content', 'arguments', 'expected'),
    [
        (
            'saves/model.ckpt.data-00000-of-00001',
            b'',
            ('evaluate', '--ckpt', 'saves'),
            'data-00000-of-00001 is damaged',
        ),
        (
            'saves/model.ckpt.data-00000-of-00001',
            None,
            ('evaluate', '--ckpt', 'saves'),
            'data-00000-of-00001 is missing',
        ),
        ('saves/model.ckpt.pca.npz', b'PK', ('evaluate', '--ckpt', 'saves'), 'pca.npz is damaged'),
        ('saves/model.ckpt.json', b'{', ('evaluate', '--ckpt', 'saves'), 'model.ckpt.json is damaged'),
        ('saves/model.ckpt.index', b'x', ('evaluate', '--ckpt', 'saves'), 'does not belong to the .index'),
    ],
)
def test_a_damaged_file_of_ours_is_one_line(trained, tmp_path, file, content, arguments, expected):
    folder = tmp_path / 'user'
    shutil.copytree(trained, folder)
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_bytes(content)
    stdout, stderr = run(folder, *arguments, '--dataset', 'digits', status=1)
    assert stdout == []
    assert expected in stderr[-1]


@pytest.mark.parametrize(
    ('file', 'kind', 'arguments'),
    [
        ('pca.npz', 'device', ('train', '--tag', 'PCA5_BN_elu-6', '--overwrite', '--pca', 'pca.npz')),
        ('saves/model.ckpt.json', 'pipe', ('evaluate', '--ckpt', 'saves')),
        ('saves/model.ckpt.data-00000-of-00001', 'device', ('train', '--tag', 'new', '--init-ckpt', 'saves')),
    ],
)
def test_a_file_that_never_ends_is_one_line(trained, tmp_path, file, kind, arguments):
    folder = tmp_path / 'user'
    shutil.copytree(trained, folder)
    (folder / file).unlink(missing_ok=True)
    if kind == 'pipe':
        os.mkfifo(folder / file)
    else:
        (folder / file).symlink_to('/dev/zero')
    _, stderr = run(folder, *arguments, '--dataset', 'digits', status=1)
    assert file in stderr[-1]


def test_states_that_are_all_damaged_are_said_one_by_one(trained, tmp_path):
    folder = tmp_path / 'user'
    shutil.copytree(trained, folder)
    for path in (folder / RUN / 'checkpoints').glob('*/model.ckpt.index'):
        path.write_bytes(b'x')
    _, stderr = run(folder, 'train', '--tag', 'PCA5_BN_elu-6', '--dataset', 'digits', '--epochs', 3, status=1)
    assert [line.startswith('warning: ') for line in stderr] == [True, True, False]
    assert 'every state in' in stderr[-1]


def test_a_record_of_a_strangers_making_is_refused(trained, tmp_path):
    folder = tmp_path / 'user'
    shutil.copytree(trained, folder)
    path = folder / 'saves/model.ckpt.json'
    record = read_sealed(path)
    record['config']['hidden_sizes'] = [10**9]
    write_sealed(path, record)
    [line] = run(folder, 'evaluate', '--ckpt', 'saves', '--dataset', 'digits', status=1)[1]
    assert 'hidden_sizes' in line
