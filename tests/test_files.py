import os
import stat

import pytest

from graph_mlp import files
from graph_mlp.errors import RunError
from graph_mlp.files import (
    as_json,
    atomic_write,
    commit,
    open_regular,
    partial_folder,
    read_json,
    sha256,
    write_errors,
    write_file,
)


@pytest.mark.parametrize('kind', ['pipe', 'device', 'folder', 'missing'])
def test_only_regular_files_are_opened(tmp_path, kind):
    path = tmp_path / 'file'
    {
        'pipe': lambda: os.mkfifo(path),
        'device': lambda: path.symlink_to('/dev/zero'),
        'folder': path.mkdir,
        'missing': lambda: None,
    }[kind]()
    with pytest.raises((OSError, ValueError), match=r'it is not a regular file|Is a directory|No such file'):
        open_regular(path)


def test_a_file_and_its_bytes_have_one_checksum(tmp_path):
    (tmp_path / 'file').write_bytes(b'abc')
    expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'  # FIPS 180-2, appendix B.1
    assert sha256(tmp_path / 'file') == sha256(b'abc') == expected


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / 'file'
    write_file(path, 'old')
    with pytest.raises(ZeroDivisionError), atomic_write(path) as file:
        file.write(b'%d' % (1 // 0))
    assert path.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [path]


def test_files_and_folders_obey_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_file(tmp_path / 'folder' / 'file', 'content')
        with partial_folder(tmp_path) as partial:
            commit(partial, tmp_path / 'state')
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ('folder', 'folder/file', 'state')]
    assert modes == [0o750, 0o640, 0o750]


def test_an_uncommitted_folder_is_removed(tmp_path):
    with pytest.raises(ZeroDivisionError), partial_folder(tmp_path) as folder:
        (folder / 'file').write_text(f'{1 // 0}')
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('has_links', [True, False], ids=['hard links', 'none'])
@pytest.mark.parametrize('kind', ['file', 'folder'])
@pytest.mark.parametrize('replace', [True, False])
def test_a_commit_replaces_only_when_it_may(tmp_path, monkeypatch, kind, replace, has_links):
    def no_link(*_):
        raise PermissionError

    if not has_links:
        monkeypatch.setattr(os, 'link', no_link)
    written = []
    for content in ('old', 'new'):
        with partial_folder(tmp_path) as partial:
            file = partial / 'export' if kind == 'file' else partial / 'export' / 'part'
            file.parent.mkdir(exist_ok=True)
            file.write_text(content)
            try:
                commit(partial / 'export', tmp_path / 'target', replace)
                written.append(content)
            except FileExistsError:
                pass
    path = tmp_path / 'target' if kind == 'file' else tmp_path / 'target' / 'part'
    assert written == (['old', 'new'] if replace else ['old'])
    assert path.read_text() == written[-1]
    assert [each.name for each in tmp_path.iterdir()] == ['target']


def test_all_is_on_the_disk_before_the_rename_and_the_rename_after_it(tmp_path, monkeypatch):
    order = []
    monkeypatch.setattr(files, 'sync', lambda path: order.append(path.name))
    rename = os.replace
    monkeypatch.setattr(os, 'replace', lambda *names: (order.append('rename'), rename(*names)))
    (tmp_path / 'partial').mkdir()
    (tmp_path / 'partial' / 'part').write_text('content')
    commit(tmp_path / 'partial', tmp_path / 'state')
    assert order == ['part', 'partial', 'rename', tmp_path.name]


def test_a_folder_that_cannot_be_written_to_is_one_error(tmp_path):
    (tmp_path / 'file').write_text('no folder')
    with pytest.raises(RunError, match='is a file'):
        write_file(tmp_path / 'file' / 'report.md', 'content')


@pytest.mark.parametrize(
    ('error', 'word'),
    [(OSError(28, 'No space left on device'), 'make room'), (PermissionError(13, 'denied'), 'let this user')],
)
def test_a_failed_write_of_a_run_says_what_to_do(tmp_path, error, word):
    with pytest.raises(RunError, match=rf'{word}.*resumes'), write_errors(tmp_path / 'file'):
        raise error


def test_a_folder_that_is_gone_is_named(tmp_path):
    with pytest.raises(RunError, match=r'the folder .*gone is gone'), write_errors(tmp_path / 'gone' / 'file'):
        (tmp_path / 'gone' / 'file').write_text('content')


@pytest.mark.parametrize(
    ('content', 'word'), [('[' * 100_000, 'nested too deeply'), ('nonsense', 'Expecting'), ('"' + 'a' * 99, 'larger')]
)
def test_json_that_would_take_too_much_is_refused(tmp_path, content, word):
    (tmp_path / 'file').write_text(content)
    with pytest.raises(ValueError, match=word):
        read_json(tmp_path / 'file', largest=99 if word == 'larger' else 2**20)


def test_a_number_that_json_lacks_is_an_error():
    with pytest.raises(ValueError, match='JSON'):
        as_json(float('nan'))
