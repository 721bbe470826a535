import numpy as np
import pytest

from graph_mlp.data import picture
from graph_mlp.data.picture import prepare_image, prepare_row
from graph_mlp.errors import DataError


def page(ink, margin=20, paper=255.0, dark=0.0):
    """A page with `ink`, bool [height, width], on it."""
    return np.where(np.pad(ink, margin), dark, paper)


BAR = np.ones((40, 10), bool)
CORNER = np.tri(40, 40, -20, dtype=bool)[:, :30] | np.eye(40, 30, dtype=bool)


def test_a_bar_becomes_20_by_5_pixels_centred_at_14():
    image = prepare_image(page(BAR))
    assert image.dtype == np.uint8
    rows, columns = np.nonzero(image)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 23, 12, 16)
    assert set(image[rows, columns]) == {255}
    assert picture.centre_of_mass(image) == (13.5, 14.0)  # MNIST's lie in [13.5, 14.5)


def test_every_image_of_mnist_has_this_form_and_is_returned_as_it_is(mnist):
    images = mnist.test.images.reshape(-1, 28, 28)
    assert all(picture.looks_prepared(image) for image in images)
    np.testing.assert_array_equal(prepare_image(images[0]), images[0])


def test_images_of_mnist_are_where_the_preparation_puts_them(mnist):
    images = mnist.test.images[:200].reshape(-1, 28, 28)
    prepared = np.stack([prepare_image(np.pad(image, ((3, 9), (5, 7)))) for image in images])  # no longer 28 x 28
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    differences = [np.abs(np.roll(prepared, shift, (1, 2)).astype(int) - images).mean() for shift in shifts]
    assert shifts[np.argmin(differences)] == (0, 0)
    assert min(differences) < 6


@pytest.mark.parametrize('change', [
    lambda grey: 255 - grey,  # light on dark
    lambda grey: grey * 0.4 + 60,  # less contrast
    lambda grey: np.pad(grey, ((31, 0), (0, 54)), constant_values=255),  # off centre
    lambda grey: np.kron(grey, np.ones((3, 3))),  # larger
    lambda grey: grey - np.linspace(0, 60, grey.shape[1]),  # a shadow
    lambda grey: np.where(np.arange(grey.size).reshape(grey.shape) == 3 * grey.shape[1] + 4, 0, grey),  # a speck
], ids=['light', 'pale', 'moved', 'large', 'shadow', 'speck'])  # fmt: skip
def test_how_it_was_drawn_makes_no_difference(change):
    expected = prepare_image(page(CORNER))
    difference = np.abs(prepare_image(change(page(CORNER))).astype(int) - expected)
    assert difference.max() <= 8


def test_a_large_picture_is_reduced_by_squares():
    grey = np.arange(1024 * 1024).reshape(1024, 1024) % 7
    reduced = picture.reduced(grey)
    assert reduced.shape == (512, 512)
    assert reduced[3, 5] == grey[6:8, 10:12].mean()


def test_rows_and_columns_left_over_are_dropped():
    assert picture.reduced(np.zeros((1025, 1027))).shape == (341, 342)  # squares of 3 x 3


@pytest.mark.parametrize('slope', [0, 30])
def test_the_ground_is_a_plane(slope):
    plane = 100 + slope * np.linspace(-0.5, 0.5, 200) + np.zeros((100, 1))
    shade, noise = picture.ground(plane)
    np.testing.assert_allclose(shade, plane, atol=0.2)
    assert noise < 0.2


def test_the_noise_of_the_ground_is_its_standard_deviation():
    random = np.random.RandomState(0)
    assert picture.ground(random.normal(200, 8, (200, 200)))[1] == pytest.approx(8, rel=0.05)


def test_weights_average_by_area():
    np.testing.assert_allclose(picture.area_weights(3, 2) * 3, [[2, 1, 0], [0, 1, 2]])
    np.testing.assert_allclose(picture.area_weights(2, 4), [[1, 0], [1, 0], [0, 1], [0, 1]])


def test_the_mass_stays_within_the_field():
    box = np.zeros((20, 20))
    box[:, 0], box[:, 19] = 1.0, 1e-3
    columns = np.flatnonzero(picture.centred(box).any(axis=0))
    assert columns.min() == 8


def test_no_ink_and_nearly_none_are_said():
    with pytest.raises(DataError, match='it has no ink'):
        prepare_image(np.full((50, 50), 200.0))
    with pytest.raises(DataError, match=r'nearly no contrast .* differs by 15 of 255'):
        prepare_image(page(BAR, paper=200, dark=185))


@pytest.mark.parametrize('shape', [(7, 100), (1, 1), (9, 100_000)])
def test_what_is_too_small_or_too_narrow_is_said(shape):
    with pytest.raises(DataError, match=f'{shape[1]} x {shape[0]} pixels are too small or too narrow'):
        prepare_image(np.zeros(shape))


def test_edges_without_paper_are_said():
    with pytest.raises(DataError, match='leave some clear paper around'):
        prepare_image(page(BAR)[:48, :28])


def test_two_digits_are_refused_and_read_as_a_row():
    two = np.hstack([BAR, np.zeros((40, 15), bool), CORNER])
    with pytest.raises(DataError, match=r'2 separate shapes: .*--row'):
        prepare_image(page(two))
    left, right = prepare_row(page(two))
    np.testing.assert_array_equal(left, prepare_image(page(BAR)))
    np.testing.assert_array_equal(right, prepare_image(page(CORNER)))
