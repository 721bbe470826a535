import errno
import json
import shutil
import tempfile

import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.errors import CheckpointError, RunError, UsageError
from graph_mlp.graph.build import build
from graph_mlp.store.checkpoint import Unreadable, find_prefix, fingerprint, open_checkpoint, verified
from graph_mlp.store.manifest import read_sealed, write_sealed
from graph_mlp.store.restore import read_config, read_projection, restore
from tests.conftest import RECORDED
from tests.store.published import CONFIG, PROJECTION, published, restored


def test_a_fresh_graph_gets_the_weights_back(tmp_path):
    assert restored(published(tmp_path, 2.5)) == 2.5


@pytest.mark.parametrize('path', ['model.ckpt', 'model.ckpt.index', 'model.ckpt.json', 'model.ckpt.pca.npz', '.'])
def test_a_prefix_a_part_or_the_folder_mean_the_same(tmp_path, path):
    published(tmp_path)
    assert find_prefix(tmp_path / path) == tmp_path / 'model.ckpt'


def test_what_does_exist_is_named(tmp_path):
    published(tmp_path)
    with pytest.raises(CheckpointError, match=r'no checkpoint .*other\.ckpt.*there is .*model\.ckpt'):
        find_prefix(tmp_path / 'other.ckpt')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(CheckpointError, match='train one with bin/train'):
        find_prefix(tmp_path / 'empty' / 'model.ckpt')


@pytest.mark.parametrize('suffix', ['.index', '.data-00000-of-00001', '.json', '.pca.npz'])
@pytest.mark.parametrize('damage', ['missing', 'empty', 'cut', 'changed'])
def test_a_damaged_part_is_refused(tmp_path, suffix, damage, monkeypatch):
    monkeypatch.setattr('graph_mlp.store.checkpoint._MOST_ATTEMPTS', 1)
    path = published(tmp_path).with_name('model.ckpt' + suffix)
    content = bytearray(path.read_bytes())
    path.unlink()
    if damage == 'cut':
        path.write_bytes(content[: len(content) // 2])
    elif damage == 'changed':
        content[len(content) // 2] ^= 0x55
        path.write_bytes(content)
    elif damage == 'empty':
        path.write_bytes(b'')
    if (suffix, damage) == ('.json', 'missing'):  # then it is a checkpoint like the notebook's own
        with open_checkpoint(tmp_path) as checkpoint, pytest.raises(UsageError, match='--activation'):
            read_config(checkpoint, None)
        return
    with pytest.raises(CheckpointError, match=r'model\.ckpt'):
        restored(tmp_path / 'model.ckpt')


@pytest.mark.parametrize(
    'files',
    [{'/../../secret': 'x'}, {'.data-00000-of-00001/../x': 'x'}, {'.index': 3}, {}, None, 'x'],
)
def test_a_strangers_record_names_no_file_of_ours(tmp_path, files, monkeypatch):
    monkeypatch.setattr('graph_mlp.store.checkpoint._MOST_ATTEMPTS', 1)
    record = tmp_path / 'model.ckpt.json'
    published(tmp_path)
    content = read_sealed(record)
    content['files'] = {**content['files'], **files} if isinstance(files, dict) and files else files
    write_sealed(record, content)
    with pytest.raises(CheckpointError, match='does not belong'), open_checkpoint(tmp_path):
        pass


def test_a_fingerprint_is_of_the_weights_alone(tmp_path):
    for name in 'abc':
        (tmp_path / name).mkdir()
    prefixes = [published(tmp_path / name, number) for name, number in (('a', 1.0), ('b', 1.0), ('c', 2.0))]
    path = tmp_path / 'b' / 'model.ckpt.json'
    write_sealed(path, {**read_sealed(path), 'run': 'another'})
    first, same, other = (fingerprint(verified(prefix)) for prefix in prefixes)
    assert first == same != other


def test_the_copies_are_gone_at_the_end(tmp_path):
    with open_checkpoint(published(tmp_path)) as checkpoint:
        assert checkpoint.prefix.with_name('model.ckpt.index').is_file()
        assert '.pca.npz' in checkpoint.checksums
    assert not checkpoint.prefix.parent.exists()


@pytest.mark.parametrize('place', ['saves', 'TMPDIR'])
def test_a_path_that_looks_like_a_pattern_is_read_too(tmp_path, place, monkeypatch):
    folder = tmp_path / 'sa[1]ves*?'
    folder.mkdir()
    if place == 'TMPDIR':
        monkeypatch.setattr(tempfile, 'tempdir', str(folder))
    prefix = published(folder if place == 'saves' else tmp_path, 2.0)
    graph = build(CONFIG)
    with open_checkpoint(prefix) as copied, tf.Session(graph=graph.graph) as session:
        restore(session, graph.model_saver, graph.model, copied)
        restore(session, graph.model_saver, graph.model, verified(prefix))
        assert set(session.run(graph.model['output/bias'])) == {2.0}


def test_a_model_whose_own_name_looks_like_a_pattern_is_read_too(tmp_path):
    for path in (RECORDED / 'relu-300-100').glob('model.ckpt*'):
        shutil.copy(path, tmp_path / path.name.replace('model', 'mo[1]del'))
    with open_checkpoint(tmp_path / 'mo[1]del.ckpt') as checkpoint:
        assert read_config(checkpoint, 'relu').hidden_sizes == (300, 100)


def test_no_room_for_a_copy_names_the_folder_and_not_the_checkpoint(tmp_path, monkeypatch):
    prefix = published(tmp_path)

    def copyfileobj(source, target):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(shutil, 'copyfileobj', copyfileobj)
    with pytest.raises(RunError, match=rf'no room in {tempfile.gettempdir()} for a copy of .*TMPDIR'):
        restored(prefix)


def test_no_folder_for_a_copy_is_one_line(tmp_path, monkeypatch):
    prefix = published(tmp_path)
    monkeypatch.setattr(tempfile, 'tempdir', str(tmp_path / 'missing'))
    with pytest.raises(RunError, match=r'no temporary folder can be made .*TMPDIR'):
        restored(prefix)


def test_a_part_that_cannot_be_read_is_not_called_damaged(tmp_path):
    prefix = published(tmp_path)
    (tmp_path / 'model.ckpt.json').unlink()
    (tmp_path / 'model.ckpt.json').symlink_to('model.ckpt.json')
    with pytest.raises(Unreadable, match=r'cannot read .*model\.ckpt\.json: Too many levels'):
        verified(prefix)


def test_hidden_files_are_no_checkpoints(tmp_path):
    published(tmp_path)
    (tmp_path / '._model.ckpt.index').touch()  # as macOS makes beside every file on a foreign disk
    assert find_prefix(tmp_path) == tmp_path / 'model.ckpt'


def test_a_record_of_version_1_3_is_read(tmp_path):
    path = published(tmp_path).with_name('model.ckpt.json')
    record = {**read_sealed(path), 'format': 1}  # without a checksum
    path.write_text(json.dumps(record))
    assert restored(tmp_path) == 1.0


def test_of_a_run_the_newest_state_is_meant(tmp_path):
    for name in ('epoch-99999', 'epoch-100000', 'epoch-09999-step-00001'):
        state = tmp_path / 'checkpoints' / name
        state.mkdir(parents=True)
        (state / 'model.ckpt.index').touch()
    assert find_prefix(tmp_path) == tmp_path / 'checkpoints/epoch-100000/model.ckpt'


def test_another_projection_than_its_own_is_refused(tmp_path):
    other = PROJECTION._replace(mean=PROJECTION.mean + 1)
    for name, projection in (('same.npz', PROJECTION), ('other.npz', other)):
        with open(tmp_path / name, 'wb') as file:
            projection.save(file)
    with open_checkpoint(published(tmp_path)) as checkpoint:
        assert read_projection(checkpoint, CONFIG, tmp_path / 'same.npz').equals(PROJECTION)
        with pytest.raises(UsageError, match='has another PCA of its own; leave out --pca'):
            read_projection(checkpoint, CONFIG, tmp_path / 'other.npz')


def test_a_checkpoint_in_the_v1_format_is_told_from_none(tmp_path):
    (tmp_path / 'old.ckpt').write_bytes(b'a table of slices')
    with pytest.raises(CheckpointError, match='V1 format'):
        find_prefix(tmp_path / 'old.ckpt')


def test_a_file_that_is_newer_than_its_index_is_waited_for(tmp_path, monkeypatch):
    prefix, tries = published(tmp_path, 1.0), []

    def sleep(seconds):
        tries.append(seconds)
        data.write_bytes(content)

    data = prefix.with_name('model.ckpt.data-00000-of-00001')
    content = data.read_bytes()
    data.write_bytes(b'')
    monkeypatch.setattr('graph_mlp.store.checkpoint.time.sleep', sleep)
    assert restored(prefix) == 1.0
    assert len(tries) == 1
