import pytest

from graph_mlp.config import RunConfig
from graph_mlp.errors import UsageError


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


def test_a_field_that_is_absent_takes_its_default():
    record = RunConfig(epochs=3).to_json()
    del record['keep_last_batch']
    assert RunConfig.from_json(record) == RunConfig(epochs=3)


def test_an_unknown_field_is_refused_by_name():
    with pytest.raises(UsageError, match='unknown fields: dropout'):
        RunConfig.from_json({**RunConfig().to_json(), 'dropout': 0.5})


def test_the_description_names_the_model_and_its_optimizer():
    config = RunConfig((5,), 'tanh', False, 9, optimizer='adam', learning_rate=0.001)
    assert config.description == '9-5-10, tanh, no batch norm, Adam, rate 0.001'


def test_hidden_layers_are_numbered_as_tf_layers_did():
    assert RunConfig((3, 2)).hidden_layer_names == [
        ('hidden1', 'batch_normalization'),
        ('hidden2', 'batch_normalization_1'),
    ]


def test_a_step_is_three_products_a_layer_but_two_of_the_first():
    # 2 * 10 * (3 * (784*2 + 2*10) - 784*2)
    assert RunConfig((2,), batch_size=10).step_flops == 2 * 10 * (3 * (1568 + 20) - 1568)


def test_parameters_are_kernels_biases_gammas_and_betas():
    assert RunConfig((2,), batch_norm=False).parameters == 784 * 2 + 2 + 2 * 10 + 10
    assert RunConfig((2,), batch_norm=True).parameters == 784 * 2 + 2 + 2 * 10 + 10 + 2 + 2
