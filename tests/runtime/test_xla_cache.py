import os
import time

import pytest

from graph_mlp.runtime import xla_cache
from graph_mlp.store.files import sha256
from tests.cli.commands import run

COMPILED = ('--dataset', 'digits', '--tag', 'elu-20-10', '--epochs', 2, '--steps-per-run', 5)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The user's cache folder, empty."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    monkeypatch.setenv('TF_XLA_FLAGS', '')
    return xla_cache.use_xla_cache('cpu')


def kept(folder, name, content=b'code', age=3600.0, checksum=None):
    """A file in the cache, as old as `age` seconds, with the checksum of its content or another one."""
    path = folder / f'{name}.pb'
    path.write_bytes(content)
    if checksum is not False:
        (folder / f'{name}.pb.sha256').write_text(checksum or sha256(path))
    then = time.time() - age
    os.utime(path, (then, then))
    return path


def test_xla_is_told_and_what_else_it_was_told_stays(tmp_path, monkeypatch):
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    monkeypatch.setenv('TF_XLA_FLAGS', '--other=1')
    folder = xla_cache.use_xla_cache('cpu')
    assert os.environ['TF_XLA_FLAGS'] == f'--other=1 {xla_cache.FLAG}"{folder}"'
    assert folder.stat().st_mode & 0o077 == 0


def test_the_users_own_cache_is_left_alone(monkeypatch):
    monkeypatch.setenv('TF_XLA_FLAGS', f'{xla_cache.FLAG}/mine')
    assert xla_cache.use_xla_cache('cpu') is None
    assert os.environ['TF_XLA_FLAGS'] == f'{xla_cache.FLAG}/mine'


def test_a_folder_that_cannot_be_made_costs_nothing(tmp_path, monkeypatch):
    (tmp_path / 'file').write_text('')
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'file'))
    monkeypatch.setenv('TF_XLA_FLAGS', '')
    assert xla_cache.use_xla_cache('cpu') is None


def test_only_what_is_sealed_and_whole_is_kept(cache):
    sound = kept(cache, 'sound')
    damaged = kept(cache, 'damaged', checksum='0' * 64)
    unsealed = kept(cache, 'unsealed', checksum=False)
    just_written = kept(cache, 'young', checksum=False, age=0.0)
    os.environ['TF_XLA_FLAGS'] = ''
    xla_cache.use_xla_cache('cpu')
    assert [path.exists() for path in (sound, damaged, unsealed, just_written)] == [True, False, False, True]
    assert not (cache / 'damaged.pb.sha256').exists()


def test_a_checksum_that_is_not_text_costs_its_file_alone(cache):
    path, sound = kept(cache, 'damaged'), kept(cache, 'sound')
    path.with_name('damaged.pb.sha256').write_bytes(b'\xff')
    os.environ['TF_XLA_FLAGS'] = ''
    assert xla_cache.use_xla_cache('cpu') == cache
    assert [path.exists(), sound.exists()] == [False, True]


def test_a_folder_that_others_may_write_to_is_not_used(cache):
    cache.chmod(0o777)
    os.environ['TF_XLA_FLAGS'] = ''
    assert xla_cache.use_xla_cache('cpu') is None
    assert os.environ['TF_XLA_FLAGS'] == ''


def test_a_folder_of_somebody_else_is_not_used(cache, monkeypatch):
    monkeypatch.setattr(xla_cache.os, 'geteuid', lambda: cache.stat().st_uid + 1)
    os.environ['TF_XLA_FLAGS'] = ''
    assert xla_cache.use_xla_cache('cpu') is None


def test_a_path_with_a_quotation_mark_which_would_end_the_flag_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'my "cache"'))
    monkeypatch.setenv('TF_XLA_FLAGS', '')
    assert xla_cache.use_xla_cache('cpu') is None
    assert os.environ['TF_XLA_FLAGS'] == ''


def test_what_was_compiled_under_other_flags_is_not_met(cache, monkeypatch):
    monkeypatch.setenv('XLA_FLAGS', '--xla_cpu_multi_thread_eigen=false')
    os.environ['TF_XLA_FLAGS'] = ''
    assert xla_cache.use_xla_cache('cpu') != cache


def test_the_oldest_of_too_many_go(cache, monkeypatch):
    monkeypatch.setattr(xla_cache, 'MAX_FILES', 2)
    paths = [kept(cache, str(age), age=age) for age in (100.0, 200.0, 300.0)]
    os.environ['TF_XLA_FLAGS'] = ''
    xla_cache.use_xla_cache('cpu')
    assert [path.exists() for path in paths] == [True, True, False]


def test_a_sealed_file_is_found_sound(cache):
    path = kept(cache, 'new', checksum=False, age=0.0)
    xla_cache.seal(cache)
    assert (cache / 'new.pb.sha256').read_text() == sha256(path)


@pytest.mark.parametrize('suffix', ['', '.sha256'])
def test_a_pipe_in_the_cache_is_not_waited_for(cache, suffix):
    path = kept(cache, 'sound')
    path.with_name(path.name + suffix).unlink()
    os.mkfifo(path.with_name(path.name + suffix))
    os.environ['TF_XLA_FLAGS'] = ''
    assert xla_cache.use_xla_cache('cpu') is None


def results(folder, name):
    lines = (folder / 'saves' / 'runs' / f'digits_{name}' / 'history.csv').read_text().splitlines()
    return [line.split(',')[:-3] for line in lines]  # without the times and the checksum over them


def test_code_that_was_kept_computes_the_same_bits_and_damaged_code_is_not_run(tmp_path):
    tmp_path = tmp_path / 'my home'  # a space, at which TensorFlow splits its flags
    tmp_path.mkdir()
    run(tmp_path, 'train', *COMPILED)
    expected = results(tmp_path, 'elu-20-10')
    files = list((tmp_path / 'cache').rglob('*.pb'))
    assert len(files) == 3
    assert all(path.with_name(path.name + '.sha256').exists() for path in files)
    run(tmp_path, 'train', *COMPILED, '--overwrite')
    assert results(tmp_path, 'elu-20-10') == expected
    for path in files:
        path.write_bytes(path.read_bytes()[:1000])
    run(tmp_path, 'train', *COMPILED, '--overwrite')
    assert results(tmp_path, 'elu-20-10') == expected
