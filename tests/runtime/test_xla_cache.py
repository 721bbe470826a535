import csv
import os
import time

import pytest

from graph_mlp.files import sha256
from graph_mlp.runtime import xla_cache
from tests.cli.commands import run


def use():
    """Uses the cache as a fresh process does; returns its folder."""
    os.environ['TF_XLA_FLAGS'] = ''
    return xla_cache.use_xla_cache('cpu', '--flags')


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The user's cache folder, empty."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    monkeypatch.setenv('TF_XLA_FLAGS', '')
    return use()


def kept(folder, name, age=3600.0, checksum=None):
    """A file in the cache, as old as `age` seconds, with the checksum of its content, another one or none (False)."""
    path = folder / f'{name}.pb'
    path.write_bytes(b'code')
    if checksum is not False:
        (folder / f'{name}.pb.sha256').write_bytes(checksum or sha256(path).encode())
    then = time.time() - age
    os.utime(path, (then, then))
    return path


def test_xla_is_told_and_what_else_it_was_told_stays(cache):
    os.environ['TF_XLA_FLAGS'] = '--other=1'
    assert xla_cache.use_xla_cache('cpu', '--flags') == cache
    assert os.environ['TF_XLA_FLAGS'] == f'--other=1 {xla_cache.FLAG}"{cache}"'
    assert cache.stat().st_mode & 0o077 == 0


def test_the_users_own_cache_is_left_alone(monkeypatch):
    monkeypatch.setenv('TF_XLA_FLAGS', f'{xla_cache.FLAG}/mine')
    assert xla_cache.use_xla_cache('cpu', '') is None
    assert os.environ['TF_XLA_FLAGS'] == f'{xla_cache.FLAG}/mine'


def test_what_is_sealed_and_complete_is_kept(cache):
    files = [
        kept(cache, 'sound'), kept(cache, 'damaged', checksum=b'0' * 64), kept(cache, 'no text', checksum=b'\xff'),
        kept(cache, 'unsealed', checksum=False), kept(cache, 'young', checksum=False, age=0.0),
    ]  # fmt: skip
    assert use() == cache
    assert [path.exists() for path in files] == [True, False, False, False, True]
    assert not (cache / 'damaged.pb.sha256').exists()


@pytest.mark.parametrize('trouble', ['others may write', 'somebody else owns it', 'a pipe', 'a pipe for a checksum'])
def test_a_folder_that_cannot_be_trusted_is_not_used_nor_waited_for(cache, monkeypatch, trouble):
    if trouble == 'others may write':
        cache.chmod(0o777)
    elif trouble == 'somebody else owns it':
        owner = cache.stat().st_uid
        monkeypatch.setattr(xla_cache.os, 'geteuid', lambda: owner + 1)
    else:
        path = kept(cache, 'sound').with_suffix('.pb.sha256' if 'checksum' in trouble else '.pb')
        path.unlink()
        os.mkfifo(path)
    assert use() is None
    assert os.environ['TF_XLA_FLAGS'] == ''


def test_a_path_with_a_quotation_mark_which_would_end_the_flag_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'my "cache"'))
    monkeypatch.setenv('TF_XLA_FLAGS', '')
    assert use() is None


def test_what_was_compiled_under_other_flags_is_not_met(cache, monkeypatch):
    os.environ['TF_XLA_FLAGS'] = ''
    assert xla_cache.use_xla_cache('cpu', '--others') != cache
    monkeypatch.setenv('XLA_FLAGS', '--xla_cpu_multi_thread_eigen=false')
    assert use() != cache


def test_the_oldest_of_too_many_go(cache, monkeypatch):
    monkeypatch.setattr(xla_cache, 'MAX_FILES', 2)
    paths = [kept(cache, str(age), age=age) for age in (100.0, 200.0, 300.0)]
    use()
    assert [path.exists() for path in paths] == [True, True, False]


def test_code_that_was_kept_computes_the_same_bits_and_damaged_code_is_not_run(tmp_path):
    folder = tmp_path / 'my home'  # a space, at which TensorFlow splits its flags
    folder.mkdir()
    results = []
    for _ in range(3):
        run(folder, 'train', '--dataset', 'digits', '--tag', 'elu-20-10', '--epochs', 2, '--steps-per-run', 5,
            '--overwrite')  # fmt: skip
        lines = csv.DictReader((folder / 'saves/runs/digits_elu-20-10/history.csv').read_text().splitlines())
        results.append([{name: line[name] for name in line if 'seconds' not in name} for line in lines])
        files = list((folder / 'cache').rglob('*.pb'))
        assert len(files) == 3
        for path in files:
            assert path.with_name(path.name + '.sha256').read_text() == sha256(path)
            if len(results) == 2:  # the second run took what the first had kept
                path.write_bytes(path.read_bytes()[:1000])
    assert results[0] == results[1] == results[2]
