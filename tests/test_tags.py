import pytest

from graph_mlp.config import RunConfig
from graph_mlp.errors import UsageError
from graph_mlp.tags import as_flag, parse_tag, resolve_tag


@pytest.mark.parametrize(
    ('tag', 'fields'),
    [
        ('relu-300-100', {'activation': 'relu', 'batch_norm': False}),
        ('BN_elu-300-100', {}),
        ('PCA154_BN_elu-300-100', {'input_features': 154}),
        ('BN_MO_elu-300-100', {'optimizer': 'momentum'}),
        ('PCA9_BN_ADAGRAD_leaky_relu-5-4-3',
         {'hidden_sizes': (5, 4, 3), 'activation': 'leaky_relu', 'input_features': 9, 'optimizer': 'adagrad'}),
        ('NAG_selu-7', {'hidden_sizes': (7,), 'activation': 'selu', 'batch_norm': False, 'optimizer': 'nesterov'}),
    ],
)  # fmt: skip
def test_a_tag_spells_a_model_and_a_model_its_tag(tag, fields):
    assert resolve_tag(tag, {})[0] == tag
    assert RunConfig(**resolve_tag(tag, {})[1]) == RunConfig(**parse_tag(tag)) == RunConfig(**fields)
    assert RunConfig(**fields).model_tag == tag


def test_a_setting_is_spelled_as_its_flag():
    assert as_flag('hidden_sizes', (300, 100)) == '--hidden 300 100'
    assert [as_flag('batch_norm', value) for value in (True, False)] == ['--batch-norm', '--no-batch-norm']


def test_without_a_tag_the_flags_spell_it():
    assert resolve_tag(None, {'activation': 'tanh', 'batch_norm': None, 'epochs': 3})[0] == 'BN_tanh-300-100'


@pytest.mark.parametrize('tag', ['baseline', 'try.2', 'run-2017', '2017-08-21'])
def test_any_other_name_is_a_label(tag):
    assert resolve_tag(tag, {'activation': 'relu'}) == (tag, {'activation': 'relu'})


@pytest.mark.parametrize(
    ('tag', 'word'),
    [
        *((name, 'not a name') for name in ('a/b', '..', '.hidden', '-x', '', 'a' * 121)),
        ('digits_relu-3-2', 'other data sets'),
        ('gelu-300-100', 'not of the form'),
        ('BN_elu-300-0', 'hidden 300-0'),
        ('PCA0_relu-3-2', 'input-features 0'),
    ],
)
def test_an_impossible_tag_is_refused(tag, word):
    with pytest.raises(UsageError, match=word):
        resolve_tag(tag, {})


@pytest.mark.parametrize(
    'tag', ['BN-relu-300-100', 'relu_300_100', 'RELU-300-100', 'elu300-100', 'PCA-154_BN_elu-300-100', 'leaky-relu-5',
            'BN_NESTEROV_elu-20-10', 'relu-300-100_seed', 'PCA9_relu']
)  # fmt: skip
def test_a_tag_that_could_be_read_as_a_model_is_refused_with_one_that_can_be_followed(tag):
    with pytest.raises(UsageError, match='BN_elu-300-100') as refused:
        resolve_tag(tag, {})
    assert tag in str(refused.value)
    assert parse_tag('BN_elu-300-100')


@pytest.mark.parametrize('tag', ['BN-relu-300-100', 'relu-300-100_seed-7'])
def test_with_the_model_in_flags_it_is_a_label(tag):
    assert resolve_tag(tag, {'activation': 'relu', 'hidden_sizes': (300, 100)})[0] == tag


@pytest.mark.parametrize(
    'flags', [{'activation': 'elu'}, {'hidden_sizes': (300,)}, {'batch_norm': True}, {'input_features': 9}]
)
def test_a_flag_that_contradicts_the_tag_is_refused(flags):
    with pytest.raises(UsageError, match='drop the flag'):
        resolve_tag('relu-300-100', flags)


def test_a_flag_that_agrees_with_the_tag_is_accepted():
    assert resolve_tag('relu-300-100', {'activation': 'relu'})[1]['activation'] == 'relu'


def test_what_is_beyond_the_notebook_is_in_the_name_of_a_model_and_a_label_stays():
    flags = {'dropout': (0.5, 0.2), 'schedule': 'cosine:60', 'learning_rate': 0.1}
    assert resolve_tag('BN_elu-300-100', flags)[0] == 'BN_elu-300-100_schedule-cosine-60_dropout-0.5-0.2'
    assert resolve_tag(None, {'l2': 1e-4})[0] == 'BN_elu-300-100_l2-0.0001'
    assert resolve_tag('mine', flags)[0] == 'mine'


def test_a_label_that_spells_what_is_beyond_the_notebook_is_refused():
    with pytest.raises(UsageError, match='--tag BN_elu-30 and --dropout'):
        resolve_tag('BN_elu-30_dropout-0.5', {'hidden_sizes': (30,)})
    assert resolve_tag('my_dropout-0.5', {'hidden_sizes': (30,)})[0] == 'my_dropout-0.5'
