"""How a checkpoint is located, verified and copied."""

import errno
import shutil
import tempfile

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.errors import CheckpointError, RunError, UsageError
from graph_mlp.graph.build import build
from graph_mlp.store.checkpoint import Unreadable, find_prefix, fingerprint, open_checkpoint, verified
from graph_mlp.store.manifest import read_sealed, write_sealed
from graph_mlp.store.restore import read_config, restore
from tests.conftest import RECORDED
from tests.store.models import COMPONENTS, published, restored


@pytest.mark.parametrize('path', ['model.ckpt', 'model.ckpt.index', 'model.ckpt.json', 'model.ckpt.pca.npz', '.'])
def test_a_prefix_a_part_or_the_folder_mean_the_same(tmp_path, path):
    published(tmp_path, 2.5)
    (tmp_path / '._model.ckpt.index').touch()  # as macOS makes beside every file on a foreign disk
    assert find_prefix(tmp_path / path) == tmp_path / 'model.ckpt'
    assert restored(tmp_path / path) == 2.5


def test_of_a_run_the_newest_state_is_meant(tmp_path):
    for name in ('epoch-99999', 'epoch-100000', 'epoch-09999-step-00001'):
        state = tmp_path / 'checkpoints' / name
        state.mkdir(parents=True)
        (state / 'model.ckpt.index').touch()
    assert find_prefix(tmp_path) == tmp_path / 'checkpoints/epoch-100000/model.ckpt'


@pytest.mark.parametrize(
    ('asked', 'said'),
    [('other.ckpt', r'/model\.ckpt'), ('empty/model.ckpt', r'bin/train'), ('empty', r'bin/train'),
     ('none.ckpt', 'no file none.ckpt.index'), ('two', r'two/[ab]\.ckpt')],
)  # fmt: skip
def test_where_there_is_no_checkpoint_what_to_do_is_said(tmp_path, asked, said):
    published(tmp_path)
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'two').mkdir()
    for name in ('none.ckpt', 'two/a.ckpt.index', 'two/b.ckpt.index'):
        (tmp_path / name).touch()
    with pytest.raises(CheckpointError, match=said):
        find_prefix(tmp_path / asked)


@pytest.mark.parametrize('file', ['model.ckpt', 'model.ckpt-00000-of-00001'])
@pytest.mark.parametrize('asked', ['model.ckpt', 'model.ckpt.meta', '.'])
def test_a_checkpoint_of_the_first_format_is_called_so(tmp_path, file, asked):
    with tf.Session(graph=tf.Graph()) as session:
        session.run(tf.raw_ops.Save(filename=str(tmp_path / file), tensor_names=['w'], data=[np.ones(3)]))
    with pytest.raises(CheckpointError, match=r'SaverDef\.V2'):
        find_prefix(tmp_path / asked)


@pytest.mark.parametrize('suffix', ['.index', '.data-00000-of-00001', '.json', '.pca.npz'])
@pytest.mark.parametrize('damage', ['missing', 'empty', 'cut', 'changed'])
def test_a_damaged_part_is_refused(tmp_path, suffix, damage, monkeypatch):
    monkeypatch.setattr('graph_mlp.store.checkpoint._MOST_ATTEMPTS', 1)
    path = published(tmp_path).with_name('model.ckpt' + suffix)
    content = bytearray(path.read_bytes())
    path.unlink()
    content[len(content) // 2] ^= 0x55
    if damage != 'missing':
        path.write_bytes(content[: {'empty': 0, 'cut': len(content) // 2, 'changed': None}[damage]])
    if (suffix, damage) == ('.json', 'missing'):  # then it is a checkpoint like the notebook's own
        with open_checkpoint(tmp_path) as checkpoint, pytest.raises(UsageError, match='--activation'):
            read_config(checkpoint, None)
        return
    with pytest.raises(CheckpointError, match=r'model\.ckpt'):
        restored(tmp_path / 'model.ckpt')


@pytest.mark.parametrize(
    'files', [{'/../../secret': 'x'}, {'.data-00000-of-00001/../x': 'x'}, {'.index': 3}, {}, None, 'x']
)
def test_a_strangers_manifest_names_no_file_of_ours(tmp_path, files):
    path = published(tmp_path).with_name('model.ckpt.json')
    content = read_sealed(path)
    content['files'] = {**content['files'], **files} if isinstance(files, dict) and files else files
    write_sealed(path, content)
    with pytest.raises(CheckpointError, match=r'model\.ckpt\.json'):
        verified(tmp_path / 'model.ckpt')


def test_a_part_that_cannot_be_read_is_not_called_damaged(tmp_path):
    prefix = published(tmp_path)
    path = prefix.with_name('model.ckpt.json')
    path.unlink()
    path.symlink_to(path.name)
    with pytest.raises(Unreadable, match=r'model\.ckpt\.json: Too many levels'):
        verified(prefix)


def test_a_fingerprint_is_of_the_weights_alone(tmp_path):
    prefixes = []
    for name, number in (('a', 1.0), ('b', 1.0), ('c', 2.0)):
        (tmp_path / name).mkdir()
        prefixes.append(published(tmp_path / name, number))
    path = tmp_path / 'b' / 'model.ckpt.json'
    write_sealed(path, {**read_sealed(path), 'run': 'another'})
    first, same, other = (fingerprint(verified(prefix)) for prefix in prefixes)
    assert first == same != other


def test_the_copies_are_gone_at_the_end(tmp_path):
    with open_checkpoint(published(tmp_path)) as checkpoint:
        assert checkpoint.prefix.with_name('model.ckpt.index').is_file()
    assert not checkpoint.prefix.parent.exists()


def test_while_a_model_is_replaced_its_reader_waits(tmp_path, monkeypatch):
    data, waits = published(tmp_path).with_name('model.ckpt.data-00000-of-00001'), []
    content = data.read_bytes()
    data.write_bytes(b'')

    def sleep(seconds):
        waits.append(seconds)
        data.write_bytes(content)

    monkeypatch.setattr('graph_mlp.store.checkpoint.time.sleep', sleep)
    assert restored(tmp_path) == 1.0
    assert len(waits) == 1


@pytest.mark.parametrize('place', ['saves', 'TMPDIR'])
def test_a_folder_that_looks_like_a_pattern_is_read_too(tmp_path, place, monkeypatch):
    folder = tmp_path / 'sa[1]ves*?'
    folder.mkdir()
    if place == 'TMPDIR':
        monkeypatch.setattr(tempfile, 'tempdir', str(folder))
    prefix = published(folder if place == 'saves' else tmp_path, 2.0)
    graph = build(COMPONENTS)
    with tf.Session(graph=graph.graph) as session, open_checkpoint(prefix) as copied:
        for checkpoint in (copied, verified(prefix)):
            restore(session, graph.model_saver, graph.model, checkpoint)
            assert set(session.run(graph.model['output/bias'])) == {2.0}


def test_a_prefix_that_looks_like_a_pattern_is_read_too(tmp_path):
    for path in (RECORDED / 'relu-300-100').glob('model.ckpt*'):
        shutil.copy(path, tmp_path / path.name.replace('model', 'mo[1]del'))
    with open_checkpoint(tmp_path / 'mo[1]del.ckpt') as checkpoint:
        assert read_config(checkpoint, 'relu').hidden_sizes == (300, 100)


@pytest.mark.parametrize('lacks', ['room', 'folder'])
def test_where_no_copy_can_be_made_tmpdir_is_named(tmp_path, lacks, monkeypatch):
    def copyfileobj(source, target):
        raise OSError(errno.ENOSPC, 'No space left on device')

    prefix = published(tmp_path)
    if lacks == 'room':
        monkeypatch.setattr(shutil, 'copyfileobj', copyfileobj)
    else:
        monkeypatch.setattr(tempfile, 'tempdir', str(tmp_path / 'missing'))
    with pytest.raises(RunError, match='TMPDIR'):
        restored(prefix)
