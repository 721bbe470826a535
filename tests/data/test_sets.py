import hashlib

import numpy as np
import pytest

from graph_mlp.data import idx, mnist
from graph_mlp.data.idx import data_files
from graph_mlp.data.mnist import load_dataset, load_files
from graph_mlp.data.sets import every
from graph_mlp.errors import DataError
from tests.data.idx_files import FILES, patterns, small_set, write_files, write_pictures

NAMES = ('apple', 'pear', 'plum')


def named(form):
    return [form.format(name) for name in FILES]


@pytest.mark.parametrize(
    'names',
    [
        named('{}.gz'),
        [name.replace('-idx', '.idx') for name in FILES],
        [name.replace('t10k', 'test') for name in named('emnist-digits-{}')],
        [name.replace('t10k', 'test').replace('idx1-ubyte', 'idx2-int') for name in named('qmnist-{}.gz')],
    ],
    ids=['gzip', 'dotted', 'emnist', 'qmnist'],
)
def test_every_usual_name_is_found(tmp_path, names):
    write_files(tmp_path, small_set(3, 4, 4), names)
    assert data_files(tmp_path) == {usual: tmp_path / name for usual, name in zip(FILES, names, strict=True)}


def test_a_folder_beside_a_file_of_its_name_and_a_second_form_are_passed_over(tmp_path):
    write_files(tmp_path, small_set(3, 4, 4), [name.replace('-idx', '.idx') for name in FILES])
    (tmp_path / FILES[0]).mkdir()
    (tmp_path / f'{FILES[1]}.gz').write_bytes(b'')
    (tmp_path / FILES[1]).write_bytes(b'')
    assert data_files(tmp_path)[FILES[0]].name == 'train-images.idx3-ubyte'
    assert data_files(tmp_path)[FILES[1]].name == FILES[1]


def test_files_of_several_sets_are_refused_by_name(tmp_path):
    for kind in ('letters', 'balanced'):
        write_files(tmp_path, small_set(3, 4, 4), named(f'emnist-{kind}-{{}}'))
    with pytest.raises(DataError, match='emnist-balanced-, emnist-letters-'):
        load_files(tmp_path)


@pytest.mark.parametrize(('classes', 'height', 'width'), [(3, 20, 20), (47, 5, 4), (62, 4, 6), (10, 32, 16)])
def test_size_and_classes_are_found_in_the_data(tmp_path, classes, height, width):
    write_files(tmp_path, small_set(classes, height, width))
    data = load_files(tmp_path)
    assert data.settings == {'dataset': data.name, 'height': height, 'width': width, 'classes': classes}
    assert data.name == f'idx-{data.sha256[:8]}'
    assert data.train.images.shape == (9 * classes, height * width)


def test_labels_of_32_bits_are_read_from_their_first_column(tmp_path):
    images, labels, test_images, test_labels = small_set(3, 4, 4)
    extended = np.stack([labels, *[np.full(len(labels), 9)] * 7], axis=1).astype(np.int32)
    write_files(tmp_path, [images, extended, test_images, test_labels.astype(np.int32)])
    data = load_files(tmp_path)
    assert data.classes == 3
    np.testing.assert_array_equal(data.test.labels, test_labels)


@pytest.mark.parametrize(
    ('kind', 'first', 'names'),
    [('byclass', 0, '0AZaz'), ('bymerge', 0, '0AZat'), ('balanced', 0, '0AZat'), ('letters', 1, 'AZ')],
)
def test_emnists_classes_have_their_names(tmp_path, kind, first, names):
    classes = {'byclass': 62, 'letters': 26}.get(kind, 47)
    images, labels, test_images, test_labels = small_set(classes, 3, 3)
    write_files(tmp_path, [images, labels + np.uint8(first), test_images, test_labels], named(f'emnist-{kind}-{{}}'))
    if first:  # test labels of 0 are none of theirs
        with pytest.raises(DataError, match='a label is -1'):
            load_files(tmp_path)
        write_files(tmp_path, [images, labels + np.uint8(1), images[:1], labels[:1] + np.uint8(1)],
                    named(f'emnist-{kind}-{{}}'))  # fmt: skip
    data = load_files(tmp_path)
    assert len(data.class_names) == data.classes == classes
    assert set(names) <= set(data.class_names)
    assert data.class_names[data.test.labels[0]] == ('A' if first else '0')


def test_emnists_images_are_made_upright(tmp_path):
    images, labels, *_ = small_set(10, 4, 4)
    write_files(tmp_path, [images, labels, images[:20], labels[:20]], named('emnist-digits-{}'))
    np.testing.assert_array_equal(load_files(tmp_path).test.images.reshape(-1, 4, 4), images[:20].swapaxes(1, 2))


@pytest.mark.parametrize('in_folder', [True, False])
def test_an_npz_file_is_read_by_its_own_name_or_its_folders(tmp_path, in_folder):
    images, labels, test_images, test_labels = small_set(3, 5, 4)
    np.savez(
        tmp_path / 'a.npz', x_train=images, y_train=labels.astype(np.int64), x_test=test_images, y_test=test_labels
    )
    data = load_files(tmp_path if in_folder else tmp_path / 'a.npz')
    assert (data.classes, data.height, data.width, data.name[:5]) == (3, 5, 4, 'data-')
    np.testing.assert_array_equal(data.test.images, test_images.reshape(-1, 20))


@pytest.mark.parametrize(
    ('change', 'word'),
    [
        ({'x_train': np.zeros((4, 3, 3))}, 'x_train is float64'),
        ({'x_train': np.zeros((4, 3, 3, 3), np.uint8)}, 'x_train is uint8'),
        ({'y_train': np.array([None] * 4)}, 'y_train is object'),
        ({'y_train': np.array([0, 1, 0, 10**12])}, 'a label is 1000000000000'),
        ({'y_test': np.array([-1, 0])}, 'a label is -1'),
        ({'x_test': np.zeros((2, 3, 4), np.uint8)}, '3x4'),
    ],
)
def test_another_npz_file_is_refused(tmp_path, change, word):
    arrays = {'x_train': np.zeros((4, 3, 3), np.uint8), 'y_train': np.array([0, 1, 0, 1]),
              'x_test': np.zeros((2, 3, 3), np.uint8), 'y_test': np.array([0, 1])}  # fmt: skip
    np.savez(tmp_path / 'a.npz', **{**arrays, **change})
    with pytest.raises(DataError, match=word):
        load_files(tmp_path / 'a.npz')


def test_an_array_above_the_limit_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(idx, 'MAX_CONTENT', 10)
    np.savez(tmp_path / 'a.npz', x_train=np.zeros((2, 3, 3), np.uint8))
    with pytest.raises(DataError, match='x_train'):
        load_files(tmp_path / 'a.npz')


def test_what_is_no_npz_file_is_refused(tmp_path):
    (tmp_path / 'a.npz').write_bytes(b'no archive')
    with pytest.raises(DataError, match=r'a\.npz'):
        load_files(tmp_path / 'a.npz')


def test_folders_are_classes_and_the_first_of_every_five_pictures_tests(tmp_path):
    images, labels = patterns(30, 3, 6, 5)
    write_pictures(tmp_path, (images, labels), NAMES)
    data = load_files(tmp_path)
    assert data.class_names == NAMES
    assert [len(split.labels) for split in (data.train, data.validation, data.test)] == [21, 3, 6]
    held = np.concatenate([np.flatnonzero(labels == label)[::5] for label in range(3)])
    np.testing.assert_array_equal(data.test.images, images[held].reshape(-1, 30))


def test_pictures_may_be_split_already(tmp_path):
    arrays = small_set(3, 6, 5)
    write_pictures(tmp_path / 'train', arrays[:2], NAMES)
    write_pictures(tmp_path / 'test', arrays[2:], NAMES)
    data = load_files(tmp_path)
    assert data.class_names == NAMES
    assert len(data.test.labels) == 9


def test_pictures_are_named_by_what_they_show(tmp_path):
    write_pictures(tmp_path / 'a', patterns(30, 3, 6, 5), NAMES)
    write_pictures(tmp_path / 'b', patterns(30, 3, 6, 5), NAMES)
    write_pictures(tmp_path / 'c', patterns(30, 3, 6, 5), ('apple', 'pear', 'quince'))
    first, same, other = (load_files(tmp_path / name).name for name in 'abc')
    assert first == same != other


@pytest.mark.parametrize('change', ['size', 'damage', 'one', 'unknown', 'empty'])
def test_a_folder_that_is_no_set_is_refused_with_the_file_that_is_wrong(tmp_path, change):
    arrays = small_set(3, 6, 5)
    write_pictures(tmp_path / 'train', arrays[:2], NAMES)
    write_pictures(tmp_path / 'test', arrays[2:], NAMES)
    wrong = tmp_path / 'train' / 'plum' / '002.png'
    if change == 'size':
        write_pictures(tmp_path / 'train', patterns(3, 3, 5, 5), NAMES)
        wrong = tmp_path / 'train' / 'apple' / '003.png'
    elif change == 'damage':
        wrong.write_bytes(b'\x89PNG')
    elif change == 'unknown':
        wrong = (tmp_path / 'test' / 'pear').rename(tmp_path / 'test' / 'quince')
    else:
        for path in sorted((tmp_path / 'train' / 'plum').iterdir())[change == 'one' :]:
            path.unlink()
        wrong = 'class plum has 1' if change == 'one' else wrong.parent
    with pytest.raises(DataError, match=str(wrong)) as refused:
        load_files(tmp_path)
    assert '\n' not in str(refused.value)


def test_a_folder_beside_train_and_test_is_not_left_out_without_a_word(tmp_path):
    for name in ('train', 'val'):
        write_pictures(tmp_path / name, patterns(30, 3, 6, 5), NAMES)
    with pytest.raises(DataError, match='val is neither train nor test'):
        load_files(tmp_path)


def test_images_without_pixels_are_refused_by_the_name_of_their_file(tmp_path):
    images, labels = np.zeros((12, 0, 5), np.uint8), np.arange(12) % 3
    np.savez(tmp_path / 'a.npz', x_train=images, y_train=labels, x_test=images, y_test=labels)
    with pytest.raises(DataError, match=r'a\.npz: images of 0 x 5 pixels'):
        load_files(tmp_path / 'a.npz')


def test_pictures_of_one_class_are_refused_by_the_name_of_their_folder(tmp_path):
    write_pictures(tmp_path / 'pets', patterns(10, 1, 6, 5), ('cat',))
    with pytest.raises(DataError, match='pets: all images are of one class'):
        load_files(tmp_path / 'pets')


def test_a_class_that_is_missing_among_numbers_is_refused(tmp_path):
    images, labels, test_images, test_labels = small_set(3, 4, 4)
    write_files(tmp_path, [images, labels * np.uint8(2), test_images, test_labels])
    with pytest.raises(DataError, match='class 1 has 0'):
        load_files(tmp_path)


def test_every_class_validates_with_its_share():
    labels = np.array([0] * 11 + [1] * 3 + [0] * 10)
    assert np.flatnonzero(every(labels, 10)).tolist() == [0, 10, 11, 23]


@pytest.mark.parametrize('shared', [0, 5])
def test_test_images_that_are_training_images_are_counted(tmp_path, shared):
    images, labels, test_images, test_labels = small_set(3, 4, 4)
    write_files(tmp_path, [images, labels, np.concatenate([images[:shared], test_images[shared:]]), test_labels])
    assert load_dataset(None, tmp_path).shared_image_count == shared


def test_fashion_mnist_is_recognized_by_its_files(tmp_path, monkeypatch):
    write_files(tmp_path, small_set(10, 28, 28), named('{}.gz'))
    digests = [hashlib.md5((tmp_path / f'{name}.gz').read_bytes()).hexdigest() for name in FILES]
    monkeypatch.setitem(mnist.GZIP_CHECKSUMS, 'fashion-mnist', tuple(f'md5:{digest}' for digest in digests))
    data = load_dataset('fashion-mnist', tmp_path)
    assert (data.name, data.flag, data.class_names[9]) == ('fashion-mnist', 'fashion-mnist', 'Ankle boot')


def test_a_folder_of_other_data_is_not_taken_for_fashion_mnist(tmp_path):
    write_files(tmp_path, small_set(10, 28, 28))
    with pytest.raises(DataError, match='not Fashion-MNIST'):
        load_dataset('fashion-mnist', tmp_path)
