"""The history of a run as an array: columns are found by name."""

import msgspec
import numpy as np
import pytest
from numpy.lib import recfunctions

from graph_mlp.metrics import Metrics, best_epoch, from_array, scalars, to_array


class Older(msgspec.Struct, frozen=True, kw_only=True):
    """Metrics before a field was added."""

    epoch: int


class Newer(Older, frozen=True, kw_only=True):
    added: float | None = None


@pytest.fixture
def history():
    """Three epochs whose numbers all differ."""
    names = [name for name in Metrics.__struct_fields__ if name != 'epoch']
    return [Metrics(epoch=n, **{name: n + at / 7 for at, name in enumerate(names)}) for n in range(3)]


def test_a_history_comes_back_to_the_last_bit_whatever_the_order_of_its_columns(history):
    table = to_array(history)
    assert from_array(table) == history
    assert from_array(table[list(reversed(table.dtype.names))]) == history
    assert from_array(to_array([])) == []


def test_a_metric_that_is_absent_takes_its_default(monkeypatch):
    monkeypatch.setattr('graph_mlp.metrics.Metrics', Newer)
    assert from_array(np.array([(0,), (1,)], [('epoch', int)])) == [Newer(epoch=0), Newer(epoch=1)]
    table = to_array([Newer(epoch=0), Newer(epoch=1, added=0.5)])
    assert from_array(table) == [Newer(epoch=0), Newer(epoch=1, added=0.5)]


@pytest.mark.parametrize(
    'change',
    [lambda table: table[['epoch', 'test_loss']], lambda table: table[::-1], lambda table: table[1:],
     lambda table: recfunctions.append_fields(table, 'unknown', table['test_loss'], usemask=False),
     lambda table: np.zeros(3)],
    ids=['absent', 'order', 'beginning', 'unknown', 'columns'],
)  # fmt: skip
def test_what_is_no_history_is_refused(history, change):
    with pytest.raises(ValueError, match=r'.'):
        from_array(change(to_array(history)))


def test_the_earliest_of_the_best_epochs_by_validation_counts(history):
    best = (0.1, 0.9, 0.9)
    rows = [msgspec.structs.replace(row, validation_accuracy_moving=best[row.epoch]) for row in history]
    assert best_epoch(rows) == 1
    assert best_epoch([]) is None


def test_no_two_metrics_share_a_name_in_tensorboard():
    assert scalars()['test_accuracy'] == 'Accuracy'  # the notebook's own
    assert len(set(scalars().values())) == len(scalars())
