import numpy as np
import pytest

from graph_mlp.data.nonzero_pixels import NonzeroPixels, number_of_pixels

# Four images of five pixels; the first two share pixel 1, the last one is black.
IMAGES = np.array([[0, 9, 0, 0, 1], [0, 255, 0, 0, 0], [3, 0, 0, 0, 0], [0, 0, 0, 0, 0]], np.uint8)
BATCHES = np.array([[0, 1], [3, 2], [3, 3]])


def test_a_pixel_of_a_batch_is_nonzero_where_one_of_its_images_has_it():
    nonzero = NonzeroPixels(IMAGES).of_batches(BATCHES).astype(int)
    assert nonzero.tolist() == [[0, 1, 0, 0, 1], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]]


def test_nonzero_pixels_are_chosen_and_the_first_others_fill_what_is_left():
    pixels, positions = NonzeroPixels(IMAGES).choice(BATCHES, 3)
    assert pixels.tolist() == [[0, 1, 4], [0, 1, 2], [0, 1, 2]]
    assert positions.tolist() == [[0, 1, -1, -1, 2], [0, 1, 2, -1, -1], [0, 1, 2, -1, -1]]
    assert (pixels.dtype, positions.dtype) == (np.int32, np.int32)


def test_there_is_no_choice_where_a_batch_needs_more_pixels():
    assert NonzeroPixels(IMAGES).choice(BATCHES, 1) is None
    assert NonzeroPixels(IMAGES).choice(BATCHES[1:], 1).pixels.tolist() == [[0], [0]]


@pytest.mark.parametrize('batch_size', [1, 7, 70])
def test_positions_lead_back_to_the_pixels(digits, batch_size):
    images = digits.train.images
    rows = np.random.RandomState(0).permutation(len(images))[: 5 * batch_size].reshape(5, batch_size)
    number = number_of_pixels(images, batch_size)
    for row, pixels, positions in zip(rows, *NonzeroPixels(images).choice(rows, number), strict=True):
        assert set(np.flatnonzero(images[row].any(axis=0))) <= set(pixels)
        assert positions[pixels].tolist() == list(range(number))
        assert np.count_nonzero(positions == -1) == 784 - number


def test_the_number_of_pixels_is_what_batches_need_and_a_little_more():
    # Every image has the same 100 pixels; 100 * 1.035 = 103.5, and the next multiple of 16 is 112.
    images = np.zeros((50, 784), np.uint8)
    images[:, 300:400] = 1
    assert number_of_pixels(images, batch_size=10) == 112


@pytest.mark.parametrize(
    ('images', 'batch_size'),
    [(np.ones((50, 784), np.uint8), 10), (np.zeros((50, 784), np.uint8), 10), (np.eye(784, dtype=np.uint8)[:9], 10)],
    ids=['almost all are needed', 'none is', 'no whole batch'],
)
def test_where_a_choice_is_worth_nothing_there_is_none(images, batch_size):
    assert number_of_pixels(images, batch_size) is None
