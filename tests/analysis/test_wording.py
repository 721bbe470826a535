import math

import pytest

from graph_mlp.analysis.claims import Claim
from graph_mlp.analysis.measures import HIGHER, Directions
from graph_mlp.analysis.named_measures import named_measure
from graph_mlp.analysis.operators import OPERATORS
from graph_mlp.analysis.verdicts import FAILS, NOISE, UNTESTED, Range, Verdict
from graph_mlp.analysis.wording import claimed_range, measured_sentence, what_it_takes

EARLIER, LESS_TIME = Directions('earlier', 'later'), Directions('less time', 'more time')


def claim(unit, directions=None, claimed=(0.0, math.inf)):
    operator = OPERATORS['difference']._replace(unit=unit, directions=directions and (lambda measure: directions))
    return Claim('A claim.', 'A ends {} than B', named_measure('final accuracy'), operator, ('A', 'B'), Range(*claimed))


@pytest.mark.parametrize(
    ('unit', 'directions', 'mean', 'interval', 'sentence'),
    [
        ('s', EARLIER, 3.91, (2.24, 5.58), 'A ends 3.9 s earlier than B [2.2, 5.6]'),
        ('s', EARLIER, -3.91, (-5.58, -2.24), 'A ends 3.9 s later than B [2.2, 5.6]'),
        ('s', EARLIER, -9.3, (-27.5, 8.9), 'A ends 9.3 s later than B [27.5 later to 8.9 earlier]'),
        ('points', HIGHER, 0.0057, (0.0, 0.0114), 'A ends 0.57 points higher than B [0.00, 1.14]'),
        ('points', HIGHER, 0.001, (-0.001, 0.003), 'A ends 0.10 points higher than B [0.10 lower to 0.30 higher]'),
        ('%', LESS_TIME, 0.89, (0.88, 0.9), 'A ends 89 % less time than B [88, 90]'),
        ('times', None, 1.394, (1.12, 1.667), 'A ends 1.39 times than B [1.12, 1.67]'),
        ('points', None, 0.0013, (-0.0012, 0.0038), 'A ends 0.13 points than B [-0.12, 0.38]'),
    ],
)
def test_a_sentence_gives_size_direction_and_interval(unit, directions, mean, interval, sentence):
    assert measured_sentence(claim(unit, directions), Verdict(FAILS, mean, Range(*interval), 3)) == sentence


def test_one_seed_has_no_interval():
    assert measured_sentence(claim('s', EARLIER), Verdict(UNTESTED, -2.0, None, 1)) == 'A ends 2.0 s later than B'


def test_without_a_number_nothing_was_measured():
    assert measured_sentence(claim('s', EARLIER), Verdict(UNTESTED, None, None, 0)) == 'not measured'


@pytest.mark.parametrize(
    ('unit', 'directions', 'claimed', 'words'),
    [
        ('s', EARLIER, (0.0, math.inf), 'earlier'),
        ('s', EARLIER, (2.0, math.inf), 'more than 2.0 s earlier'),
        ('points', HIGHER, (0.0, 0.01), '0.00 to 1.00 points higher'),
        ('points', HIGHER, (-math.inf, 0.0025), 'lower, or less than 0.25 points higher'),
        ('%', LESS_TIME, (0.31, 0.51), '31 to 51 % less time'),
        ('points', None, (-math.inf, 0.005), 'less than 0.50 points'),
        ('points', HIGHER, (-0.03, -0.01), '1.00 to 3.00 points lower'),
        ('points', HIGHER, (-0.03, 0.01), '3.00 points lower to 1.00 points higher'),
        ('points', HIGHER, (-0.03, 0.0), '0.00 to 3.00 points lower'),
        ('points', HIGHER, (-math.inf, -0.01), 'more than 1.00 points lower'),
        ('points', HIGHER, (-math.inf, 0.0), 'lower'),
        ('points', HIGHER, (-0.01, math.inf), 'higher, or less than 1.00 points lower'),
        ('times', None, (2.0, math.inf), 'more than 2.00 times'),
        ('times', None, (1.5, 2.5), '1.50 to 2.50 times'),
    ],
)
def test_a_range_is_told_in_the_words_of_the_sentence(unit, directions, claimed, words):
    assert claimed_range(claim(unit, directions, claimed)) == words


def test_what_it_takes_is_reckoned_at_the_level_of_the_verdict():
    verdict = Verdict(NOISE, 0.014, Range(0.005, 0.023), 8, 0.01)
    assert what_it_takes(verdict, 'points') == '8 seeds tell 1.16 points apart; for 1.40 about 7'
    # Fifteen pairs: the clearest has to have p below 0.05 / 15.
    assert what_it_takes(verdict._replace(level=0.05 / 15), 'points') == (
        '8 seeds tell 1.93 points apart; for 1.40 about 12'
    )
    assert what_it_takes(verdict._replace(level=None), 'points') == ''
