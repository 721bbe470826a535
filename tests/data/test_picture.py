import numpy as np
import pytest
from scipy import ndimage

from graph_mlp.data import picture
from graph_mlp.data.picture import Shape, belong_together, prepare_image, prepare_row, shapes, strokes
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
    assert ndimage.center_of_mass(image) == (13.5, 14.0)  # MNIST's lie in [13.5, 14.5)


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
    assert picture.reduced(np.zeros((1025, 1027))).shape == (341, 342)  # squares of 3 x 3; the rest is dropped


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


@pytest.mark.parametrize(
    ('grey', 'word'),
    [
        (np.full((50, 50), 200.0), 'it has no ink'),
        (page(BAR, paper=200, dark=185), r'nearly no contrast .* differs by 15 of 255'),
        (np.zeros((7, 100)), '100 x 7 pixels are too small'),
        (np.zeros((1, 1)), 'too small'),
        (np.zeros((9, 100_000)), 'too narrow'),
        (page(BAR)[:48, :28], 'clear paper around'),
    ],
    ids=['empty', 'pale', 'low', 'one pixel', 'narrow', 'no margin'],
)
def test_a_picture_without_a_digit_is_refused_with_the_reason(grey, word):
    with pytest.raises(DataError, match=word):
        prepare_image(grey)


def test_two_digits_are_refused_and_read_as_a_row():
    two = np.hstack([BAR, np.zeros((40, 15), bool), CORNER])
    with pytest.raises(DataError, match=r'2 separate shapes: .*--row'):
        prepare_image(page(two))
    left, right = prepare_row(page(two))
    np.testing.assert_array_equal(left, prepare_image(page(BAR)))
    np.testing.assert_array_equal(right, prepare_image(page(CORNER)))


def rectangle(top, bottom, left, right):
    return Shape(np.ones((bottom - top, right - left)), top, bottom, left, right)


BODY = rectangle(10, 50, 10, 30)


@pytest.mark.parametrize(
    ('other', 'expected'),
    [
        (rectangle(2, 6, 12, 40), True),  # the bar of a 5 above its body
        (rectangle(10, 15, 35, 55), True),  # the bar beside it
        (rectangle(10, 15, 41, 60), False),  # farther than a quarter of 40
        (rectangle(70, 100, 10, 30), True),  # half of 40 below
        (rectangle(71, 100, 10, 30), False),
        (rectangle(10, 50, 33, 50), False),  # another digit, however near
        (rectangle(26, 50, 33, 50), True),  # six tenths as tall
        (rectangle(25, 50, 33, 50), False),
        (rectangle(52, 90, 20, 50), True),  # half of the narrower's width below it
        (rectangle(52, 90, 21, 50), False),
    ],
)
def test_strokes_of_one_digit_belong_together(other, expected):
    assert belong_together(BODY, other) == belong_together(other, BODY) == expected


def test_strokes_touch_diagonally_and_specks_are_left_out():
    ink = np.zeros((30, 30))
    ink[2:12, 2:12] = 1.0
    ink[12:14, 12:14] = 0.5  # touches at a corner
    ink[20, 20] = 1.0  # less than a hundredth
    ink[25, 25:28] = 0.5
    assert [part[1:] for part in strokes(ink)] == [(2, 14, 2, 14), (25, 26, 25, 28)]


def test_what_has_been_joined_is_compared_again():
    ink = np.zeros((60, 80))
    ink[10:50, 10:14] = 1.0  # a stem
    ink[10:14, 18:40] = 1.0  # a bar near it
    ink[16:22, 44:48] = 1.0  # a dot near the bar alone
    [joined] = shapes(ink)
    assert joined[1:] == (10, 50, 10, 48)
    np.testing.assert_array_equal(joined.ink, ink[10:50, 10:48])


def test_digits_come_from_left_to_right():
    ink = np.zeros((40, 100))
    ink[10:30, 60:65], ink[5:35, 80:85], ink[8:30, 10:15] = 1.0, 1.0, 1.0
    assert [shape.left for shape in shapes(ink)] == [10, 60, 80]


def test_too_many_strokes_are_no_digits():
    ink = np.zeros((60, 60))
    ink[::3, ::3] = 1.0
    with pytest.raises(DataError, match='400 separate shapes'):
        shapes(ink)


def test_of_ten_thousand_digits_two_are_taken_for_several(mnist):
    levels = mnist.test.images.reshape(-1, 28, 28) / 255
    counts = [len(shapes(np.where(image < 0.25, 0.0, image))) for image in levels]
    assert sum(count > 1 for count in counts) == 2
