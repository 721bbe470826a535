import pytest

from graph_mlp.config import RunConfig, parse_tag, requested
from graph_mlp.errors import UsageError


@pytest.mark.parametrize(
    ('tag', 'model'),
    [
        ('relu-300-100', RunConfig(activation='relu', batch_norm=False)),
        ('BN_elu-300-100', RunConfig()),
        ('PCA154_BN_elu-300-100', RunConfig(input_features=154)),
        ('BN_MO_elu-300-100', RunConfig(optimizer='momentum')),
        ('PCA9_ADAGRAD_leaky_relu-5-4-3', RunConfig((5, 4, 3), 'leaky_relu', False, 9, optimizer='adagrad')),
        ('NAG_selu-7', RunConfig((7,), 'selu', False, optimizer='nesterov')),
    ],
)
def test_a_tag_spells_a_model_and_a_model_its_tag(tag, model):
    assert requested(tag, {}) == (tag, parse_tag(tag))
    assert RunConfig(**parse_tag(tag)) == model
    assert model.model_tag == tag


def test_without_a_tag_the_flags_spell_it():
    assert requested(None, {'activation': 'tanh', 'batch_norm': None, 'epochs': 3})[0] == 'BN_tanh-300-100'


@pytest.mark.parametrize('tag', ['baseline', 'try.2', 'run-2017', '2017-08-21'])
def test_any_other_name_is_a_label(tag):
    assert requested(tag, {'activation': 'relu'}) == (tag, {'activation': 'relu'})


@pytest.mark.parametrize(
    ('tag', 'word'),
    [
        ('a/b', 'not a name'),
        ('..', 'not a name'),
        ('.hidden', 'not a name'),
        ('-x', 'not a name'),
        ('', 'not a name'),
        ('a' * 121, 'not a name'),
        ('digits_relu-3-2', 'other data sets'),
        ('gelu-300-100', 'not of the form'),
        ('BN_elu_300_100', 'not of the form'),
        ('BN_elu-300-0', 'hidden size 0'),
        ('PCA0_relu-3-2', 'input features 0'),
        ('PCA785_relu-3-2', 'input features 785'),
    ],
)
def test_an_impossible_tag_is_refused(tag, word):
    with pytest.raises(UsageError, match=word):
        requested(tag, {})


@pytest.mark.parametrize(
    'flags', [{'activation': 'elu'}, {'hidden_sizes': (300,)}, {'batch_norm': True}, {'input_features': 9}]
)
def test_a_flag_that_contradicts_the_tag_is_refused(flags):
    with pytest.raises(UsageError, match='drop the flag'):
        requested('relu-300-100', flags)


def test_a_flag_that_agrees_with_the_tag_is_accepted():
    assert requested('relu-300-100', {'activation': 'relu'})[1]['activation'] == 'relu'


@pytest.mark.parametrize(
    'values',
    [
        {'learning_rate': 0.0},
        {'learning_rate': float('nan')},
        {'batch_size': 0},
        {'epochs': 0},
        {'seed': -1},
        {'seed': 2**32},
        {'hidden_sizes': ()},
        {'activation': 'gelu'},
        {'optimizer': 'lion'},
        {'dataset': '../x'},
    ],
)
def test_a_value_out_of_range_is_refused(values):
    with pytest.raises(UsageError):
        RunConfig(**values)


def test_json_keeps_every_field():
    config = RunConfig((7, 6, 5), 'tanh', False, 20, 'digits', 'adam', 0.5, 8, True, 2, 1)
    assert RunConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    'change', [{'epochs': '3'}, {'epochs': True}, {'hidden_sizes': '300'}, {'hidden_sizes': [3.5]}, {'surprise': 1}]
)
def test_json_of_another_type_is_refused(change):
    with pytest.raises(UsageError):
        RunConfig.from_json({**RunConfig().to_json(), **change})


def test_a_step_is_three_products_a_layer_but_two_of_the_first():
    # 2 * 10 * (3 * (784*2 + 2*10) - 784*2)
    assert RunConfig((2,), batch_size=10).step_flops == 2 * 10 * (3 * (1568 + 20) - 1568)


def test_parameters_are_kernels_biases_gammas_and_betas():
    assert RunConfig((2,), batch_norm=False).parameters == 784 * 2 + 2 + 2 * 10 + 10
    assert RunConfig((2,), batch_norm=True).parameters == 784 * 2 + 2 + 2 * 10 + 10 + 2 + 2
