"""Mutated files end in an error of ours or in the right values: never in a traceback, never in a wrong result."""

import contextlib
import dataclasses
import gzip
import shutil

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_mlp.analysis.measures import Group, row
from graph_mlp.analysis.tables import table
from graph_mlp.config import RunConfig
from graph_mlp.data import pca
from graph_mlp.data.idx import read_idx
from graph_mlp.errors import GraphMLPError
from graph_mlp.graph.build import build
from graph_mlp.session.restore import read_config, read_projection, restore
from graph_mlp.store import verification
from graph_mlp.store.checkpoints import open_checkpoint
from graph_mlp.store.history import epoch_from_json
from graph_mlp.store.publish import publish_model
from graph_mlp.store.recorded import read_run
from graph_mlp.store.sealed import read_sealed, write_sealed
from tests.analysis.synthetic import write_run

CONFIG = RunConfig((4, 3), input_features=5, dataset='digits')
PROJECTION = pca.Projection(np.zeros(784, np.float32), np.eye(5, 784, dtype=np.float32))
PARTS = ('.index', '.data-00000-of-00001', '.json', '.pca.npz')
LABELS = bytes([0, 0, 8, 1, 0, 0, 0, 40]) + bytes(range(10)) * 4

places = st.floats(0, 1, exclude_max=True)
mutations = st.one_of(
    st.tuples(st.just('flip'), places, st.integers(0, 7)),
    st.tuples(st.just('cut'), places, st.just(0)),
    st.tuples(st.just('drop'), places, st.integers(1, 40)),
    st.tuples(st.just('insert'), places, st.binary(min_size=1, max_size=20)),
    st.tuples(st.just('overwrite'), places, st.sampled_from([b'\xff' * 8, b'\0' * 16, b'1e999', b'[[[[', b'../../'])),
)


def mutated(content, mutation):
    kind, place, detail = mutation
    at, content = int(place * len(content)), bytearray(content)
    if kind == 'flip':
        content[at] ^= 1 << detail
    elif kind == 'cut':
        del content[at:]
    elif kind == 'drop':
        del content[at : at + detail]
    elif kind == 'insert':
        content[at:at] = detail
    else:
        content[at : at + len(detail)] = detail
    return bytes(content)


@pytest.fixture
def budget(request):
    """Settings of a fuzz: `--fuzz N` cases."""
    count = request.config.getoption('fuzz')
    shared = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=count, deadline=None, suppress_health_check=shared, derandomize=True, database=None)


def check(budget, strategy, property_of):
    """Runs a property over cases; counts are printed for the note of a release."""
    count = 0

    @budget
    @given(strategy)
    def cases(case):
        nonlocal count
        count += 1
        with contextlib.suppress(GraphMLPError):
            property_of(case)

    cases()
    print(f'{count} cases, 0 tracebacks')


@pytest.mark.parametrize('pack', [bytes, gzip.compress], ids=['plain', 'gzip'])
def test_idx(tmp_path, budget, pack):
    path, whole = tmp_path / 'labels', pack(LABELS)

    def property_of(mutation):
        path.write_bytes(mutated(whole, mutation))
        array = read_idx(path, 1).array
        # A flipped label cannot be known from the file alone; its checksum tells MNIST from what is not.
        assert array.size <= 60
        if pack is gzip.compress:  # the CRC covers the content; gzip's own header may differ
            assert bytes(array) == LABELS[8:]

    check(budget, mutations, property_of)


def test_projection(tmp_path, budget):
    path = tmp_path / 'pca.npz'
    with open(path, 'wb') as file:
        PROJECTION.save(file)
    whole = path.read_bytes()

    def property_of(mutation):
        path.write_bytes(mutated(whole, mutation))
        loaded = pca.load(path, 5)
        np.testing.assert_array_equal(loaded.components, PROJECTION.components)

    check(budget, mutations, property_of)


@pytest.fixture
def checkpoint(tmp_path, monkeypatch):
    """A function that opens a damaged copy of a published model and returns its weights."""
    monkeypatch.setattr(verification, '_MOST_ATTEMPTS', 1)
    graph = build(CONFIG)
    values = {name: np.random.RandomState(0).rand(*variable.shape) for name, variable in graph.model.items()}
    values = {name: value.astype(np.float32) for name, value in values.items()}
    (tmp_path / 'whole').mkdir()
    publish_model(tmp_path / 'whole', values, b'meta', {'config': CONFIG.to_json()}, PROJECTION)
    session = tf.Session(graph=graph.graph)

    def damaged(suffix, mutation, with_record):
        shutil.rmtree(tmp_path / 'damaged', ignore_errors=True)
        shutil.copytree(tmp_path / 'whole', tmp_path / 'damaged')
        if not with_record:
            (tmp_path / 'damaged/model.ckpt.json').unlink()
        path = tmp_path / f'damaged/model.ckpt{suffix}'
        path.write_bytes(mutated(path.read_bytes(), mutation))
        with open_checkpoint(tmp_path / 'damaged') as opened:
            config = read_config(opened, 'elu')
            projection = read_projection(opened, config, None)
            restore(session, graph.model_saver, graph.model, opened)
        np.testing.assert_array_equal(projection.components, PROJECTION.components)
        for name, value in session.run(graph.model).items():
            np.testing.assert_array_equal(value, values[name])
        assert config == CONFIG if with_record else config.hidden_sizes == CONFIG.hidden_sizes

    for with_record in (True, False):
        damaged('.index', ('insert', 0.0, b''), with_record)  # undamaged, it opens
    return damaged


@pytest.mark.parametrize('suffix', PARTS)
def test_a_part_of_a_checkpoint(checkpoint, budget, suffix):
    check(budget, mutations, lambda mutation: checkpoint(suffix, mutation, with_record=True))


@pytest.mark.parametrize('suffix', ['.index', '.data-00000-of-00001'])
def test_a_part_of_a_checkpoint_without_a_record(checkpoint, budget, suffix):
    check(budget, mutations, lambda mutation: checkpoint(suffix, mutation, with_record=False))


values_of_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def test_config_json(tmp_path, budget):
    run = write_run(tmp_path, 'run', [0.5], hidden_sizes=(4, 3), input_features=5)
    record = read_sealed(run.folder / 'config.json').content
    fields = st.sampled_from(sorted(field.name for field in dataclasses.fields(RunConfig)))

    def property_of(case):
        name, value = case
        with contextlib.suppress(ValueError):  # a value that no JSON has
            write_sealed(run.folder / 'config.json', {**record, 'config': {**record['config'], name: value}})
        run.record()

    check(budget, st.tuples(fields, values_of_json), property_of)


def test_config_json_bytes(tmp_path, budget):
    run = write_run(tmp_path, 'run', [0.5], hidden_sizes=(4, 3), input_features=5)
    whole = (run.folder / 'config.json').read_bytes()

    def property_of(mutation):
        (run.folder / 'config.json').write_bytes(mutated(whole, mutation))
        run.record()

    check(budget, mutations, property_of)


@pytest.mark.parametrize('name', ['history.csv', 'config.json', 'checkpoints/epoch-00002/model.ckpt.json'])
def test_a_run_that_is_compared(tmp_path, budget, name):
    run = write_run(tmp_path, 'PCA5_relu-3', [0.5, 0.75], 1.0, pca_seconds=2.0, hidden_sizes=(3,), input_features=5)
    whole = (run.folder / name).read_bytes()
    expected = read_run(run)

    def property_of(mutation):
        (run.folder / name).write_bytes(mutated(whole, mutation))
        found = read_run(run)
        assert found == expected
        table([row(Group('name', [found]))], 'markdown')

    check(budget, mutations, property_of)


def test_a_line_of_history(budget):
    def property_of(value):
        with contextlib.suppress(ValueError):
            epoch_from_json(value)

    check(budget, values_of_json, property_of)
