"""The one record of a run, and the seal on it."""

import msgspec
import pytest

from graph_mlp.config import RunConfig
from graph_mlp.store.manifest import Identity, Manifest, read_sealed, write_sealed
from tests.conftest import RECORDED

IDENTITY = Identity(threads=1, device='cpu', processor='p', tensorflow='2.21.0')


def test_a_manifest_comes_back(tmp_path):
    manifest = Manifest(config=RunConfig(hidden_sizes=(3,)), run='a', identity=IDENTITY, files={'.index': '0'})
    write_sealed(tmp_path / 'x.json', msgspec.to_builtins(manifest))
    assert Manifest.from_json(read_sealed(tmp_path / 'x.json')) == manifest


def test_a_field_that_is_absent_takes_its_default():
    assert Manifest.from_json({'config': {}}) == Manifest(config=RunConfig())


@pytest.mark.parametrize(
    'record', [{}, {'config': {'epochs': 'many'}}, {'config': {'dropout': 0.5}}, {'config': {}, 'started': 'then'}]
)
def test_what_is_no_manifest_is_refused(record):
    with pytest.raises(ValueError, match=r'.'):
        Manifest.from_json(record)


@pytest.mark.parametrize('version', ['version-1.2', 'version-1.5'])
def test_the_records_of_version_1_are_read(version):
    manifest = Manifest.from_json(read_sealed(RECORDED / version / 'model.ckpt.json'))
    assert manifest.config.hidden_sizes == (6,)
    assert manifest.config.steps_per_run == 1  # which was no field of the configuration then
    assert manifest.pca_seconds > 0


@pytest.mark.parametrize(
    'damage',
    [lambda text: text.replace('"a": 1', '"a": 2'), lambda text: text[:-5], lambda text: '[]', lambda text: '',
     lambda text: text.replace('"format": 3', '"format": 1'), lambda text: text.replace('sha256', 'sha255')],
)  # fmt: skip
def test_whatever_changed_is_noticed(tmp_path, damage):
    path = tmp_path / 'x.json'
    write_sealed(path, {'a': 1})
    path.write_text(damage(path.read_text()))
    with pytest.raises(ValueError, match=r'.'):
        read_sealed(path)
