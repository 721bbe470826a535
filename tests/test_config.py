import msgspec
import pytest

from graph_mlp.config import RunConfig, settings
from graph_mlp.errors import UsageError


@pytest.mark.parametrize(
    ('name', 'value'),
    [('learning_rate', 0.0), ('learning_rate', float('nan')), ('learning_rate', float('inf')), ('batch_size', 0),
     ('epochs', 0), ('epochs', True), ('seed', -1), ('seed', 2**32), ('steps_per_run', 0), ('hidden_sizes', ()),
     ('hidden_sizes', (0,)), ('activation', 'gelu'), ('optimizer', 'lion'), ('dataset', '../x')],
)  # fmt: skip
def test_a_value_out_of_range_is_refused_with_its_flag_and_what_is_allowed(name, value):
    one = settings()[name]
    with pytest.raises(UsageError) as raised:
        RunConfig(**{name: value})
    assert all(part in str(raised.value) for part in (one.flag or name, one.spelled(value), one.expected))


EVERY = RunConfig(
    hidden_sizes=(7, 6, 5), activation='tanh', batch_norm=False, input_features=20, pca='pca.npz', dataset='digits',
    height=20, width=16, classes=3, optimizer='adam', learning_rate=0.5, batch_size=8, keep_last_batch=True, epochs=2,
    seed=1, init_ckpt='model.ckpt', steps_per_run=9, schedule='exponential:10:0.5:staircase', beta1=0.5, beta2=0.5,
    epsilon=1e-3, dropout=(0.5, 1e-05, 0.0), input_dropout=0.2, l2=1e-4, clip_value=1.0, clip_norm=2.0,
    patience=3, monitor='loss', publish='best',
)  # fmt: skip


def test_a_value_that_is_spelled_reads_as_itself_and_through_json():
    fields = msgspec.structs.asdict(EVERY)
    assert list(fields) == list(settings())
    for name, one in settings().items():
        if name in ('momentum', 'decay'):  # numbers of other optimizers
            continue
        assert fields[name] != one.default  # so that nothing passes by being left out
        assert one.read(one.spelled(fields[name])) == fields[name]
    assert msgspec.convert(msgspec.to_builtins(EVERY), RunConfig) == EVERY


def test_settings_follow_from_the_fields():
    one = settings()['learning_rate']
    expected = ('learning-rate', float, 0.01, 'rate', 'training')
    assert (one.flag, one.kind, one.default, one.in_name, one.group) == expected
    assert settings()['steps_per_run'].kind is int  # beside None
    assert 'adam' in settings()['optimizer'].choices
    assert {name for name, one in settings().items() if one.flag is None} == {'dataset', 'height', 'width', 'classes'}
    assert all(one.help for one in settings().values())


@pytest.mark.parametrize(
    ('name', 'text'),
    [('epochs', '3.5'), ('epochs', 'x'), ('epochs', '0'), ('batch_norm', 'perhaps'), ('hidden_sizes', '300-'),
     ('learning_rate', 'nan'), ('optimizer', 'Adam')],
)  # fmt: skip
def test_a_text_that_spells_no_value_is_refused(name, text):
    with pytest.raises(UsageError):
        settings()[name].read(text)


@pytest.mark.parametrize(
    'change', [{'epochs': '3'}, {'epochs': True}, {'hidden_sizes': '300'}, {'hidden_sizes': [3.5]}, {'width': 0.5}]
)
def test_json_of_another_type_or_with_an_unknown_field_is_refused_by_name(change):
    with pytest.raises((UsageError, msgspec.ValidationError), match=next(iter(change))):
        msgspec.convert({**msgspec.to_builtins(RunConfig()), **change}, RunConfig)


def test_a_field_that_is_absent_takes_its_default():
    record = msgspec.to_builtins(RunConfig(epochs=3))
    del record['keep_last_batch']
    assert msgspec.convert(record, RunConfig) == RunConfig(epochs=3)


DATA = {'dataset': 'data-00000000', 'height': 32, 'width': 40, 'classes': 62}


@pytest.mark.parametrize(
    ('given', 'features', 'tag'), [({}, 1280, 'BN_elu-5'), ({'input_features': 9}, 9, 'PCA9_BN_elu-5')]
)
def test_who_takes_all_pixels_takes_all_those_of_other_data(given, features, tag):
    config = RunConfig(hidden_sizes=(5,), **given).on(DATA)
    assert (config.input_features, config.model_tag) == (features, tag)
    assert config.kernel_shapes == [(features, 5), (5, 62)]


def test_no_input_features_are_all_pixels_and_784_may_be_fewer():
    assert RunConfig(**DATA, input_features=None).model_tag == 'BN_elu-300-100'
    assert RunConfig(**DATA, input_features=784).model_tag == 'PCA784_BN_elu-300-100'


def test_a_record_of_version_2_0_is_of_28_by_28_pixels_and_ten_classes():
    record = {name: value for name, value in msgspec.to_builtins(RunConfig()).items() if name not in DATA}
    config = msgspec.convert(record, RunConfig)
    assert (config.input_features, config.pixels, config.classes) == (784, 784, 10)


def test_the_description_names_the_model_and_its_optimizer():
    config = RunConfig(
        hidden_sizes=(5,), activation='tanh', batch_norm=False, input_features=9, optimizer='adam', learning_rate=0.001
    )
    assert config.description == '9-5-10, tanh, no batch norm, Adam, rate 0.001'


def test_hidden_layers_are_numbered_as_tf_layers_did():
    assert RunConfig(hidden_sizes=(3, 2)).hidden_layer_names == [
        ('hidden1', 'batch_normalization'),
        ('hidden2', 'batch_normalization_1'),
    ]


def test_parameters_are_kernels_biases_gammas_and_betas():
    assert RunConfig(hidden_sizes=(2,), batch_norm=False).parameters == 784 * 2 + 2 + 2 * 10 + 10
    assert RunConfig(hidden_sizes=(2,), batch_norm=True).parameters == 784 * 2 + 2 + 2 * 10 + 10 + 2 + 2


@pytest.mark.parametrize(
    'fields',
    [{'beta1': 0.5}, {'optimizer': 'adam', 'momentum': 0.5}, {'dropout': (0.1, 0.2, 0.3)}, {'dropout': (1.0,)},
     {'input_dropout': 1.0}, {'schedule': 'cosine'}, {'clip_norm': 0.0}, {'l2': -1.0}, {'l2': float('inf')},
     {'patience': 0}, {'publish': 'first'}],
)  # fmt: skip
def test_what_contradicts_the_optimizer_the_layers_or_its_range_is_refused_by_its_flag(fields):
    name = list(fields)[-1]
    with pytest.raises(UsageError, match=f'^--{name.replace("_", "-")}'):
        RunConfig(**fields)


def test_the_description_lists_what_is_beyond_the_notebook():
    assert RunConfig(dropout=(0.5,), clip_norm=5).description.endswith('rate 0.01, dropout 0.5, clip-norm 5')
