import os

import pytest

from graph_mlp.data.regular import open_regular


def test_a_regular_file_is_read(tmp_path):
    (tmp_path / 'file').write_bytes(b'content')
    with open_regular(tmp_path / 'file') as file:
        assert file.read() == b'content'


@pytest.mark.parametrize('kind', ['pipe', 'device', 'folder'])
def test_what_has_no_end_is_refused_at_once(tmp_path, kind):
    path = tmp_path / 'file'
    if kind == 'pipe':
        os.mkfifo(path)
    elif kind == 'device':
        path.symlink_to('/dev/zero')
    else:
        path.mkdir()
    with pytest.raises((OSError, ValueError), match=r'it is not a regular file|Is a directory'):
        open_regular(path)


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / 'file')
