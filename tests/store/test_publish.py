import functools
import json

import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.errors import CheckpointError, RunError
from graph_mlp.graph.build import build
from graph_mlp.store import publish
from graph_mlp.store.checkpoints import open_checkpoint
from tests.store.test_checkpoints import CONFIG, PROJECTION, published, restored

STATE_FILES = [
    'model.ckpt.data-00000-of-00001', 'model.ckpt.index', 'model.ckpt.json', 'model.ckpt.pca.npz'
]  # fmt: skip


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@functools.cache
def built():
    return build(CONFIG)


def write_state(folder, **more):
    """Writes the state of a graph whose variables are as they begin; `more` stands in its record."""
    graph = built()
    with tf.Session(graph=graph.graph) as session:
        session.run(graph.init)
        record = {'config': CONFIG.to_json(), **more}
        publish.save_state(folder, session, graph.state_saver, record, PROJECTION)


def test_a_states_folder_appears_whole(tmp_path, monkeypatch):
    folder, seen = tmp_path / 'epoch-00001', []
    real = publish.replace_folder

    def replace_folder(path, partial):
        seen.append((path.exists(), partial.name, names(partial)))
        real(path, partial)

    monkeypatch.setattr(publish, 'replace_folder', replace_folder)
    write_state(folder)
    [(was_there, partial_name, partial_files)] = seen
    assert not was_there
    assert partial_name.startswith('.partial-')
    assert partial_files == names(folder) == STATE_FILES
    assert names(tmp_path) == ['epoch-00001']


def test_a_state_can_be_opened(tmp_path):
    write_state(tmp_path / 'epoch-00001', run='label')
    with open_checkpoint(tmp_path / 'epoch-00001/model.ckpt') as checkpoint:
        assert checkpoint.record.run == 'label'


def test_a_state_that_cannot_be_written_does_not_appear(tmp_path):
    with pytest.raises(RunError, match=r'cannot write .*epoch-00001'):
        write_state(tmp_path / 'epoch-00001', pca_seconds=float('nan'))  # which JSON has not
    assert names(tmp_path) == []


def test_a_damaged_state_is_replaced(tmp_path):
    folder = tmp_path / 'epoch-00001'
    write_state(folder)
    (folder / 'model.ckpt.index').write_bytes(b'x')
    (folder / 'stray').touch()
    with pytest.raises(CheckpointError), open_checkpoint(folder / 'model.ckpt'):
        pass
    write_state(folder)
    with open_checkpoint(folder / 'model.ckpt'):
        assert names(folder) == STATE_FILES


def test_a_new_model_replaces_the_old_at_one_instant(tmp_path, monkeypatch):
    published(tmp_path, 1.0)
    real, seen = publish.os.replace, []

    def replace(source, target):
        seen.append(restored(tmp_path))
        real(source, target)
        seen.append(restored(tmp_path))

    monkeypatch.setattr(publish.os, 'replace', replace)
    published(tmp_path, 2.0)
    assert seen == sorted(seen)
    assert set(seen) == {1.0, 2.0}
    assert seen[-2:] == [1.0, 2.0]  # around the index, the last file


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
    published(tmp_path, projection=None, config=RunConfig((4, 3), dataset='digits'))
    assert not (tmp_path / 'model.ckpt.pca.npz').exists()


def test_a_record_of_the_previous_model_is_kept_within(tmp_path):
    records = [json.loads(published(tmp_path, number).with_suffix('.ckpt.json').read_text()) for number in (1.0, 2.0)]
    assert records[0].pop('previous') is None
    assert records[1]['previous'] == records[0]


def test_the_model_before_the_previous_one_is_not(tmp_path):
    for number in (1.0, 2.0, 3.0):
        record = json.loads(published(tmp_path, number).with_suffix('.ckpt.json').read_text())
    assert 'previous' not in record['previous']
