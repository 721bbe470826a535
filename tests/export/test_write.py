import pytest

from graph_mlp.errors import RunError, UsageError
from graph_mlp.export import formats
from graph_mlp.export.formats import write_format, write_new
from graph_mlp.export.page import page
from tests.export.networks import NETWORKS, model

NETWORK = model(NETWORKS['relu'])


def write(name, dataset, target):
    if name == 'html':
        content = page(NETWORK, dataset, 0.5, dataset.test.labels)
        write_new(target, lambda path: path.write_bytes(content))
    else:
        write_format(NETWORK, target, name)


@pytest.mark.parametrize('name', ['saved-model', 'onnx', 'tflite', 'html'])
@pytest.mark.parametrize('kind', ['file', 'folder', 'link'])
def test_nothing_that_exists_is_overwritten(tmp_path, digits, name, kind):
    target = tmp_path / 'out'
    {'file': target.touch, 'folder': target.mkdir, 'link': lambda: target.symlink_to('nowhere')}[kind]()
    with pytest.raises(UsageError, match='exists and is never overwritten: name another place'):
        write(name, digits, target)
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(('name', 'function'), [('saved-model', 'write_saved_model'), ('tflite', 'tflite_bytes')])
def test_after_a_failure_on_the_way_nothing_is_left(tmp_path, monkeypatch, name, function):
    def fail(model, path=None):
        if path:
            path.mkdir()
            (path / 'half').touch()
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(formats, function, fail)
    with pytest.raises(RunError, match='No space left on device; make room'):
        write_format(NETWORK, tmp_path / 'out', name)
    assert list(tmp_path.iterdir()) == []


def test_what_came_meanwhile_is_kept(tmp_path, monkeypatch):
    def slow(model):
        (tmp_path / 'out').write_text('mine')
        return b'model'

    monkeypatch.setattr(formats, 'tflite_bytes', slow)
    with pytest.raises(UsageError, match='exists'):
        write_format(NETWORK, tmp_path / 'out', 'tflite')
    assert (tmp_path / 'out').read_text() == 'mine'
    assert len(list(tmp_path.iterdir())) == 1


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(RunError, match=r'there is no folder .*no; make it'):
        write_format(NETWORK, tmp_path / 'no' / 'out', 'tflite')
