import tensorflow.compat.v1 as tf

from graph_mlp import files
from graph_mlp.config import RunConfig
from graph_mlp.files import sha256
from graph_mlp.store import publish
from graph_mlp.store.manifest import read_sealed, write_sealed
from tests.store.published import published, restored, values


def record_of(prefix):
    return read_sealed(prefix.with_name('model.ckpt.json'))


def test_a_new_model_replaces_the_old_at_one_instant(tmp_path, monkeypatch):
    published(tmp_path, 1.0)
    real, seen = files.os.replace, []

    def replace(source, target):
        seen.append(restored(tmp_path))
        real(source, target)
        seen.append(restored(tmp_path))

    monkeypatch.setattr(files.os, 'replace', replace)
    published(tmp_path, 2.0)
    assert seen == sorted(seen)
    assert set(seen) == {1.0, 2.0}
    assert seen[-4:] == [1.0, 2.0, 2.0, 2.0]  # around the index, and around `checkpoint`, the last file


def test_many_models_in_a_row_leave_one_and_its_predecessors_data(tmp_path, monkeypatch):
    monkeypatch.setattr(publish, 'READERS_GRACE', 0.0)
    for number in range(1, 8):
        published(tmp_path, float(number))
        assert restored(tmp_path) == number
    shard_counts = {path.name[-5:] for path in tmp_path.glob('model.ckpt.data-*')}
    assert len(shard_counts) == 2


def test_within_the_readers_grace_no_data_file_is_reused(tmp_path):
    for number in range(1, 5):
        published(tmp_path, float(number))
    shard_counts = {path.name[-5:] for path in tmp_path.glob('model.ckpt.data-*')}
    assert shard_counts == {'00001', '00002', '00003', '00004'}


def test_a_model_without_pca_leaves_no_projection_behind(tmp_path):
    published(tmp_path)
    published(tmp_path, projection=None, config=RunConfig(hidden_sizes=(4, 3), dataset='digits'))
    assert not (tmp_path / 'model.ckpt.pca.npz').exists()


def test_a_record_of_the_previous_model_is_kept_within(tmp_path):
    records = [record_of(published(tmp_path, number)) for number in (1.0, 2.0)]
    assert 'previous' not in records[0]
    assert records[1]['previous'] == records[0]


def test_the_model_before_the_previous_one_is_not(tmp_path):
    for number in (1.0, 2.0, 3.0):
        record = record_of(published(tmp_path, number))
    assert 'previous' not in record['previous']


def test_the_record_has_the_checksum_of_every_other_file(tmp_path):
    prefix = published(tmp_path)
    files = record_of(prefix)['files']
    assert set(files) == {'.index', '.data-00000-of-00001', '.meta', '.pca.npz'}
    assert files == {suffix: sha256(prefix.with_name(prefix.name + suffix)) for suffix in files}


def test_a_file_that_is_no_part_of_the_model_does_not_make_it_unreadable(tmp_path, monkeypatch):
    real = publish._write_bundle

    def write_bundle(prefix, values, shards):
        real(prefix, values, shards)
        prefix.with_name('model.ckpt.part-0.data-00000-of-00001').touch()  # that could not be removed

    monkeypatch.setattr(publish, '_write_bundle', write_bundle)
    assert restored(published(tmp_path, 2.0)) == 2.0


def test_a_model_of_several_data_files_is_complete(tmp_path):
    publish._write_bundle(tmp_path / 'model.ckpt', values(3.0), shards=3)
    assert len(list(tmp_path.glob('model.ckpt.data-*-of-00003'))) == 3
    reader = tf.train.load_checkpoint(str(tmp_path / 'model.ckpt'))
    stored = {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}
    assert stored.keys() == values(3.0).keys()
    assert all((value == 3.0).all() for value in stored.values())


def test_the_newest_checkpoint_is_the_model_also_when_the_folder_has_moved(tmp_path):
    (tmp_path / 'saves').mkdir()
    published(tmp_path / 'saves', 2.0)
    (tmp_path / 'saves').rename(tmp_path / 'moved')
    latest = tf.train.latest_checkpoint(str(tmp_path / 'moved'))
    assert latest == str(tmp_path / 'moved/model.ckpt')
    assert (tf.train.load_checkpoint(latest).get_tensor('output/bias') == 2.0).all()


def test_the_newest_checkpoint_is_named_once_it_is_there(tmp_path, monkeypatch):
    real, latest = files.os.replace, []

    def replace(source, target):
        latest.append(tf.train.latest_checkpoint(str(tmp_path)))
        real(source, target)

    monkeypatch.setattr(files.os, 'replace', replace)
    published(tmp_path)
    assert set(latest) == {None}
    assert (tmp_path / 'model.ckpt.index').exists()
    assert tf.train.latest_checkpoint(str(tmp_path)) == str(tmp_path / 'model.ckpt')


def test_it_is_named_as_tensorflows_saver_names_it(tmp_path):
    published(tmp_path)
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable('weight', initializer=1.0)
        session.run(tf.global_variables_initializer())
        tf.train.Saver(save_relative_paths=True).save(session, str(tmp_path / 'theirs' / 'model.ckpt'))
    assert (tmp_path / 'checkpoint').read_text() == (tmp_path / 'theirs' / 'checkpoint').read_text()


def test_what_other_commands_are_writing_is_left_alone(tmp_path):
    export = tmp_path / '.partial-export'
    killed = tmp_path / '.partial-model.ckpt-killed'
    export.mkdir()
    killed.mkdir()
    published(tmp_path)
    assert export.exists()
    assert not killed.exists()


def test_a_disk_without_hard_links_keeps_the_old_projection_by_a_copy(tmp_path, monkeypatch):
    def link(source, target):
        raise PermissionError(1, 'Operation not permitted')

    published(tmp_path, 1.0)
    monkeypatch.setattr(publish.os, 'link', link)
    assert restored(published(tmp_path, 2.0)) == 2.0
    assert list(tmp_path.glob('model.ckpt.pca-*.npz'))


def test_a_record_without_a_predecessor_counts(tmp_path):
    path = published(tmp_path).with_name('model.ckpt.json')
    write_sealed(path, {name: value for name, value in read_sealed(path).items() if name != 'previous'})
    assert publish.published_dataset(tmp_path) == 'digits'
