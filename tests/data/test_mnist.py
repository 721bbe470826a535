import functools
import gzip
import http.server
import threading

import numpy as np
import pytest

from graph_mlp.data import mnist as module
from graph_mlp.errors import DataError


def write_set(folder, train=5003, test=2, suffix='', pixels=28):
    """Four small files of MNIST's form; image number i is i % 256 everywhere, its label i % 10."""
    pack = gzip.compress if suffix else bytes
    for name, count in (('train', train), ('t10k', test)):
        images = (np.arange(count) % 256).astype(np.uint8).repeat(pixels * pixels).tobytes()
        labels = (np.arange(count) % 10).astype(np.uint8).tobytes()
        header = b''.join(each.to_bytes(4, 'big') for each in (2051, count, pixels, pixels))
        (folder / f'{name}-images-idx3-ubyte{suffix}').write_bytes(pack(header + images))
        (folder / f'{name}-labels-idx1-ubyte{suffix}').write_bytes(pack(header[:3] + b'\1' + header[4:8] + labels))


@pytest.mark.parametrize('suffix', ['', '.gz'])
def test_the_first_5000_validate_and_the_rest_train(tmp_path, suffix):
    write_set(tmp_path, suffix=suffix)
    data = module.load_mnist(tmp_path)
    assert [len(split.labels) for split in (data.train, data.validation, data.test)] == [3, 5000, 2]
    assert data.train.images[0, 0] == 5000 % 256
    assert data.train.labels.tolist() == [0, 1, 2]


def test_other_data_of_the_same_shape_is_named_by_its_checksum(tmp_path):
    write_set(tmp_path)
    data = module.load_mnist(tmp_path)
    assert data.name == f'idx-{data.sha256[:8]}'
    assert 'not MNIST' in data.title


def test_mnist_is_known_by_its_content(mnist):
    assert mnist.name == 'mnist'
    assert [len(split.labels) for split in (mnist.train, mnist.validation, mnist.test)] == [55000, 5000, 10000]
    assert mnist.test.labels[:5].tolist() == [7, 2, 1, 0, 4]


def test_images_and_labels_of_different_counts_are_refused(tmp_path):
    write_set(tmp_path)
    content = (tmp_path / 't10k-labels-idx1-ubyte').read_bytes()
    (tmp_path / 't10k-labels-idx1-ubyte').write_bytes(content[:7] + b'\1' + content[8:9])
    with pytest.raises(DataError, match='2 images but 1 labels'):
        module.load_mnist(tmp_path)


def test_images_of_another_size_are_refused(tmp_path):
    write_set(tmp_path, train=5, pixels=27)
    with pytest.raises(DataError, match='27x27'):
        module.load_mnist(tmp_path)


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


def test_a_lost_file_of_another_set_is_not_filled_up_with_mnist(tmp_path):
    write_set(tmp_path)
    (tmp_path / 't10k-labels-idx1-ubyte').unlink()
    with pytest.raises(DataError, match='is not MNIST'):
        module.download(tmp_path)


def test_a_mirror_with_the_wrong_file_leaves_nothing_behind(tmp_path, mirror, monkeypatch):
    folder, address = mirror
    write_set(folder, suffix='.gz')
    monkeypatch.setattr(module, 'MIRRORS', (address,))
    with pytest.raises(DataError, match='SHA256'):
        module.download(tmp_path / 'cache')
    assert list((tmp_path / 'cache').iterdir()) == []


def test_the_second_mirror_serves_where_the_first_fails(tmp_path, mirror, mnist_folder, monkeypatch):
    folder, address = mirror
    for name in module.CONTENT_SHA256:
        if not (mnist_folder / f'{name}.gz').exists():
            pytest.skip('needs the gzip files as they are served')
        (folder / f'{name}.gz').symlink_to((mnist_folder / f'{name}.gz').resolve())
    monkeypatch.setattr(module, 'MIRRORS', ('http://127.0.0.1:9/', address))
    module.download(tmp_path / 'cache')
    assert module.load_mnist(tmp_path / 'cache').name == 'mnist'
