import pytest

from graph_mlp.store.history import Epoch, best_epoch, epoch_from_json


def epoch(number, validation=0.5):
    """An epoch with this accuracy by moving averages on validation."""
    return Epoch(number, 0.9, 0.3, 0.8, 0.4, 0.7, 0.5, validation, 0.6, 0.95, 0.2, 1.5, 0.25)


def test_the_best_epoch_is_the_earliest_of_the_highest():
    assert best_epoch([epoch(0, 0.5), epoch(1, 0.75), epoch(2, 0.75)]) == 1
    assert best_epoch([]) is None


def test_json_keeps_every_field():
    assert epoch_from_json(epoch(3)._asdict()) == epoch(3)


@pytest.mark.parametrize('record', [None, [], {}, {**epoch(0)._asdict(), 'epoch': '0'}, {**epoch(0)._asdict(), 'x': 1}])
def test_what_is_no_epoch_is_refused(record):
    with pytest.raises(ValueError, match='history'):
        epoch_from_json(record)
