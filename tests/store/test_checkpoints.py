import errno
import json
import shutil
import tempfile

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.pca import Projection
from graph_mlp.errors import CheckpointError, RunError, UsageError
from graph_mlp.graph.build import build
from graph_mlp.session.restore import read_config, read_projection, restore
from graph_mlp.store import publish
from graph_mlp.store.checkpoints import (
    find_prefix,
    fingerprint,
    open_checkpoint,
    open_in_place,
    recorded_dataset,
)
from graph_mlp.store.sealed import read_sealed, write_sealed
from graph_mlp.store.verification import Unreadable
from tests.conftest import RECORDED

CONFIG = RunConfig((4, 3), input_features=5, dataset='digits')
PROJECTION = Projection(np.zeros(784, np.float32), np.eye(5, 784, dtype=np.float32))


def values(number):
    """A model whose every weight is `number`."""
    return {name: np.full(variable.shape, number, np.float32) for name, variable in build(CONFIG).model.items()}


def published(saves, number=1.0, config=CONFIG, projection=PROJECTION):
    return publish.publish_model(saves, values(number), b'meta', {'config': config.to_json()}, projection)


def restored(path):
    """What every weight of the checkpoint is."""
    graph = build(CONFIG)
    with open_checkpoint(path) as checkpoint, tf.Session(graph=graph.graph) as session:
        assert read_config(checkpoint, None) == CONFIG
        np.testing.assert_array_equal(read_projection(checkpoint, CONFIG, None).components, PROJECTION.components)
        restore(session, graph.model_saver, graph.model, checkpoint)
        found = {float(number) for value in session.run(graph.model).values() for number in np.ravel(value)}
    [number] = found
    return number


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
    monkeypatch.setattr('graph_mlp.store.verification._MOST_ATTEMPTS', 1)
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
    monkeypatch.setattr('graph_mlp.store.verification._MOST_ATTEMPTS', 1)
    record = tmp_path / 'model.ckpt.json'
    published(tmp_path)
    content = read_sealed(record).content
    content['files'] = {**content['files'], **files} if isinstance(files, dict) and files else files
    write_sealed(record, content)
    with pytest.raises(CheckpointError, match='does not belong'), open_checkpoint(tmp_path):
        pass


def test_the_data_set_is_the_records(tmp_path):
    assert recorded_dataset(published(tmp_path)) == 'digits'
    for path in (RECORDED / 'relu-300-100').glob('model.ckpt*'):
        shutil.copy(path, tmp_path / path.name.replace('model', 'other'))
    assert recorded_dataset(tmp_path / 'other.ckpt') == 'mnist'


def test_a_fingerprint_is_of_the_weights_alone(tmp_path):
    for name in 'abc':
        (tmp_path / name).mkdir()
    first, same, other = (published(tmp_path / name, number) for name, number in (('a', 1.0), ('b', 1.0), ('c', 2.0)))
    path = same.parent / 'model.ckpt.json'
    write_sealed(path, {**read_sealed(path).content, 'run': 'another'})
    assert fingerprint(first) == fingerprint(same) != fingerprint(other)


def test_the_copies_are_gone_at_the_end(tmp_path):
    with open_checkpoint(published(tmp_path)) as checkpoint:
        assert checkpoint.prefix.with_name('model.ckpt.index').is_file()
        assert checkpoint.pca_file.read_bytes() == (tmp_path / 'model.ckpt.pca.npz').read_bytes()
    assert not checkpoint.prefix.parent.exists()


def test_a_checkpoint_that_nobody_replaces_is_read_where_it_is(tmp_path, monkeypatch):
    prefix = published(tmp_path)
    monkeypatch.setattr(tempfile, 'TemporaryDirectory', None)  # no copy
    with open_in_place(prefix) as checkpoint:
        assert checkpoint.prefix == prefix
        assert checkpoint.pca_file == tmp_path / 'model.ckpt.pca.npz'


@pytest.mark.parametrize('opened', [open_checkpoint, open_in_place])
def test_a_path_that_looks_like_a_pattern_is_read_too(tmp_path, opened):
    folder = tmp_path / 'sa[1]ves*?'
    folder.mkdir()
    graph = build(CONFIG)
    with opened(published(folder, 2.0)) as checkpoint, tf.Session(graph=graph.graph) as session:
        restore(session, graph.model_saver, graph.model, checkpoint)
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
    with (
        pytest.raises(Unreadable, match=r'cannot read .*model\.ckpt\.json: Too many levels'),
        open_in_place(prefix),
    ):
        pass


def test_hidden_files_are_no_checkpoints(tmp_path):
    published(tmp_path)
    (tmp_path / '._model.ckpt.index').touch()  # as macOS makes beside every file on a foreign disk
    assert find_prefix(tmp_path) == tmp_path / 'model.ckpt'


def test_a_record_of_version_1_3_is_read_and_said_to_be_unchecked(tmp_path, capsys):
    path = published(tmp_path).with_name('model.ckpt.json')
    record = {**read_sealed(path).content, 'format': 1}
    path.write_text(json.dumps(record))
    assert restored(tmp_path) == 1.0
    assert 'model.ckpt.json is of a version before 1.4, without a checksum' in capsys.readouterr().err


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
