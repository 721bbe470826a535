import errno
import json
import os

import pytest

from graph_mlp.errors import RunError
from graph_mlp.store.files import cannot_write, partial_folder, read_json, replacing, sha256, write_errors, write_json


def test_a_file_is_replaced_only_by_a_whole_one(tmp_path):
    path = tmp_path / 'history.csv'
    path.write_text('old')
    with pytest.raises(ZeroDivisionError), replacing(path) as file:
        file.write(b'%d' % (1 // 0))
    assert path.read_text() == 'old'
    assert os.listdir(tmp_path) == ['history.csv']


def test_a_partial_folder_does_not_stay(tmp_path):
    with pytest.raises(ZeroDivisionError), partial_folder(tmp_path) as folder:
        (folder / f'{1 // 0}').touch()
    assert list(tmp_path.iterdir()) == []


def test_json_comes_back_and_is_standard(tmp_path):
    write_json(tmp_path / 'x.json', {'a': [1, 0.1]})
    assert read_json(tmp_path / 'x.json') == json.loads((tmp_path / 'x.json').read_text()) == {'a': [1, 0.1]}
    with pytest.raises(ValueError, match='JSON'):
        write_json(tmp_path / 'x.json', float('nan'))


@pytest.mark.parametrize('content', ['', '{', '[' * 100_000, '"' + 'x' * 100])
def test_what_is_no_json_is_a_value_error(tmp_path, content):
    (tmp_path / 'x.json').write_text(content)
    with pytest.raises(ValueError, match=r'.'):
        read_json(tmp_path / 'x.json', largest=1000 if content.startswith('[') else 50)


def test_what_cannot_be_written_says_why_and_what_to_do(tmp_path):
    path = tmp_path / 'model.ckpt'
    advice = 'and start the run again without --overwrite: it goes on'
    with pytest.raises(RunError) as full, write_errors(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path / '.partial-x/gone'))
    assert str(full.value) == f'cannot write {path}: No space left on device; make room or mend the folder, {advice}'
    with pytest.raises(RunError) as sticky, write_errors(path):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(tmp_path / '.partial-x/gone'))
    assert str(sticky.value) == (
        f'cannot write {path}: Operation not permitted; let this user change what is in it, {advice}'
    )


def test_a_folder_that_is_gone_is_said(tmp_path):
    path = tmp_path / 'run' / 'history.csv'
    with pytest.raises(RunError) as gone, write_errors(path):
        path.write_text('')
    assert f'the folder {tmp_path / "run"} is gone; start the run again' in str(gone.value)


@pytest.mark.parametrize('read', [read_json, sha256])
def test_a_pipe_is_not_waited_for(tmp_path, read):
    os.mkfifo(tmp_path / 'pipe')
    with pytest.raises(ValueError, match='not a regular file'):
        read(tmp_path / 'pipe')


def test_the_checksum_is_that_of_the_content(tmp_path):
    (tmp_path / 'abc').write_text('abc')
    # FIPS 180-2, appendix B.1
    assert sha256(tmp_path / 'abc') == 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'


def test_what_a_disk_says_is_named_also_when_the_folder_it_was_said_of_has_been_removed(tmp_path):
    error = OSError(errno.EIO, 'Input/output error', str(tmp_path / 'removed' / 'model.ckpt.index'))
    assert 'model.ckpt: Input/output error; ' in str(cannot_write(tmp_path / 'model.ckpt', error))


def test_a_folder_that_is_gone_is_said_to_be(tmp_path):
    error = FileNotFoundError(errno.ENOENT, 'No such file or directory', str(tmp_path / 'removed' / 'model.ckpt.index'))
    assert f'the folder {tmp_path / "removed"} is gone' in str(cannot_write(tmp_path / 'model.ckpt', error))
