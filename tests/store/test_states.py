import functools

import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.errors import CheckpointError, RunError
from graph_mlp.graph.build import build
from graph_mlp.store import states
from graph_mlp.store.checkpoints import open_checkpoint
from tests.store.test_checkpoints import CONFIG, PROJECTION

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
        states.save_state(folder, session, graph.state_saver, record, PROJECTION)


def test_a_states_folder_appears_whole(tmp_path, monkeypatch):
    folder, seen = tmp_path / 'epoch-00001', []
    real = states.replace_folder

    def replace_folder(path, partial):
        seen.append((path.exists(), partial.name, names(partial)))
        real(path, partial)

    monkeypatch.setattr(states, 'replace_folder', replace_folder)
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


def test_a_state_whose_folder_was_removed_ends_in_one_line(tmp_path):
    with pytest.raises(RunError, match=r'cannot write .*epoch-00001: the folder .*checkpoints is gone'):
        write_state(tmp_path / 'checkpoints/epoch-00001')


def test_a_file_that_is_no_part_of_a_state_does_not_matter(tmp_path, monkeypatch):
    real = states.add_record

    def add_record(folder, record, projection):
        (folder / '.nfs0001').write_text('a file that was removed while it was open')
        (folder / 'model.ckpt.part-0').mkdir()
        real(folder, record, projection)

    monkeypatch.setattr(states, 'add_record', add_record)
    write_state(tmp_path / 'epoch-00001', run='label')
    with open_checkpoint(tmp_path / 'epoch-00001/model.ckpt') as checkpoint:
        assert checkpoint.record.run == 'label'


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
