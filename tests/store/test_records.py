import dataclasses
import json

import pytest

from graph_mlp.config import RunConfig
from graph_mlp.errors import UsageError
from graph_mlp.store.history import RunProgress, StepFigures
from graph_mlp.store.history_file import HistoryEnd
from graph_mlp.store.records import CheckpointRecord, DatasetRecord, Identity, RunRecord, checkpoint_json
from tests.store.test_history import epoch

END = HistoryEnd(2, 'abc')
IDENTITY = Identity(
    steps_per_run=157, init_ckpt=None, pca='b', data_sha256='a', threads=2, tensorflow='2.21.0', device='cpu',
    processor='a processor', graph_mlp='1.2.0',
)  # fmt: skip
RECORD = RunRecord('label', RunConfig((4, 3), seed=7), DatasetRecord('digits', 'the digits', 'a'), IDENTITY, 12.5)
PROGRESS = RunProgress([epoch(0), epoch(1)], StepFigures([0.5, 0.25], [0.75, 1.0], [0.125, 0.5]))


def through_json(record):
    """The record after it was written to a file and read."""
    return json.loads(json.dumps(record))


def test_an_identity_comes_back_from_json():
    assert Identity.from_json(through_json(dataclasses.asdict(IDENTITY))) == IDENTITY


def test_a_runs_record_comes_back_from_json():
    assert RunRecord.from_json(through_json(RECORD.to_json()), started=99.0) == RECORD


def test_a_states_record_comes_back_from_json():
    record = through_json(checkpoint_json('digits_label', RECORD, PROGRESS, 1.5, END))
    assert CheckpointRecord.from_json(record) == CheckpointRecord(
        RECORD.config, 'digits_label', 1.5, IDENTITY, END, PROGRESS.steps
    )


def test_a_models_record_comes_back_from_json():
    record = through_json(checkpoint_json('digits_label', RECORD, PROGRESS, None, history=None))
    assert CheckpointRecord.from_json(record) == CheckpointRecord(RECORD.config, 'digits_label', identity=IDENTITY)


def test_a_record_of_version_1_0_says_neither_which_version_nor_when():
    record = RECORD.to_json()
    del record['identity']['graph_mlp'], record['started']
    older = RunRecord.from_json(record, started=99.0)
    assert (older.identity.graph_mlp, older.started) == ('older', 99.0)
    assert older.identity == dataclasses.replace(IDENTITY, graph_mlp='older')


@pytest.mark.parametrize(
    ('field', 'value', 'complaint'),
    [
        ('threads', 0, 'threads 0'),
        ('threads', '2', "threads is '2', expected a whole number"),
        ('threads', True, 'threads is True'),
        ('steps_per_run', 0, 'steps_per_run 0'),
        ('steps_per_run', 1.0, 'steps_per_run is 1.0'),
        ('init_ckpt', 3, 'init_ckpt is 3, expected a string'),
        ('data_sha256', None, 'data_sha256 is None'),
        ('tensorflow', 2.21, 'tensorflow is 2.21'),
        ('graph_mlp', None, 'graph_mlp is None'),
    ],
)
def test_an_identity_with_a_field_of_another_type_is_refused(field, value, complaint):
    with pytest.raises(ValueError, match=complaint):
        Identity.from_json({**dataclasses.asdict(IDENTITY), field: value})


@pytest.mark.parametrize('field', ['threads', 'pca', 'processor'])
def test_an_identity_that_lacks_a_field_is_refused(field):
    values = dataclasses.asdict(IDENTITY)
    del values[field]
    with pytest.raises(ValueError, match=f'{field} is None'):
        Identity.from_json(values)


@pytest.mark.parametrize(
    ('field', 'value', 'complaint'),
    [
        ('tag', 3, 'tag is 3'),
        ('started', 'yesterday', 'time at which it was started'),
        ('dataset', ['digits'], 'data set is not a JSON object'),
        ('dataset', {'name': 'digits', 'title': 'the digits'}, 'sha256 is None'),
        ('identity', None, 'identity is not a JSON object'),
        ('config', None, 'a configuration is a JSON object'),
    ],
)
def test_a_runs_record_with_a_field_of_another_type_is_refused(field, value, complaint):
    with pytest.raises((ValueError, UsageError), match=complaint):
        RunRecord.from_json({**RECORD.to_json(), field: value}, started=99.0)


@pytest.mark.parametrize(
    ('field', 'value', 'complaint'),
    [
        ('history', {}, 'epochs is None, expected a whole number'),
        ('history', 'x', 'the history is not a JSON object'),
        ('history', {'epochs': -1, 'checksum': ''}, 'the history has -1 epochs'),
        ('history', {'epochs': 1, 'checksum': 2}, 'checksum is 2, expected a string'),
        ('history', [{}], 'an epoch of the history has other fields'),
        ('run', 3, 'run is 3, expected a string'),
        ('pca_seconds', '1.5', "pca_seconds is '1.5', expected seconds"),
        ('pca_seconds', True, 'pca_seconds is True'),
        ('pca_seconds', -1.0, 'pca_seconds is -1.0'),
        ('progress', {'losses': [1.0], 'accuracies': []}, '1 losses and 0 accuracies'),
        ('progress', None, 'progress is not a JSON object'),
        ('progress', {'losses': [0.5]}, 'accuracies is not a list of numbers'),
        ('progress', {'losses': ['0.5'], 'accuracies': [1.0]}, 'losses is not a list of numbers'),
        ('progress', {'losses': [True], 'accuracies': [1.0]}, 'losses is not a list of numbers'),
    ],
)
def test_a_states_record_with_a_field_of_another_type_is_refused(field, value, complaint):
    record = checkpoint_json('digits_label', RECORD, PROGRESS, None, END)
    with pytest.raises(ValueError, match=complaint):
        CheckpointRecord.from_json({**record, field: value})


@pytest.mark.parametrize('record', [None, [], 'x', 3])
@pytest.mark.parametrize('kind', [Identity, CheckpointRecord])
def test_what_is_no_object_is_no_record(kind, record):
    with pytest.raises(ValueError, match='is not a JSON object'):
        kind.from_json(record)


def test_a_state_of_version_1_3_holds_the_history_itself_and_no_seconds():
    record = checkpoint_json('digits_label', RECORD, PROGRESS, None, END)
    older = [each._asdict() for each in PROGRESS.history]
    steps = {'losses': [0.5, 0.25], 'accuracies': [0.75, 1.0]}
    found = CheckpointRecord.from_json(through_json({**record, 'history': older, 'progress': steps}))
    assert (found.history, found.steps) == (PROGRESS.history, PROGRESS.steps._replace(seconds=[]))


def test_only_a_state_says_where_the_history_ends_and_how_far_the_next_epoch_is():
    state = checkpoint_json('digits_label', RECORD, PROGRESS, None, END)
    model = checkpoint_json('digits_label', RECORD, PROGRESS, None, history=None)
    assert set(state) - set(model) == {'history', 'progress'}
    assert state['history'] == {'epochs': 2, 'checksum': 'abc'}
    assert state['progress'] == {'losses': [0.5, 0.25], 'accuracies': [0.75, 1.0], 'seconds': [0.125, 0.5]}


def test_a_model_carries_the_figures_of_its_last_epoch():
    model = checkpoint_json('digits_label', RECORD, PROGRESS, None, history=None)
    assert (model['epoch'], model['figures']['epoch']) == (2, 1)


def test_a_state_within_the_first_epoch_has_no_figures_yet():
    state = checkpoint_json('digits_label', RECORD, RunProgress([], PROGRESS.steps), None, HistoryEnd(0, ''))
    assert (state['epoch'], state['figures'], state['history']) == (0, None, {'epochs': 0, 'checksum': ''})
