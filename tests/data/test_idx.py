import gzip
import hashlib

import numpy as np
import pytest

from graph_mlp.data.idx import read_idx
from graph_mlp.errors import DataError

# Two labels, 7 and 2: magic of unsigned bytes in one dimension, the length, the bytes.
LABELS = bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 2])


def compressed(content):
    """gzip without the time, which would name the tests after the second in which they were collected."""
    return gzip.compress(content, mtime=0)


@pytest.mark.parametrize('pack', [bytes, compressed], ids=['plain', 'gzip'])
def test_reads_array_and_checksum(tmp_path, pack):
    path = tmp_path / 'labels'
    path.write_bytes(pack(LABELS))
    file = read_idx(path, dimensions=1)
    assert file.array.tolist() == [7, 2]
    assert file.array.dtype == np.uint8
    assert file.sha256 == hashlib.sha256(LABELS).hexdigest()


def flipped_crc(content):
    packed = bytearray(compressed(content))
    packed[-8] ^= 1
    return bytes(packed)


@pytest.mark.parametrize(
    ('content', 'word'),
    [
        (b'', 'begins with nothing'),
        (b'<!DOCTYPE html><title>404</title>', 'begins with 3c21444f'),
        (bytes([0, 0, 8, 3]) + LABELS[4:], 'not an IDX file of 1 dimension:'),
        (LABELS[:6], 'within its header'),
        (LABELS[:-1], 'more than the file can hold'),
        (LABELS + b'\0', 'holds more'),
        (bytes([0, 0, 8, 1, 255, 255, 255, 255]), 'more than the file can hold'),
        (compressed(LABELS[:-1]), 'holds 1 bytes'),
        (compressed(LABELS + b'\0'), 'holds more'),
        (compressed(bytes([0, 0, 8, 1, 255, 255, 255, 255])), 'more than the file can hold'),
        (compressed(LABELS)[:-4], 'damaged gzip'),
        (compressed(LABELS)[:12], 'damaged gzip'),
        (flipped_crc(LABELS), 'damaged gzip'),
        (compressed(b'<html>'), 'begins with 3c68746d'),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, content, word):
    path = tmp_path / 'labels'
    path.write_bytes(content)
    with pytest.raises(DataError, match=word) as refused:
        read_idx(path, dimensions=1)
    assert str(path) in str(refused.value)


def test_a_folder_in_its_place_is_refused(tmp_path):
    with pytest.raises(DataError, match='cannot be read'):
        read_idx(tmp_path, dimensions=1)
