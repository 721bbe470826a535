import functools
import gzip
import hashlib
import http.server
import threading
import time

import numpy as np
import pytest
import sklearn.datasets

from graph_mlp.data import idx
from graph_mlp.data import mnist as module
from graph_mlp.data.idx import read_idx
from graph_mlp.data.mnist import load_dataset, load_mnist
from graph_mlp.errors import DataError
from tests.data.idx_files import write_set

# Two labels, 7 and 2: magic of unsigned bytes in one dimension, the length, the bytes.
LABELS = bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 2])
HUGE = bytes([0, 0, 8, 1, 255, 255, 255, 255])


def compressed(content):
    """gzip without the time, which would name the tests after the second in which they were collected."""
    return gzip.compress(content, mtime=0)


def flipped_crc(content):
    packed = bytearray(compressed(content))
    packed[-8] ^= 1
    return bytes(packed)


@pytest.mark.parametrize('pack', [bytes, compressed], ids=['plain', 'gzip'])
def test_an_idx_file_gives_its_array_and_the_checksum_of_its_content(tmp_path, pack):
    path = tmp_path / 'labels'
    path.write_bytes(pack(LABELS))
    file = read_idx(path, dimensions=1)
    assert file.array.tolist() == [7, 2]
    assert file.array.dtype == np.uint8
    assert file.sha256 == hashlib.sha256(LABELS).hexdigest()


@pytest.mark.parametrize(
    ('content', 'word'),
    [
        (b'', 'begins with nothing'),
        (b'<!DOCTYPE html><title>404</title>', 'begins with 3c21444f'),
        (bytes([0, 0, 8, 3]) + LABELS[4:], 'not an IDX file of labels'),
        (LABELS[:6], 'within its header'),
        (LABELS[:-1], 'holds 1 bytes'),
        (LABELS + b'\0', 'holds more'),
        (HUGE, 'more than 1 GiB'),
        (compressed(HUGE), 'more than 1 GiB'),
        (compressed(LABELS)[:-4], 'damaged gzip'),
        (compressed(LABELS)[:12], 'damaged gzip'),
        (flipped_crc(LABELS), 'damaged gzip'),
        (compressed(b'<html>'), 'begins with 3c68746d'),
    ],
)
def test_a_damaged_idx_file_is_refused(tmp_path, content, word):
    path = tmp_path / 'labels'
    path.write_bytes(content)
    with pytest.raises(DataError, match=word) as refused:
        read_idx(path, dimensions=1)
    assert str(path) in str(refused.value)


def test_a_data_set_above_the_limit_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(idx, 'MAX_CONTENT', 1)
    (tmp_path / 'labels').write_bytes(LABELS)
    with pytest.raises(DataError, match='use fewer images'):
        read_idx(tmp_path / 'labels', dimensions=1)


@pytest.mark.parametrize('suffix', ['', '.gz'])
def test_the_first_5000_validate_and_the_rest_train(tmp_path, suffix):
    write_set(tmp_path, suffix=suffix)
    data = load_mnist(tmp_path)
    assert [len(split.labels) for split in (data.train, data.validation, data.test)] == [3, 5000, 2]
    assert data.train.images[0, 0] == 5000 % 256
    assert data.train.labels.tolist() == [0, 1, 2]


def test_other_data_of_the_same_shape_is_named_by_its_checksum(tmp_path):
    write_set(tmp_path)
    data = load_mnist(tmp_path)
    assert data.name == f'idx-{data.sha256[:8]}'
    assert 'not MNIST' in data.title


def test_mnist_is_recognized_by_its_content(mnist):
    assert mnist.name == 'mnist'
    assert [len(split.labels) for split in (mnist.train, mnist.validation, mnist.test)] == [55000, 5000, 10000]
    assert mnist.test.labels[:5].tolist() == [7, 2, 1, 0, 4]


def test_files_that_do_not_belong_together_are_refused(tmp_path):
    write_set(tmp_path)
    content = (tmp_path / 't10k-labels-idx1-ubyte').read_bytes()
    (tmp_path / 't10k-labels-idx1-ubyte').write_bytes(content[:7] + b'\1' + content[8:9])
    with pytest.raises(DataError, match='2 images but 1 labels'):
        load_mnist(tmp_path)


def test_the_digits_keep_their_bundled_order(digits):
    assert [len(split.labels) for split in (digits.train, digits.validation, digits.test)] == [1197, 200, 400]
    together = np.concatenate([digits.validation.labels, digits.train.labels, digits.test.labels])
    np.testing.assert_array_equal(together, sklearn.datasets.load_digits().target)
    assert digits.name == 'digits'
    assert 'not MNIST' in digits.title


def test_each_pixel_of_a_digit_is_a_block_of_three_within_a_border_of_two(digits):
    image = digits.validation.images[0].reshape(28, 28)
    grey = sklearn.datasets.load_digits().images[0]
    np.testing.assert_array_equal(image[2:26:3, 2:26:3], np.round(grey * 255 / 16))
    np.testing.assert_array_equal(image[2:26:3, 2:26:3], image[4:26:3, 4:26:3])
    assert image[:2].sum() == image[26:].sum() == image[:, :2].sum() == image[:, 26:].sum() == 0


@pytest.fixture
def mirror(tmp_path):
    """A web server on localhost; yields its folder and its address."""
    folder = tmp_path / 'mirror'
    folder.mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    handler.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f'http://127.0.0.1:{server.server_port}/'
        server.shutdown()


def serve(monkeypatch, *mirrors, dataset='mnist'):
    monkeypatch.setitem(module.MIRRORS, dataset, mirrors)


def test_a_lost_file_of_another_set_is_not_replaced_by_mnists(tmp_path):
    write_set(tmp_path)
    (tmp_path / 't10k-labels-idx1-ubyte').unlink()
    with pytest.raises(DataError, match='is not MNIST'):
        module.download(tmp_path)


def test_a_mirror_with_the_wrong_file_leaves_nothing_behind(tmp_path, mirror, monkeypatch):
    folder, address = mirror
    write_set(folder, suffix='.gz')
    serve(monkeypatch, address)
    with pytest.raises(DataError, match='SHA256'):
        module.download(tmp_path / 'cache')
    assert list((tmp_path / 'cache').iterdir()) == []


def test_the_second_mirror_serves_where_the_first_fails(tmp_path, mirror, mnist_folder, monkeypatch):
    folder, address = mirror
    for name in idx.FILES:
        if not (mnist_folder / f'{name}.gz').exists():
            pytest.skip('needs the gzip files as they are served')
        (folder / f'{name}.gz').symlink_to((mnist_folder / f'{name}.gz').resolve())
    serve(monkeypatch, 'http://127.0.0.1:9/', address)
    module.download(tmp_path / 'cache')
    assert load_mnist(tmp_path / 'cache').name == 'mnist'


def test_fashion_mnist_is_downloaded_once_into_its_own_folder(offline, tmp_path, mirror, monkeypatch):
    folder, address = mirror
    write_set(folder, suffix='.gz')
    checksums = [hashlib.sha256((folder / f'{name}.gz').read_bytes()).hexdigest() for name in idx.FILES]
    monkeypatch.setitem(module.GZIP_CHECKSUMS, 'fashion-mnist', tuple(f'sha256:{checksum}' for checksum in checksums))
    serve(monkeypatch, address, dataset='fashion-mnist')
    assert load_dataset('fashion-mnist').name == 'fashion-mnist'
    serve(monkeypatch, 'http://127.0.0.1:9/', dataset='fashion-mnist')
    assert load_dataset('fashion-mnist').name == 'fashion-mnist'
    assert module.cache_folder('fashion-mnist') != module.cache_folder()


def test_a_mirror_that_does_not_answer_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(module, 'PATIENCE', 0.01)
    monkeypatch.setattr(module, '_fetch_missing', lambda *_: time.sleep(1))
    with pytest.raises(DataError, match='no answer'):
        module.download(tmp_path)


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """No folder is named, the user's cache is empty, and no mirror answers."""
    monkeypatch.delenv('GRAPH_MLP_DATA', raising=False)
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    for dataset in module.MIRRORS:
        serve(monkeypatch, 'http://127.0.0.1:9/', dataset=dataset)


def test_without_mnist_the_digits_are_loaded_and_two_lines_say_so(offline, capsys):
    assert load_dataset().name == 'digits'
    tried, advice = capsys.readouterr().err.splitlines()
    assert 'http://127.0.0.1:9/' in tried
    assert '--data-dir' in advice


@pytest.mark.parametrize('dataset', ['mnist', 'fashion-mnist'])
def test_a_set_asked_for_and_missing_is_an_error(offline, dataset):
    with pytest.raises(DataError, match='cannot be downloaded'):
        load_dataset(dataset)


@pytest.mark.parametrize('dataset', [None, 'mnist'])
def test_a_named_folder_that_does_not_exist_is_an_error(tmp_path, monkeypatch, dataset):
    with pytest.raises(DataError, match=r'--data-dir names .*absent, which is not a folder'):
        load_dataset(dataset, str(tmp_path / 'absent'))
    monkeypatch.setenv('GRAPH_MLP_DATA', str(tmp_path / 'absent'))
    with pytest.raises(DataError, match=r'GRAPH_MLP_DATA names .*absent, which is not a folder'):
        load_dataset(dataset)
    assert not (tmp_path / 'absent').exists()


def test_a_named_folder_is_not_filled_up_by_a_download(tmp_path):
    write_set(tmp_path)
    (tmp_path / 't10k-labels-idx1-ubyte').unlink()
    with pytest.raises(DataError, match='lacks t10k-labels-idx1-ubyte'):
        load_dataset(None, str(tmp_path))


@pytest.mark.parametrize(('dataset', 'name'), [(None, 'idx-'), ('mnist', 'idx-'), ('digits', 'digits')])
def test_a_named_folder_comes_before_the_environment_variable(tmp_path, monkeypatch, dataset, name):
    write_set(tmp_path)
    monkeypatch.setenv('GRAPH_MLP_DATA', str(tmp_path / 'absent'))
    assert load_dataset(dataset, str(tmp_path)).name.startswith(name)
