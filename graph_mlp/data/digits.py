"""scikit-learn's bundled handwritten digits drawn into 28 x 28: what a machine without MNIST trains on."""

import hashlib

import numpy as np

from graph_mlp.data.dataset import Dataset, make_split

VALIDATION, TEST = 200, 400  # images, of 1,797; the other 1,197 train


def load_digits() -> Dataset:
    """The 1,797 images of `sklearn.datasets.load_digits`, each 8 x 8 pixel a 3 x 3 block within a border of 2.

    Grey levels 0 to 16 become 0 to 255. The split follows the bundled order: the first 200 images validate,
    the next 1,197 train, the last 400 test (other writers than the first, so the test is an honest one).
    """
    import sklearn.datasets

    bundled = sklearn.datasets.load_digits()
    levels = np.round(bundled.images * (255 / 16)).astype(np.uint8)
    images = np.pad(np.kron(levels, np.ones((1, 3, 3), np.uint8)), ((0, 0), (2, 2), (2, 2)))
    labels = bundled.target
    parts = {
        'validation': slice(None, VALIDATION),
        'train': slice(VALIDATION, -TEST),
        'test': slice(-TEST, None),
    }
    return Dataset(
        name='digits',
        title="scikit-learn's bundled digits (not MNIST)",
        sha256=hashlib.sha256(images.tobytes() + labels.astype(np.uint8).tobytes()).hexdigest(),
        **{name: make_split(images[part], labels[part], f'digits, {name}') for name, part in parts.items()},
    )
