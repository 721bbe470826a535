import io
import zipfile

import numpy as np
import pytest
from sklearn.decomposition import PCA

from graph_mlp.data import pca
from graph_mlp.data.dataset import network_inputs
from graph_mlp.errors import DataError, UsageError


def test_projects_as_scikit_learn_does(digits):
    images = network_inputs(digits.train.images)
    projection, seconds = pca.fit(images, 5)
    reference = PCA(n_components=5, svd_solver='full').fit(images)
    np.testing.assert_allclose(np.abs(projection.project(images)), np.abs(reference.transform(images)), atol=1e-4)
    assert projection.components.dtype == projection.project(images).dtype == np.float32
    assert seconds > 0


def test_pixels_are_scaled_block_by_block(digits, monkeypatch):
    images = digits.train.images
    monkeypatch.setattr(pca, 'BLOCK', 7)
    projection, _ = pca.fit(images, 5)
    expected, _ = pca.fit(network_inputs(images), 5)
    np.testing.assert_array_equal(projection.components, expected.components)
    centred = network_inputs(images) - projection.mean
    np.testing.assert_allclose(projection.project(images), centred @ projection.components.T, atol=1e-5)


def test_spans_what_tensorflow_1_runs_were_fed(mnist, request):
    recorded = np.load(request.config.rootpath / 'tests/recorded/PCA154_BN_elu-300-100/pca.npz')
    projection, _ = pca.fit(mnist.train.images, 154)
    signs = np.sign(np.sum(recorded['components'] * projection.components, axis=1, keepdims=True))
    np.testing.assert_allclose(projection.components * signs, recorded['components'], atol=2e-5)


def test_the_entry_of_largest_magnitude_of_every_component_is_positive(digits):
    components = pca.fit(digits.train.images, 40)[0].components
    assert (components.max(axis=1) == np.abs(components).max(axis=1)).all()


def test_more_components_than_images_are_refused():
    with pytest.raises(UsageError, match='from 3 images'):
        pca.fit(np.zeros((3, 784), np.float32), 4)


def test_a_saved_projection_is_read_back(tmp_path):
    projection = pca.Projection(np.arange(784, dtype=np.float32), np.ones((2, 784), np.float32))
    with open(tmp_path / 'pca.npz', 'wb') as file:
        projection.save(file)
    assert pca.load(tmp_path / 'pca.npz', 2).equals(projection)


def huge(path):
    """A header that claims 4 GB, and no array behind it."""
    with zipfile.ZipFile(path, 'w') as archive:
        for name, shape in (('mean', (784,)), ('components', (10**6, 784))):
            header = io.BytesIO()
            np.lib.format.write_array_header_1_0(header, {'descr': '<f4', 'fortran_order': False, 'shape': shape})
            archive.writestr(f'{name}.npy', header.getvalue() + bytes(784 * 4))


@pytest.mark.parametrize(
    'write',
    [
        lambda path: None,
        lambda path: path.write_bytes(b''),
        lambda path: path.write_bytes(b'not a zip file'),
        lambda path: np.savez(path, mean=np.zeros(784, np.float32)),
        lambda path: np.savez(path, mean=np.zeros(784, np.float32), components=np.zeros((3, 784), np.float32)),
        lambda path: np.savez(path, mean=np.zeros(784, np.float32), components=np.zeros((2, 784), np.int32)),
        lambda path: np.savez(path, mean=np.zeros(784), components=np.full((2, 784), np.nan)),
        lambda path: np.savez(path, mean=np.zeros(784), components=np.array([{}] * 2)),
        huge,
    ],
    ids=[
        'missing',
        'empty',
        'no zip',
        'half',
        'other shape',
        'integers',
        'not finite',
        'pickled',
        'huge',
    ],
)
def test_a_file_that_is_no_projection_is_refused(tmp_path, write):
    write(tmp_path / 'pca.npz')
    with pytest.raises(DataError, match=r'pca\.npz'):
        pca.load(tmp_path / 'pca.npz', 2)


def test_a_users_pca_of_pixels_to_255_is_refused(tmp_path):
    np.savez(tmp_path / 'pca.npz', mean=np.full(784, 33.3), components=np.eye(2, 784))
    with pytest.raises(DataError, match='33'):
        pca.load_given(tmp_path / 'pca.npz', 2)
