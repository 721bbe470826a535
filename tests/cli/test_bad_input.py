"""A corpus of damaged inputs, each with the one line that it ends in, as a user sees it."""

import os
import shutil

import pytest

from graph_mlp.store.manifest import read_sealed, write_sealed
from tests.cli.commands import run
from tests.data.idx_files import write_set

LABELS = 'images/train-labels-idx1-ubyte'
MODEL = 'saves/model.ckpt'


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A folder with a finished run of two epochs."""
    folder = tmp_path_factory.mktemp('trained')
    run(folder, 'train', '--tag', 'PCA5_BN_elu-6', '--dataset', 'digits', '--epochs', 2)
    return folder


@pytest.fixture
def user(trained, tmp_path):
    """A copy of it, to be damaged."""
    return shutil.copytree(trained, tmp_path / 'user')


@pytest.fixture
def images(tmp_path):
    """A folder whose `images` is a small complete set of MNIST's form."""
    (tmp_path / 'images').mkdir()
    write_set(tmp_path / 'images')
    return tmp_path


@pytest.mark.parametrize(
    ('damage', 'expected'),
    [
        (lambda path: path.unlink(), 'lacks train-labels-idx1-ubyte[.gz]'),
        (lambda path: os.truncate(path, 5008), 'claims 5003 bytes and holds 5000'),
        (lambda path: (path.unlink(), path.symlink_to('/dev/zero')), 'cannot be read: it is not a regular file'),
    ],
    ids=['missing', 'truncated', 'endless'],
)
def test_a_damaged_data_file_is_one_line_and_nothing_is_written(images, damage, expected):
    damage(images / LABELS)
    [line] = run(images, 'train', '--data-dir', 'images', status=1)[1]
    assert expected in line
    assert not (images / 'saves').exists()


def test_black_images_train(images):
    path = images / 'images/train-images-idx3-ubyte'
    content = path.read_bytes()
    path.write_bytes(content[:16] + bytes(len(content) - 16))
    flags = ('--tag', 'BN_elu-4', '--batch-size', 1, '--epochs', 1, '--steps-per-run', 2)
    run(images, 'train', '--data-dir', 'images', *flags)


def test_a_damaged_model_is_one_line(user):
    (user / f'{MODEL}.data-00000-of-00001').write_bytes(b'')
    stdout, stderr = run(user, 'evaluate', '--ckpt', 'saves', '--dataset', 'digits', status=1)
    assert stdout == []
    assert 'data-00000-of-00001 is damaged' in stderr[-1]


@pytest.mark.parametrize(
    ('file', 'kind', 'arguments'),
    [
        ('pca.npz', 'device', ('train', '--tag', 'PCA5_BN_elu-6', '--overwrite', '--pca', 'pca.npz')),
        (f'{MODEL}.json', 'pipe', ('evaluate', '--ckpt', 'saves')),
        (f'{MODEL}.data-00000-of-00001', 'device', ('train', '--tag', 'new', '--init-ckpt', 'saves')),
    ],
)
def test_a_file_that_never_ends_is_one_line(user, file, kind, arguments):
    (user / file).unlink(missing_ok=True)
    if kind == 'pipe':
        os.mkfifo(user / file)
    else:
        (user / file).symlink_to('/dev/zero')
    _, stderr = run(user, *arguments, '--dataset', 'digits', status=1)
    assert file in stderr[-1]


def test_a_record_of_a_strangers_making_is_refused(user):
    path = user / f'{MODEL}.json'
    record = read_sealed(path)
    record['config']['hidden_sizes'] = [10**9]
    write_sealed(path, record)
    [line] = run(user, 'evaluate', '--ckpt', 'saves', '--dataset', 'digits', status=1)[1]
    assert 'hidden_sizes' in line
