"""Mutated files end in an error of ours or in the right values: never in a traceback, never in a wrong result."""

import contextlib
import gzip
import io
import shutil

import msgspec
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from hypothesis import strategies as st
from PIL import Image

from graph_mlp.data import pca
from graph_mlp.data.idx import read_idx
from graph_mlp.data.picture import read_digits
from graph_mlp.data.pictures import FORMATS, read_picture
from graph_mlp.graph.build import build
from graph_mlp.store import checkpoint as module
from graph_mlp.store.checkpoint import open_checkpoint
from graph_mlp.store.manifest import Manifest, read_sealed, write_sealed
from graph_mlp.store.restore import read_config, read_projection, restore
from tests.fuzz.mutations import MUTATIONS, check, mutated
from tests.store.models import COMPONENTS as CONFIG
from tests.store.models import PROJECTION, drawn, published

PARTS = ('.index', '.data-00000-of-00001', '.json', '.pca.npz')
LABELS = bytes([0, 0, 8, 1, 0, 0, 0, 40]) + bytes(range(10)) * 4
UNDAMAGED = ('insert', 0.0, b'')


@pytest.fixture
def cases(request):
    """`--fuzz N`."""
    return request.config.getoption('fuzz')


@pytest.mark.parametrize('pack', [bytes, gzip.compress], ids=['plain', 'gzip'])
def test_idx(tmp_path, cases, pack):
    path, content = tmp_path / 'labels', pack(LABELS)

    def property_of(mutation):
        path.write_bytes(mutated(content, mutation))
        array = read_idx(path, 1).array
        # A flipped label cannot be known from the file alone; its checksum tells MNIST from other data.
        assert array.size <= 60
        if pack is gzip.compress:  # the CRC covers the content; gzip's own header may differ
            assert bytes(array) == LABELS[8:]

    check(cases, MUTATIONS, property_of)


def test_projection(tmp_path, cases):
    path = tmp_path / 'pca.npz'
    with open(path, 'wb') as file:
        PROJECTION.save(file)
    content = path.read_bytes()

    def property_of(mutation):
        path.write_bytes(mutated(content, mutation))
        assert pca.load(path, 5).equals(PROJECTION)

    check(cases, MUTATIONS, property_of)


@pytest.mark.parametrize('kind', FORMATS)
def test_picture(tmp_path, cases, kind):
    page = np.full((60, 90), 240, np.uint8)
    page[10:50, 30:40] = 20
    file = io.BytesIO()
    Image.fromarray(page).save(file, kind)
    path, content = tmp_path / 'picture', file.getvalue()

    def property_of(mutation):
        path.write_bytes(mutated(content, mutation))
        for digit in read_digits(read_picture(path)):
            image = digit.image
            assert (image.shape, image.dtype, image.max()) == ((28, 28), np.uint8, 255)

    property_of(UNDAMAGED)
    check(cases, MUTATIONS, property_of)


@pytest.fixture
def read_damaged(tmp_path, monkeypatch):
    """A function that reads a damaged copy of a published model and compares what it read."""
    monkeypatch.setattr(module, '_MOST_ATTEMPTS', 1)
    graph = build(CONFIG)
    values = drawn(CONFIG)
    (tmp_path / 'sound').mkdir()
    published(tmp_path / 'sound', values)
    session = tf.Session(graph=graph.graph)

    def read(suffix, mutation, has_manifest):
        shutil.rmtree(tmp_path / 'damaged', ignore_errors=True)
        shutil.copytree(tmp_path / 'sound', tmp_path / 'damaged')
        if not has_manifest:
            (tmp_path / 'damaged/model.ckpt.json').unlink()
        path = tmp_path / f'damaged/model.ckpt{suffix}'
        path.write_bytes(mutated(path.read_bytes(), mutation))
        with open_checkpoint(tmp_path / 'damaged') as opened:
            config = read_config(opened, 'elu')
            projection = read_projection(opened, config, None)
            restore(session, graph.model_saver, graph.model, opened)
        assert projection.equals(PROJECTION)
        for name, value in session.run(graph.model).items():
            np.testing.assert_array_equal(value, values[name])
        assert config == CONFIG if has_manifest else config.hidden_sizes == CONFIG.hidden_sizes

    for has_manifest in (True, False):
        read('.index', UNDAMAGED, has_manifest)
    return read


@pytest.mark.parametrize('suffix', PARTS)
def test_checkpoint(read_damaged, cases, suffix):
    check(cases, MUTATIONS, lambda mutation: read_damaged(suffix, mutation, has_manifest=True))


@pytest.mark.parametrize('suffix', PARTS[:2])
def test_checkpoint_without_a_manifest(read_damaged, cases, suffix):
    check(cases, MUTATIONS, lambda mutation: read_damaged(suffix, mutation, has_manifest=False))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def test_manifest(tmp_path, cases):
    """A field of any value under a right checksum."""
    path, record = tmp_path / 'model.ckpt.json', msgspec.to_builtins(Manifest(config=CONFIG))
    fields = [('config', name) for name in record['config']] + [(name,) for name in record]

    def property_of(case):
        (*names, last), value = case
        changed = {**record, 'config': dict(record['config'])}
        (changed['config'] if names else changed)[last] = value
        with contextlib.suppress(ValueError):  # of a value that no JSON has, or that no manifest has
            write_sealed(path, changed)
            Manifest.from_json(read_sealed(path))

    check(cases, st.tuples(st.sampled_from(fields), _VALUES), property_of)
