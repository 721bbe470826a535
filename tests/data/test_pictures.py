import importlib.util
import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, features

from graph_mlp.data import pictures as module
from graph_mlp.data.picture import prepare_image
from graph_mlp.data.pictures import FORMATS, one_line, prepare_pictures, read_picture
from graph_mlp.errors import DataError

LEVELS = np.full((12, 20), 250, np.uint8)
LEVELS[2:10, 4:8] = 10


def saved(folder, image, name='digit.png', **options):
    image.save(folder / name, **options)
    return folder / name


@pytest.mark.parametrize('kind', FORMATS)
def test_every_format_is_read(tmp_path, kind):
    options = {'lossless': True} if kind == 'WEBP' else {}
    path = saved(tmp_path, Image.fromarray(LEVELS), f'digit.{kind.lower().replace("jpeg2000", "jp2")}', **options)
    grey = read_picture(str(path))
    assert grey.dtype == np.uint8
    np.testing.assert_allclose(grey, LEVELS, atol=25 if kind == 'JPEG' else 0)


@pytest.mark.skipif(not features.check('avif'), reason='this Pillow reads no AVIF')
def test_an_avif_is_read(tmp_path):
    Image.new('L', (40, 30), 200).save(tmp_path / 'one.avif')
    assert read_picture(tmp_path / 'one.avif').shape == (30, 40)


@pytest.mark.skipif(importlib.util.find_spec('pillow_heif') is not None, reason='pillow-heif is installed')
def test_without_the_reader_of_a_phones_format_its_name_is_said(tmp_path):
    (tmp_path / 'one.heic').write_bytes(b'\0\0\0\x18ftypheic' + bytes(12))
    with pytest.raises(DataError, match='pillow-heif'):
        read_picture(tmp_path / 'one.heic')


@pytest.mark.parametrize('mode', ['1', 'P', 'RGB', 'CMYK'])
def test_every_mode_becomes_grey(tmp_path, mode):
    path = saved(tmp_path, Image.fromarray(LEVELS).convert(mode), 'digit.jpg' if mode == 'CMYK' else 'digit.png')
    assert [read_picture(path)[place] > 127 for place in ((0, 0), (5, 5))] == [True, False]


def test_16_bits_keep_their_fractions(tmp_path):
    path = saved(tmp_path, Image.fromarray(LEVELS.astype(np.uint16) * 257 + 100))
    np.testing.assert_allclose(read_picture(path), LEVELS + 100 / 257, rtol=1e-6)


@pytest.mark.parametrize(('ink', 'paper'), [(0, 255), (255, 0)], ids=['dark on white', 'light on black'])
def test_transparency_becomes_what_the_ink_shows_on(tmp_path, ink, paper):
    pixels = np.full((12, 20, 4), ink, np.uint8)
    pixels[..., 3] = np.where(LEVELS < 100, 255, 0)
    expected = np.where(LEVELS < 100, ink, paper)
    np.testing.assert_array_equal(read_picture(saved(tmp_path, Image.fromarray(pixels))), expected)


def test_it_is_turned_as_its_exif_data_say(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it clockwise
    path = saved(tmp_path, Image.fromarray(LEVELS), exif=exif)
    np.testing.assert_array_equal(read_picture(path), np.rot90(LEVELS, -1))


def test_of_an_animation_the_first_frame_counts(tmp_path):
    frames = [Image.fromarray(LEVELS), Image.fromarray(255 - LEVELS)]
    path = saved(tmp_path, frames[0], 'digit.gif', save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(read_picture(path), LEVELS)


def png_of(width, height):
    """A PNG that claims to be as large as that."""

    def chunk(name, content):
        return struct.pack('>I', len(content)) + name + content + struct.pack('>I', zlib.crc32(name + content))

    header = struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0)
    parts = [chunk(b'IHDR', header), chunk(b'IDAT', zlib.compress(b'\0' * 1000)), chunk(b'IEND', b'')]
    return b'\x89PNG\r\n\x1a\n' + b''.join(parts)


@pytest.mark.parametrize(
    ('content', 'expected'),
    [
        (b'', 'it is not an image'),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', 'it is not an image'),
        (b'PK\x03\x04 a zip', 'it is not an image'),
        (png_of(30_000, 30_000), 'pixels are too many: make it smaller than 50,000,000'),
        (png_of(9_000, 9_000), '9000 x 9000 pixels are too many'),
        (png_of(300, 300), 'it is a damaged image'),
    ],
    ids=['empty', 'svg', 'zip', 'bomb', 'large', 'cut'],
)
def test_a_file_that_is_no_sound_picture_is_refused(tmp_path, content, expected):
    (tmp_path / 'digit.png').write_bytes(content)
    with pytest.raises(DataError, match=expected):
        read_picture(tmp_path / 'digit.png')


def test_a_path_that_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / 'pipe')
    with pytest.raises(DataError, match='it is not a regular file'):
        read_picture(tmp_path / 'pipe')
    with pytest.raises(DataError, match='cannot be read: No such file'):
        read_picture(tmp_path / 'nothing')
    with pytest.raises(DataError, match='embedded null'):
        read_picture('a\0b')


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(module, 'MOST_BYTES', 2**20)
    (tmp_path / 'digit.png').write_bytes(bytes(2**20 + 1))
    with pytest.raises(DataError, match='more than 1 MiB'):
        read_picture(tmp_path / 'digit.png')


def test_a_hyphen_is_standard_input(monkeypatch):
    file = io.BytesIO()
    Image.fromarray(LEVELS).save(file, 'PNG')
    monkeypatch.setattr('sys.stdin', io.TextIOWrapper(io.BytesIO(file.getvalue())))
    np.testing.assert_array_equal(read_picture('-'), LEVELS)


PAGE = np.full((60, 90), 255, np.uint8)
PAGE[10:50, 20:30] = 0
ROW = np.hstack([PAGE, PAGE])


@pytest.fixture
def folder(tmp_path):
    Image.fromarray(PAGE).save(tmp_path / 'b.png')
    Image.fromarray(ROW).save(tmp_path / 'a.GIF')
    Image.fromarray(PAGE[-28:, -28:]).save(tmp_path / 'c.bmp')
    (tmp_path / 'notes').mkdir()
    return tmp_path


def test_a_folder_is_its_images_by_name_and_a_refusal_stops_no_other(folder):
    pictures, refusals = prepare_pictures([str(folder), str(folder / 'notes'), str(folder / 'b.png')])
    names = ('a.GIF', 'a.GIF', 'b.png', 'b.png')
    assert [picture.file for picture in pictures] == [str(folder / name) for name in names]
    assert [picture.number for picture in pictures] == [1, 2, 1, 1]
    assert [refusal.split(':')[0] for refusal in refusals] == [str(folder / name) for name in ('c.bmp', 'notes')]
    np.testing.assert_array_equal(pictures[2].digit.image, prepare_image(PAGE))
    assert max(pictures[0].preview.shape) <= module.PREVIEW


def test_raw_takes_28_by_28_alone_and_as_they_are(folder):
    pictures, refusals = prepare_pictures([str(folder / 'c.bmp'), str(folder / 'b.png')], 'raw')
    np.testing.assert_array_equal(pictures[0].digit.image, PAGE[-28:, -28:])
    assert refusals == [f'{folder / "b.png"}: it is 90 x 60 pixels: --raw takes 28 x 28, so leave it out']


@pytest.mark.parametrize(
    ('name', 'expected'),
    [('a b', 'a b'), ('a\nb\tc', r'a\nb\tc'), ('\x1b[1m', r'\x1b[1m'), ('é\\n', r'é\\n'), ('\udcff', r'\udcff')],
)
def test_a_name_stays_on_its_line(name, expected):
    assert one_line(name) == expected
    assert expected.encode().decode('unicode_escape') == name or 'é' in name


def test_a_plain_picture_is_resized_by_the_mean_of_each_area(tmp_path):
    grey = np.arange(4 * 6, dtype=np.uint8).reshape(4, 6) * 4
    Image.fromarray(grey).save(tmp_path / 'a.png')
    [picture], _ = prepare_pictures([str(tmp_path / 'a.png')], 'plain', (2, 3))
    np.testing.assert_array_equal(picture.digit.image, grey.reshape(2, 2, 3, 2).mean(axis=(1, 3)))


@pytest.mark.parametrize('preparation', ['plain', 'raw'])
def test_a_picture_of_the_right_size_is_taken_as_it_is(tmp_path, preparation):
    grey = np.random.RandomState(0).randint(0, 256, (5, 7)).astype(np.uint8)
    Image.fromarray(grey).save(tmp_path / 'a.png')
    [picture], _ = prepare_pictures([str(tmp_path / 'a.png')], preparation, (5, 7))
    np.testing.assert_array_equal(picture.digit.image, grey)
