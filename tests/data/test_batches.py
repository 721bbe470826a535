import numpy as np
import pytest

from graph_mlp.data.batches import epoch_order, next_batch
from graph_mlp.errors import UsageError


def test_the_order_is_that_of_the_records():
    [rows] = epoch_order(55000, 70, seed=42, epoch=1)
    assert rows.shape == (785, 70)
    assert rows.dtype == np.int32
    np.testing.assert_array_equal(rows.ravel(), np.random.RandomState([42, 1]).permutation(55000)[:54950])


def test_no_global_state_is_touched():
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


def test_next_batch_yields_the_rows_in_order():
    X, y = np.array([[0.0], [1.0], [2.0], [3.0]], np.float32), np.array([0, 10, 20, 30])
    batches = list(next_batch(X, y, [np.array([[3, 0], [2, 1]]), np.array([[1]])]))
    assert [X_batch.ravel().tolist() for X_batch, _ in batches] == [[3, 0], [2, 1], [1]]
    assert [y_batch.tolist() for _, y_batch in batches] == [[30, 0], [20, 10], [10]]


def test_pixels_come_as_the_placeholder_takes_them():
    [(X_batch, _)] = next_batch(np.array([[0], [255]], np.uint8), np.array([1, 2]), [np.array([[1, 0]])])
    assert X_batch.dtype == np.float32
    assert X_batch.tolist() == [[1.0], [0.0]]
