import numpy as np
import pytest
from PIL import Image

from graph_mlp.data.picture import prepare_image
from graph_mlp.data.pictures import one_line, prepare_pictures

PAGE = np.full((60, 90), 255, np.uint8)
PAGE[10:50, 20:30] = 0
ROW = np.hstack([PAGE, PAGE])


@pytest.fixture
def folder(tmp_path):
    Image.fromarray(PAGE).save(tmp_path / 'b.png')
    Image.fromarray(ROW).save(tmp_path / 'a.GIF')
    Image.fromarray(PAGE[:28, :28]).save(tmp_path / 'c.bmp')
    (tmp_path / 'notes.txt').write_text('no image')
    return tmp_path


def test_a_folder_is_its_images_by_name_and_a_refusal_stops_no_other(folder):
    pictures, refusals = prepare_pictures([str(folder), str(folder / 'b.png')])
    assert [picture.file for picture in pictures] == [str(folder / 'b.png')] * 2
    assert [refusal.split(':')[0] for refusal in refusals] == [str(folder / name) for name in ('a.GIF', 'c.bmp')]
    np.testing.assert_array_equal(pictures[0].image, prepare_image(PAGE))


def test_a_row_is_numbered_from_the_left(folder):
    pictures, _ = prepare_pictures([str(folder / 'a.GIF')], 'row')
    assert [picture.digit for picture in pictures] == [1, 2]


def test_raw_takes_28_by_28_alone_and_as_they_are(folder):
    pictures, refusals = prepare_pictures([str(folder / 'c.bmp'), str(folder / 'b.png')], 'raw')
    np.testing.assert_array_equal(pictures[0].image, PAGE[:28, :28])
    assert refusals == [f'{folder / "b.png"}: it is 90 x 60 pixels: --raw takes 28 x 28, so leave it out']


def test_a_folder_without_images_is_said(tmp_path):
    assert prepare_pictures([str(tmp_path)]).refusals == [
        f'{tmp_path}: the folder has no image: their names end in .png, .jpg, .jpeg, .gif, .webp, .bmp'
    ]


def test_previews_are_small(tmp_path):
    Image.fromarray(np.kron(PAGE, np.ones((9, 9), np.uint8))).save(tmp_path / 'large.png')
    [picture], _ = prepare_pictures([str(tmp_path)])
    assert max(picture.preview.shape) <= 160


@pytest.mark.parametrize(
    ('name', 'expected'),
    [('a b', 'a b'), ('a\nb\tc', r'a\nb\tc'), ('\x1b[1m', r'\x1b[1m'), ('é\\n', r'é\\n'), ('\udcff', r'\udcff')],
)
def test_a_name_stays_on_its_line(name, expected):
    assert one_line(name) == expected
    assert expected.encode().decode('unicode_escape') == name or 'é' in name
