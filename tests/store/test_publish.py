"""A reader finds the old model or the new one, complete, at any moment."""

import tensorflow.compat.v1 as tf

from graph_mlp import files
from graph_mlp.files import sha256
from graph_mlp.store import publish
from graph_mlp.store.manifest import read_sealed
from tests.store.models import PIXELS, published, restored


def manifest_of(prefix):
    return read_sealed(prefix.with_name('model.ckpt.json'))


def shard_counts(folder):
    return {path.name[-5:] for path in folder.glob('model.ckpt.data-*')}


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
    assert seen[-4:] == [1.0, 2.0, 2.0, 2.0]  # around the index, and around `checkpoint`, the last file


def test_the_newest_checkpoint_is_named_once_it_is_there(tmp_path, monkeypatch):
    seen = before_each_rename(monkeypatch, lambda: tf.train.latest_checkpoint(str(tmp_path)))
    published(tmp_path)
    assert set(seen[:-1]) == {None}
    assert seen[-1] == str(tmp_path / 'model.ckpt')


def test_many_models_in_a_row_leave_one_and_its_predecessors_data(tmp_path, monkeypatch):
    monkeypatch.setattr(publish, 'READERS_GRACE', 0.0)
    for number in range(1, 8):
        assert restored(published(tmp_path, float(number))) == number
    assert len(shard_counts(tmp_path)) == 2


def test_within_the_readers_grace_no_data_file_is_reused(tmp_path):
    for number in range(1, 5):
        published(tmp_path, float(number))
    assert shard_counts(tmp_path) == {'00001', '00002', '00003', '00004'}


def test_a_model_without_pca_leaves_none_behind(tmp_path):
    published(tmp_path)
    published(tmp_path, config=PIXELS)
    assert not (tmp_path / 'model.ckpt.pca.npz').exists()


def test_the_manifest_of_the_previous_model_is_kept_within_and_of_none_before_it(tmp_path):
    first, second, third = (manifest_of(published(tmp_path, number)) for number in (1.0, 2.0, 3.0))
    assert 'previous' not in first
    assert second.pop('previous') == first
    assert third['previous'] == second


def test_the_manifest_has_the_checksum_of_every_other_file(tmp_path):
    prefix = published(tmp_path)
    checksums = manifest_of(prefix)['files']
    assert set(checksums) == {'.index', '.data-00000-of-00001', '.meta', '.pca.npz'}
    assert checksums == {suffix: sha256(prefix.with_name(prefix.name + suffix)) for suffix in checksums}


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
    assert restored(published(tmp_path, 2.0)) == 2.0
    assert list(tmp_path.glob('model.ckpt.pca-*.npz'))
