import numpy as np
import pytest

from graph_mlp.data import mnist as mnist_data
from graph_mlp.errors import DataError
from tests.tf1 import programs


@pytest.fixture
def input_data(tf):
    return tf.examples.tutorials.mnist.input_data


def test_batches_are_those_of_tensorflow_1(as_recorded, input_data, mnist_folder):
    as_recorded(programs.next_batch(input_data, str(mnist_folder)), 'next_batch')


def test_the_first_images_validate_and_the_rest_train(input_data, small_mnist):
    data = input_data.read_data_sets(str(small_mnist), validation_size=5100)
    assert [each.num_examples for each in data] == [4, 5100, 3]
    assert data.train.labels.tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(data.train.images[:, 0], np.float32([236, 237, 238, 239]) * np.float32(1 / 255))
    assert (data.train.images.dtype, data.train.labels.dtype) == (np.float32, np.uint8)


def test_labels_can_be_rows_with_a_one(input_data, small_mnist):
    labels = input_data.read_data_sets(str(small_mnist), one_hot=True).test.labels
    np.testing.assert_array_equal(labels, np.eye(10)[:3])


def test_every_epoch_holds_every_image_in_an_order_of_its_own(input_data, small_mnist):
    train = input_data.read_data_sets(str(small_mnist), validation_size=5004, seed=1).train
    batches = [train.next_batch(40)[0][:, 0] for _ in range(5)]
    epochs = np.concatenate(batches).reshape(2, 100)
    assert train.epochs_completed == 1
    assert not np.array_equal(*epochs)
    assert [sorted(epoch) for epoch in epochs.tolist()] == [sorted(train.images[:, 0].tolist())] * 2


def test_without_shuffling_the_order_is_the_files(input_data, small_mnist):
    train = input_data.read_data_sets(str(small_mnist), validation_size=5100).train
    labels = [train.next_batch(3, shuffle=False)[1].tolist() for _ in range(3)]
    assert labels == [[0, 1, 2], [3, 0, 1], [2, 3, 0]]


def test_the_graphs_seed_orders_the_batches_where_none_is_given(tf, input_data, small_mnist):
    tf.set_random_seed(5)
    by_graph, by_argument = (
        input_data.read_data_sets(str(small_mnist), seed=seed).validation.next_batch(20)[1] for seed in (None, 5)
    )
    np.testing.assert_array_equal(by_graph, by_argument)


def test_what_cannot_be_had_is_named(input_data, tmp_path, monkeypatch):
    monkeypatch.setitem(mnist_data.MIRRORS, 'mnist', ('http://localhost:9/',))
    monkeypatch.delenv('GRAPH_MLP_DATA', raising=False)
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    with pytest.raises(DataError, match=r'not whole in .*localhost:9.*put train-images-idx3-ubyte.gz, .* there'):
        input_data.read_data_sets(str(tmp_path))


@pytest.mark.parametrize(
    ('arguments', 'error', 'message'),
    [
        ({'fake': True}, TypeError, "read_data_sets: .*'fake'; .* train_dir, fake_data, one_hot, dtype, reshape"),
        ({'dtype': 'float64'}, TypeError, 'dtype .*float64.*, expected uint8 or float32'),
        ({'validation_size': 5104}, ValueError, 'validation_size 5104: choose from 0 to 5103'),
    ],
)
def test_another_argument_is_an_error_that_names_what_there_is(input_data, small_mnist, arguments, error, message):
    with pytest.raises(error, match=message):
        input_data.read_data_sets(str(small_mnist), **arguments)


@pytest.mark.parametrize('batch_size', [0, 105])
def test_a_batch_is_no_larger_than_the_data(input_data, small_mnist, batch_size):
    with pytest.raises(ValueError, match='from 1 to 104, the number of images'):
        input_data.read_data_sets(str(small_mnist)).train.next_batch(batch_size)


def test_another_function_is_an_error_that_names_what_there_is(input_data):
    with pytest.raises(AttributeError, match=r'no input_data.maybe_download: input_data has read_data_sets'):
        input_data.maybe_download  # noqa: B018


def test_the_data_are_found_where_the_environment_says(input_data, small_mnist, tmp_path, monkeypatch):
    monkeypatch.setenv('GRAPH_MLP_DATA', str(small_mnist))
    assert input_data.read_data_sets(str(tmp_path / 'MNIST_data')).test.num_examples == 3
    assert not (tmp_path / 'MNIST_data').exists()


def test_numpys_seed_orders_the_batches_as_in_tensorflow_1(input_data, small_mnist):
    train = input_data.read_data_sets(str(small_mnist)).train
    images = train.images
    np.random.seed(0)
    batch, _ = train.next_batch(20)
    order = np.arange(104)
    np.random.RandomState(0).shuffle(order)
    np.testing.assert_array_equal(batch, images[order[:20]])


def test_images_can_stay_pixels_in_their_form_or_be_made_up(tf, input_data, small_mnist):
    data = input_data.read_data_sets(str(small_mnist), dtype=tf.uint8, reshape=False)
    assert (data.test.images.shape, data.test.images.dtype) == ((3, 28, 28, 1), np.uint8)
    images, labels = input_data.read_data_sets('', fake_data=True, one_hot=True).train.next_batch(2, fake_data=True)
    assert (images, labels) == ([[1] * 784] * 2, [[1] + [0] * 9] * 2)
