import sys

import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.errors import CheckpointError, DataError, GraphMLPError, RunError, UsageError, as_typed, reason


@pytest.mark.parametrize('error', [UsageError, DataError, CheckpointError, RunError, GraphMLPError])
def test_usage_ends_with_2_and_failures_with_1(error):
    assert error('message').exit_status == (2 if error is UsageError else 1)
    assert isinstance(error('message'), GraphMLPError)


@pytest.mark.parametrize(
    ('error', 'expected'),
    [
        (FileNotFoundError(2, 'No such file or directory', 'a/b'), 'a/b: No such file or directory'),
        (OSError(28, 'No space left on device'), 'No space left on device'),
        (ValueError('two\n  lines'), 'two lines'),
        (KeyError(), 'KeyError'),
        (tf.errors.ResourceExhaustedError(None, None, '2 root error(s) found.\n(0) OUT: full\nhint'), 'full'),
        (tf.errors.InternalError(None, None, 'where\nNode: x\nbroken\nhint'), 'broken'),
    ],
)
def test_a_reason_is_one_line_whoever_raised_it(error, expected):
    assert reason(error) == expected


@pytest.mark.parametrize(
    ('program', 'expected'),
    [
        ('/env/bin/graph-mlp', 'train one with graph-mlp train'),
        ('/checkout/graph_mlp/__main__.py', 'train one with bin/train'),
    ],
)
def test_commands_are_named_as_the_user_calls_them(monkeypatch, program, expected):
    monkeypatch.setattr(sys, 'argv', [program])
    assert as_typed('train one with bin/train') == expected
