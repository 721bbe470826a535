import numpy as np
import pytest
from scipy import ndimage

from graph_mlp.data.ink import ink, is_light, reduced, without_lines
from graph_mlp.errors import DataError

CROSS = np.zeros((120, 160))
CROSS[20:100, 70:78] = CROSS[50:58, 40:110] = 1.0
ROWS, COLUMNS = np.indices(CROSS.shape)


def lineless(ink):
    return without_lines(ink, ink > 0)


def test_a_large_picture_is_reduced_by_squares():
    grey = np.arange(2048 * 2048).reshape(2048, 2048) % 7
    small = reduced(grey)
    assert small.shape == (1024, 1024)
    assert small[3, 5] == grey[6:8, 10:12].mean()
    assert reduced(np.zeros((2049, 2051))).shape == (683, 683)  # squares of 3 x 3; the rest is dropped


@pytest.mark.parametrize('paper', [
    np.full(CROSS.shape, 250.0), 230 - 0.7 * COLUMNS, 120 + 100 * np.exp(-((ROWS / 90) ** 2) - (COLUMNS / 90) ** 2),
    np.where(COLUMNS + ROWS > 130, 140.0, 240.0),
], ids=['even', 'slope', 'lamp', 'shadow'])  # fmt: skip
@pytest.mark.parametrize('turned', [lambda grey: grey, lambda grey: 255 - grey], ids=['dark', 'light'])
def test_the_papers_shade_is_no_ink(paper, turned):
    grey = turned(paper * (1 - 0.8 * CROSS))
    assert is_light(grey) == (turned(0) == 255)
    assert np.mean((ink(grey) > 0.5) != (CROSS == 1)) < 0.006


def test_noise_is_no_ink():
    noise = np.random.RandomState(0).normal(0, 8, CROSS.shape)
    found = ink(220 - 150 * CROSS + noise)
    assert (found[CROSS == 1] > 0.5).all()
    away = ~ndimage.binary_dilation(CROSS)  # the pixels at a stroke's edge are soft
    assert np.mean(found[away] > 0) < 0.001


@pytest.mark.parametrize('width', [1, 2, 4])
@pytest.mark.parametrize('slope', [0, 0.1])
def test_ruled_lines_are_removed_and_the_strokes_that_cross_them_are_not(width, slope):
    rules = np.rint(ROWS - slope * COLUMNS) % 30 < width
    found = lineless(np.maximum(CROSS, 0.6 * rules))
    assert (found[CROSS == 1] == 1).all()
    assert np.mean(found[CROSS == 0] > 0) < 0.02


@pytest.mark.parametrize(('inset', 'width'), [(3, 1), (10, 3)])
def test_a_frame_is_removed(inset, width):
    frame = np.ones_like(CROSS)
    frame[inset + width : -inset - width, inset + width : -inset - width] = 0
    frame[:inset], frame[-inset:], frame[:, :inset], frame[:, -inset:] = 0, 0, 0, 0
    np.testing.assert_array_equal(lineless(np.maximum(CROSS, frame)), CROSS)


@pytest.mark.parametrize('one', [np.s_[8:112, 80:83], np.s_[:, 80:83]], ids=['with margins', 'without'])
def test_a_lone_line_may_be_a_one(one):
    page = np.zeros_like(CROSS)
    page[one] = 1.0
    np.testing.assert_array_equal(lineless(page), page)


@pytest.mark.parametrize(
    ('grey', 'word'),
    [
        (np.full((50, 50), 200.0), 'it has no ink'),
        (200 - 15 * CROSS, r'nearly no contrast .* differs by \d+ of 255'),
        (np.zeros((1, 1)), 'too small'),
        (np.zeros((9, 400_000)), 'too narrow'),
        (np.random.RandomState(0).uniform(0, 255, (60, 60)), 'as uneven as its ink'),
    ],
    ids=['empty', 'pale', 'one pixel', 'narrow', 'noise'],
)
def test_a_picture_without_ink_is_refused_with_the_reason(grey, word):
    with pytest.raises(DataError, match=word):
        ink(reduced(grey))
