import numpy as np
import pytest

from graph_mlp.data.dataset import make_split
from graph_mlp.errors import DataError


def test_images_become_rows_and_labels_int32():
    split = make_split(np.full((2, 28, 28), 9, np.uint8), np.array([3, 1], np.uint8), 'here')
    assert split.images.shape == (2, 784)
    assert split.labels.dtype == np.int32


@pytest.mark.parametrize(
    ('images', 'labels', 'word'),
    [
        (np.zeros((2, 28, 27), np.uint8), [0, 1], '28x27'),
        (np.zeros((2, 28, 28), np.uint8), [0], '2 images but 1 labels'),
        (np.zeros((1, 28, 28), np.uint8), [10], 'a label is 10'),
        (np.zeros((0, 28, 28), np.uint8), [], 'no images'),
    ],
)
def test_what_is_no_data_set_is_refused(images, labels, word):
    with pytest.raises(DataError, match=word):
        make_split(images, np.array(labels, np.uint8), 'here')
