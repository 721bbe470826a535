import pytest

from graph_mlp.analysis.settings import SETTINGS, read_setting
from graph_mlp.cli import study
from graph_mlp.config import RunConfig
from graph_mlp.errors import UsageError


@pytest.mark.parametrize(
    ('name', 'text', 'expected'),
    [
        ('hidden', '300-100', ('hidden_sizes', (300, 100))),
        ('hidden', '5', ('hidden_sizes', (5,))),
        ('learning-rate', '0.03', ('learning_rate', 0.03)),
        ('batch-norm', 'no', ('batch_norm', False)),
        ('keep-last-batch', 'True', ('keep_last_batch', True)),
        ('steps-per-run', '1', ('steps_per_run', 1)),
    ],
)
def test_a_setting_is_read(name, text, expected):
    assert read_setting(name, text) == expected


@pytest.mark.parametrize(
    ('name', 'text', 'words'),
    [
        ('learningrate', '1', "did you mean 'learning-rate'?"),
        ('hidden', 'many', "hidden 'many': expected units such as '300-100'"),
        ('batch-norm', 'maybe', 'expected yes or no'),
        ('steps-per-run', '0', 'expected a positive whole number'),
    ],
)
def test_a_slip_is_told(name, text, words):
    with pytest.raises(UsageError) as caught:
        read_setting(name, text)
    assert words in str(caught.value)


def test_every_field_that_makes_a_run_different_is_a_setting_and_a_flag():
    fields = {setting.field for setting in SETTINGS.values()}
    assert fields == set(RunConfig.__dataclass_fields__) - {'seed', 'epochs', 'dataset'} | {'steps_per_run'}
    flags = {option for action in study.parser()._actions for option in action.option_strings}
    assert {f'--{name}' for name in SETTINGS} <= flags
