"""The number of a claim, by hand, and what makes no claim."""

import msgspec
import pytest

from graph_mlp.study.claims import OPERATORS, Claim
from tests.study.synthetic import recorded

RUNS = {
    'a': recorded('a', [0.90, 0.98], seconds=2.0, validation=[0.5, 0.9]),
    'b': recorded('b', [0.95, 0.96], seconds=1.0, validation=[0.5, 0.7]),
    'c': recorded('c', [0.80, 0.97], seconds=4.0, validation=[0.5, 0.6]),
    'never': recorded('never', [0.5, 0.6]),
}


def claim(operator='difference', runs=('a', 'b'), measure='final accuracy', interval=(0.0, 1.0), **fields):
    return Claim(claim='A.', operator=operator, runs=runs, measure=measure, range=interval, **fields)


@pytest.mark.parametrize(
    ('operator', 'runs', 'measure', 'value'),
    [
        ('difference', 'ab', 'final accuracy', 0.02),
        ('ratio', 'ab', 'seconds per epoch', 2.0),
        ('share saved', 'ba', 'seconds per epoch', 0.5),
        ('lead', 'abc', 'final accuracy', 0.01),
        ('lead', 'bac', 'final accuracy', -0.02),
        ('lag', 'bac', 'final accuracy', 0.01),
        ('lag', 'abc', 'seconds per epoch', -2.0),
        ('lead by validation', 'abc', 'final accuracy', 0.02),
        ('range', 'abc', 'final accuracy', 0.02),
        ('highest', 'abc', 'distance from 97 %', 0.01),
        ('highest', 'a', 'change after 1 epochs', 0.08),
    ],
)
def test_the_number_of_an_operator(operator, runs, measure, value):
    assert claim(operator, tuple(runs), measure).value(RUNS) == pytest.approx(value)


def test_a_lead_passes_over_what_was_never_reached_and_nothing_else_does():
    runs = ('a', 'b', 'never')
    values = {name: claim(name, runs, 'epochs to 96 %').value(RUNS) for name in ('lead', 'lag', 'range', 'highest')}
    assert values == {'lead': 0, 'lag': None, 'range': None, 'highest': None}
    assert claim('lead', ('a', 'never'), 'epochs to 96 %').value(RUNS) is None
    assert claim('lead', ('never', 'a'), 'epochs to 96 %').value(RUNS) is None


def test_a_ratio_to_nothing_is_none():
    none = recorded('none', [0.9], seconds=0.0)
    assert claim('ratio', ('a', 'b'), 'seconds per epoch').value({'a': RUNS['a'], 'b': none}) is None


@pytest.mark.parametrize(
    ('operator', 'measure', 'unit', 'positive'),
    [
        ('difference', 'final accuracy', 'points', 'higher'),
        ('lead', 'final accuracy', 'points', 'higher'),
        ('lag', 'final accuracy', 'points', 'lower'),
        ('lag', 'seconds to 97 %', 's', 'later'),
        ('share saved', 'seconds per epoch', '%', 'less time'),
        ('ratio', 'seconds per epoch', 'times', None),
    ],
)
def test_unit_and_direction_of_a_positive_number(operator, measure, unit, positive):
    one = claim(operator, ('a', 'b'), measure)
    assert one.unit == unit
    assert (one.directions and one.directions.positive) == positive
    assert f'N {unit}{f" {positive}" if positive else ""}' in one.quantity


@pytest.mark.parametrize('operator', OPERATORS)
def test_every_operator_has_a_sentence_with_one_place_for_the_number(operator):
    assert claim(operator).template.count('{}') == 1


@pytest.mark.parametrize(
    ('fields', 'words'),
    [
        ({'operator': 'diference'}, "did you mean 'difference'"),
        ({'measure': 'final acuracy'}, "did you mean 'final accuracy'"),
        ({'runs': ('a', 'b', 'c')}, "3 runs: operator 'difference' needs 2"),
        ({'operator': 'lead', 'runs': ('a',)}, '1 runs'),
        ({'interval': (1.0, 0.0)}, 'the lower number comes first'),
        ({'interval': (float('nan'), 1.0)}, 'the lower number comes first'),
        ({'sentence': '{} and {}'}, 'in one place'),
        ({'sentence': '{0}'}, 'in one place'),
    ],
)
def test_what_makes_no_sense_is_refused(fields, words):
    with pytest.raises(ValueError, match=words):
        claim(**fields)


def test_an_unknown_field_is_refused_with_its_path():
    with pytest.raises(msgspec.ValidationError, match='unknown field `ranges`'):
        msgspec.convert({'claim': 'A.', 'operator': 'ratio', 'runs': ['a', 'b'], 'ranges': [0, 1]}, Claim)
