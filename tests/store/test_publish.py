"""A reader finds the old model or the new one, complete, at any moment."""

import pytest
import tensorflow.compat.v1 as tf

from graph_mlp import files
from graph_mlp.files import sha256
from graph_mlp.store import publish
from graph_mlp.store.manifest import read_sealed
from tests.store.models import PIXELS, published, restored


def before_each_rename(monkeypatch, look):
    """Calls `look` before every rename and after it; returns what it finds."""
    real, seen = files.os.replace, []

    def replace(source, target):
        seen.append(look())
        real(source, target)
        seen.append(look())

    monkeypatch.setattr(files.os, 'replace', replace)
    return seen


def test_a_new_model_replaces_the_old_at_one_instant(tmp_path, monkeypatch):
    published(tmp_path, 1.0)
    seen = before_each_rename(monkeypatch, lambda: restored(tmp_path))
    published(tmp_path, 2.0)
    assert seen == sorted(seen)
    assert seen.count(1.0) % 2  # the change is within the rename of an index


def test_the_newest_checkpoint_is_named_once_it_is_there(tmp_path, monkeypatch):
    seen = before_each_rename(monkeypatch, lambda: tf.train.latest_checkpoint(str(tmp_path)))
    published(tmp_path)
    assert set(seen[:-1]) == {None}
    assert seen[-1] == str(tmp_path / 'model.ckpt')


def test_a_published_model_is_one_shard_and_nothing_of_an_earlier_one_stays(tmp_path):
    for number in (1.0, 2.0, 3.0):
        assert restored(published(tmp_path, number)) == number
    names = {path.name.removeprefix('model.ckpt') for path in tmp_path.glob('model.ckpt*')}
    assert names == {'.index', '.data-00000-of-00001', '.json', '.meta', '.pca.npz'}


def test_a_publisher_killed_between_its_two_shards_is_followed_by_one_that_leaves_one(tmp_path, monkeypatch):
    published(tmp_path, 1.0)
    real = publish._write_bundle

    def write_bundle(prefix, values, shards):
        if shards == 1:
            raise KeyboardInterrupt
        real(prefix, values, shards)

    with monkeypatch.context() as patch:
        patch.setattr(publish, '_write_bundle', write_bundle)
        with pytest.raises(KeyboardInterrupt):
            published(tmp_path, 2.0)
    assert restored(tmp_path) == 2.0
    seen = before_each_rename(monkeypatch, lambda: restored(tmp_path))
    published(tmp_path, 3.0)
    assert (seen, restored(tmp_path)) == (sorted(seen), 3.0)
    assert [path.name for path in tmp_path.glob('model.ckpt.data-*')] == ['model.ckpt.data-00000-of-00001']


def test_a_model_without_pca_leaves_none_behind(tmp_path):
    published(tmp_path)
    published(tmp_path, config=PIXELS)
    assert not (tmp_path / 'model.ckpt.pca.npz').exists()


def test_the_manifest_holds_the_previous_one_and_the_checksum_of_every_other_file(tmp_path):
    published(tmp_path, 1.0)
    prefix = published(tmp_path, 2.0)
    manifest = read_sealed(tmp_path / 'model.ckpt.json')
    assert '.data-00000-of-00002' in manifest['previous']['files']
    assert 'previous' not in manifest['previous']
    assert set(manifest['files']) == {'.index', '.data-00000-of-00001', '.meta', '.pca.npz'}
    assert all(sha256(prefix.with_name(f'model.ckpt{end}')) == each for end, each in manifest['files'].items())


def test_a_file_that_is_no_part_of_the_model_does_not_make_it_unreadable(tmp_path, monkeypatch):
    real = publish._write_bundle

    def write_bundle(prefix, values, shards):
        real(prefix, values, shards)
        prefix.with_name('model.ckpt.part-0.data-00000-of-00001').touch()  # that could not be removed

    monkeypatch.setattr(publish, '_write_bundle', write_bundle)
    assert restored(published(tmp_path, 2.0)) == 2.0


def test_it_is_named_as_tensorflows_saver_names_it(tmp_path):
    published(tmp_path)
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable('weight', initializer=1.0)
        session.run(tf.global_variables_initializer())
        tf.train.Saver(save_relative_paths=True).save(session, str(tmp_path / 'theirs' / 'model.ckpt'))
    assert (tmp_path / 'checkpoint').read_text() == (tmp_path / 'theirs' / 'checkpoint').read_text()


def test_what_a_killed_publisher_left_is_removed_and_another_commands_is_not(tmp_path):
    export, killed = tmp_path / '.partial-export', tmp_path / '.partial-model.ckpt-killed'
    export.mkdir()
    killed.mkdir()
    published(tmp_path)
    assert export.exists()
    assert not killed.exists()


def test_a_disk_without_hard_links_keeps_the_old_pca_by_a_copy(tmp_path, monkeypatch):
    def link(source, target):
        raise PermissionError(1, 'Operation not permitted')

    published(tmp_path, 1.0)
    monkeypatch.setattr(publish.os, 'link', link)
    seen = before_each_rename(monkeypatch, lambda: restored(tmp_path))
    published(tmp_path, 2.0)
    assert set(seen) == {1.0, 2.0}
