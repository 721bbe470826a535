import numpy as np
import pytest
import sklearn.metrics

from graph_mlp.data.dataset import Predictions, epoch_order, make_split, network_inputs, next_batch
from graph_mlp.errors import DataError, UsageError


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
def test_images_of_another_shape_and_labels_out_of_range_are_refused(images, labels, word):
    with pytest.raises(DataError, match=word):
        make_split(images, np.array(labels, np.uint8), 'here')


def test_a_projection_maps_the_images_of_every_split(digits):
    halves = digits.map_images(lambda images: images[:, :392])
    assert {split.images.shape[1] for split in (halves.train, halves.validation, halves.test)} == {392}
    np.testing.assert_array_equal(halves.test.labels, digits.test.labels)


def test_pixels_are_scaled_to_the_unit_interval_in_float32_and_principal_components_are_not():
    inputs = network_inputs(np.array([0, 1, 51, 255], np.uint8))
    assert inputs.dtype == np.float32
    # 0.2 is not what 51 / 255 gives: the product with the rounded reciprocal is one bit above, as in TensorFlow 1.x.
    assert inputs.tolist() == [0.0, np.float32(1 / 255), np.nextafter(np.float32(0.2), np.float32(1)), 1.0]
    components = np.array([[-3.0, 200.0]], np.float32)
    assert network_inputs(components) is components


def test_the_order_is_that_of_the_recorded_runs():
    [rows] = epoch_order(55000, 70, seed=42, epoch=1)
    assert rows.shape == (785, 70)
    assert rows.dtype == np.int32
    np.testing.assert_array_equal(rows.ravel(), np.random.RandomState([42, 1]).permutation(55000)[:54950])


def test_the_order_leaves_numpys_global_state_alone():
    np.random.seed(1)
    expected = np.random.RandomState(1).rand()
    epoch_order(10, 3, seed=42, epoch=0)
    assert np.random.rand() == expected


def test_the_incomplete_last_batch_comes_only_when_asked_for():
    assert [part.shape for part in epoch_order(10, 4, seed=0, epoch=0)] == [(2, 4)]
    parts = epoch_order(10, 4, seed=0, epoch=0, keep_last=True)
    assert [part.shape for part in parts] == [(2, 4), (1, 2)]
    assert sorted(np.concatenate([part.ravel() for part in parts])) == list(range(10))


def test_a_batch_larger_than_the_data_is_refused_unless_it_is_kept():
    with pytest.raises(UsageError, match='larger than the 3 training images'):
        epoch_order(3, 4, seed=0, epoch=0)
    assert [part.shape for part in epoch_order(3, 4, seed=0, epoch=0, keep_last=True)] == [(1, 3)]


def test_next_batch_yields_scaled_images_and_labels_in_the_given_order():
    X, y = np.array([[0], [51], [255], [0]], np.uint8), np.array([0, 10, 20, 30])
    batches = list(next_batch(X, y, [np.array([[3, 0], [2, 1]]), np.array([[1]])]))
    scaled = network_inputs(X)
    assert [X_batch.tolist() for X_batch, _ in batches] == [scaled[rows].tolist() for rows in ([3, 0], [2, 1], [1])]
    assert [y_batch.tolist() for _, y_batch in batches] == [[30, 0], [20, 10], [10]]


def test_the_most_confident_mistake_comes_first():
    probabilities = np.array([[0.9, 0.1, 0], [0.6, 0.4, 0], [0.2, 0.8, 0], [0.7, 0.1, 0.2]], np.float32)
    predictions = Predictions.of(probabilities, labels=np.array([0, 1, 1, 2]))
    assert predictions.predicted.tolist() == [0, 0, 1, 0]
    assert predictions.worst_first().tolist() == [3, 1]


def test_the_counts_are_scikit_learns_confusion_matrix():
    random = np.random.RandomState(0)
    labels, predicted = random.randint(10, size=(2, 500))
    counts = Predictions(labels, predicted, np.ones(500, np.float32)).counts()
    np.testing.assert_array_equal(counts, sklearn.metrics.confusion_matrix(labels, predicted))
