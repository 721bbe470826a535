import numpy as np
import pytest
from scipy import ndimage

from graph_mlp.data import picture
from graph_mlp.data.picture import Shape, belong_together, lines, prepare_image, read_digits, shapes, strokes
from graph_mlp.errors import DataError
from tests.data.drawings import BAG, STRAPS


def page(ink, margin=20, paper=255.0, dark=0.0):
    """A page with `ink`, bool [height, width], on it."""
    return np.where(np.pad(ink, margin), dark, paper)


BAR = np.ones((40, 10), bool)
CORNER = np.zeros((40, 30), bool)
CORNER[32:], CORNER[:, :8] = True, True


@pytest.mark.parametrize('width', [1, 4, 6, 8])
def test_a_bar_becomes_20_pixels_tall_of_one_width_centred_at_14(width):
    image = prepare_image(page(np.ones((40, width), bool)))
    assert image.dtype == np.uint8
    rows = np.flatnonzero(image.any(axis=1))
    assert np.ptp(rows) + 1 == 20
    assert image.sum() / 255 / 20 == pytest.approx(picture.STROKE, abs=0.25)
    assert ndimage.center_of_mass(image) == pytest.approx((14, 14), abs=0.55)  # MNIST's lie in [13.5, 14.5)


@pytest.mark.parametrize('pen', [8, 24, 56])
def test_the_width_of_a_stroke_is_measured_and_brought_to_mnists(pen):
    rows, columns = np.indices((240, 240)) - 119.5
    ring = np.abs(np.hypot(rows, columns) - 80) < pen / 2
    mask = picture.cropped(ring)
    assert picture.stroke_width(mask) == pytest.approx(pen * 20 / (160 + pen), abs=0.15)
    assert picture.stroke_width(picture.redrawn(mask)) == pytest.approx(picture.STROKE, abs=0.15)


def test_what_thinning_would_remove_keeps_its_ridge():
    mask = np.zeros((160, 120), bool)
    mask[:, :60], mask[70:80] = True, True  # a thin bar at a thick one
    thinned = picture.redrawn(mask)
    assert thinned.shape[1] > 80


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
    assert min(differences) < 14  # their strokes are of many widths


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
    assert difference.mean() < 2


def test_the_mass_stays_within_the_field():
    box = np.zeros((20, 20))
    box[:, 0], box[:, 19] = 1.0, 1e-3
    columns = np.flatnonzero(picture.centred(box).any(axis=0))
    assert columns.min() == 8


def test_too_small_a_picture_is_refused():
    with pytest.raises(DataError, match='100 x 7 pixels are too small'):
        prepare_image(np.zeros((7, 100)))


def test_two_digits_are_read_from_left_to_right_and_are_not_one():
    two = page(np.hstack([BAR, np.zeros((40, 15), bool), CORNER]))
    with pytest.raises(DataError, match='2 digits'):
        prepare_image(two)
    left, right = read_digits(two)
    np.testing.assert_array_equal(left.image, prepare_image(page(BAR)))
    np.testing.assert_array_equal(right.image, prepare_image(page(CORNER)))
    assert [digit[1:4] for digit in (left, right)] == [(1, 1, (20, 20, 30, 60)), (1, 2, (45, 20, 75, 60))]


def rectangle(top, bottom, left, right):
    return Shape(np.ones((bottom - top, right - left)), top, bottom, left, right)


BODY = rectangle(10, 50, 10, 30)


@pytest.mark.parametrize(
    ('other', 'expected'),
    [
        (rectangle(2, 6, 12, 40), True),  # the bar of a 5 above its body
        (rectangle(10, 15, 35, 55), True),  # the bar beside it
        (rectangle(10, 15, 41, 60), False),  # farther than a quarter of 40
        (rectangle(56, 90, 10, 30), True),  # 0.15 of 40 below
        (rectangle(57, 90, 10, 30), False),
        (rectangle(64, 84, 10, 30), True),  # a low one, 0.35 of 40 below
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


@pytest.mark.parametrize('slope', [-0.17, 0, 0.17])
def test_lines_are_read_from_the_top_and_each_from_left_to_right(slope):
    places = [(row, column) for row in range(3) for column in range(8)]
    tops = [int(200 + 60 * row + slope * 40 * column) for row, column in places]
    page = [rectangle(top, top + 40, 40 * x, 40 * x + 25) for top, (_, x) in zip(tops, places, strict=True)]
    found = lines([page[number] for number in np.random.RandomState(0).permutation(len(page))])
    assert [shape.top for line in found for shape in line] == tops
    assert [len(line) for line in found] == [8, 8, 8]


def test_what_is_much_smaller_is_no_digit_and_what_touches_an_edge_is_none_beside_others():
    ink = np.zeros((100, 200))
    ink[30:70, [40, 80, 120]] = 1.0
    ink[30:44, 160] = 1.0
    ink[60:, 195:] = 1.0
    assert sorted(shape.left for shape in shapes(ink)) == [40, 80, 120]
    assert [shape.left for shape in shapes(np.where(np.arange(200) < 190, 0.0, ink))] == [195]


def test_a_photograph_of_something_else_is_refused():
    random = np.random.RandomState(0)
    leaves = ndimage.gaussian_filter(random.normal(0, 1, (200, 300)), 2)
    with pytest.raises(DataError, match=r'no picture of digits|not look like digits'):
        read_digits(128 + 400 * leaves.clip(-0.3, 0.3))


def test_a_disc_is_refused_and_a_stroke_of_a_broad_pen_is_not():
    rows, columns = np.indices((160, 120)) - np.array([80, 60])[:, None, None]
    with pytest.raises(DataError, match='not look like digits'):
        read_digits(page(np.hypot(rows, columns) < 50))
    assert len(read_digits(page(np.ones((100, 35), bool)))) == 1


def test_a_bag_is_refused_though_it_is_no_wider_than_a_pen_and_its_straps_are_not():
    assert len(read_digits(page(STRAPS))) == 1
    with pytest.raises(DataError, match='not look like digits'):
        read_digits(page(BAG))


def test_too_many_strokes_are_no_digits():
    ink = np.zeros((70, 70))
    ink[::3, ::3] = 1.0
    with pytest.raises(DataError, match='separate shapes'):
        shapes(ink)


def test_of_two_thousand_digits_at_most_two_are_taken_for_several(mnist):
    levels = mnist.test.images[:2000].reshape(-1, 28, 28) / 255
    counts = [len(shapes(np.where(image < 0.25, 0.0, image))) for image in levels]
    assert sum(count > 1 for count in counts) <= 2
