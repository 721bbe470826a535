import sys

import pytest

from graph_mlp.invocation import as_typed


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
