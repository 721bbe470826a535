import numpy as np
import pytest

from graph_mlp.data.shapes import Shape, belong_together, shapes, strokes
from graph_mlp.errors import DataError


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
def test_which_strokes_are_of_one_digit(other, expected):
    assert belong_together(BODY, other) == belong_together(other, BODY) == expected


def test_strokes_touch_diagonally_and_specks_are_left_out():
    ink = np.zeros((30, 30))
    ink[2:12, 2:12] = 1.0
    ink[12:14, 12:14] = 0.5  # touches at a corner
    ink[20, 20] = 1.0  # less than a hundredth
    ink[25, 25:28] = 0.5
    assert [part[1:] for part in strokes(ink)] == [(2, 14, 2, 14), (25, 26, 25, 28)]


def test_joined_strokes_keep_their_ink_and_place():
    joined = rectangle(0, 2, 0, 2).joined(rectangle(1, 4, 5, 6))
    assert joined[1:] == (0, 4, 0, 6)
    assert joined.ink.sum() == 4 + 3
    assert joined.ink[3, 5] == 1.0


def test_what_has_been_joined_is_compared_again():
    ink = np.zeros((60, 80))
    ink[10:50, 10:14] = 1.0  # a stem
    ink[10:14, 18:40] = 1.0  # a bar near it
    ink[16:22, 44:48] = 1.0  # a dot near the bar alone
    assert [shape[1:] for shape in shapes(ink)] == [(10, 50, 10, 48)]


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
