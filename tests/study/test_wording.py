"""The numbers within the sentences."""

import math
import re

import pytest

from graph_mlp.compare import named_measure
from graph_mlp.significance import NOISE, MeanTest, SequentialTest
from graph_mlp.study import wording
from graph_mlp.study.claims import Claim
from graph_mlp.study.findings import Finding, JudgedClaim, Pair, find
from graph_mlp.study.plan import Comparison
from graph_mlp.study.wording import answer, claimed_range, measured_sentence, number, pair_sentence, what_it_takes
from tests.study.synthetic import recorded

ACCURACY = named_measure('final accuracy')


def claim(operator, low, high, measure='final accuracy'):
    return Claim(
        claim='A.', operator=operator, runs=('a', 'b'), measure=measure, range=(low, high), sentence='It is {}.'
    )


@pytest.mark.parametrize(
    ('value', 'unit', 'text'),
    [
        (0.00567, 'points', '0.57'), (0.414, '%', '41'), (21.613, 'times', '21.61'), (3.92, 's', '3.9'),
        (0.456, 's', '0.46'), (0.0123, 's', '0.012'), (12.34, 'epochs', '12.3'), (1234567.0, 'parameters', '1,234,567'),
    ],
)  # fmt: skip
def test_a_number_has_the_digits_of_its_unit(value, unit, text):
    assert number(value, unit) == text


@pytest.mark.parametrize(
    ('one', 'text'),
    [
        (claim('difference', 0.0, math.inf), 'higher'),
        (claim('difference', -math.inf, 0.0), 'lower'),
        (claim('difference', 0.005, math.inf), 'more than 0.50 points higher'),
        (claim('difference', -0.015, -0.005), '0.50 to 1.50 points lower'),
        (claim('difference', -0.005, 0.005), '0.50 points lower to 0.50 points higher'),
        (claim('lag', -math.inf, 0.0025), 'higher, or less than 0.25 points lower'),
        (claim('lead', 0.0, math.inf, 'seconds to 97 %'), 'earlier'),
        (claim('ratio', 2.0, math.inf, 'seconds per epoch'), 'more than 2.00 times'),
        (claim('share saved', 0.31, 0.51, 'seconds per epoch'), '31 to 51 % less time'),
    ],
)
def test_a_range_is_read_with_its_direction(one, text):
    assert claimed_range(one) == text


@pytest.mark.parametrize(
    ('values', 'text'),
    [
        ([0.01, 0.02, 0.03], 'It is 2.00 points higher. [0.48 lower to 4.48 higher]'),
        ([0.019, 0.020, 0.021], 'It is 2.00 points higher. [1.75, 2.25]'),
        ([-0.019, -0.020, -0.021], 'It is 2.00 points lower. [1.75, 2.25]'),
        ([0.02], 'It is 2.00 points higher.'),
    ],
)
def test_a_difference_has_size_direction_and_interval(values, text):
    assert measured_sentence(JudgedClaim('1a', claim('difference', 0.0, 1.0), MeanTest(values))) == text


def test_what_was_not_measured_is_said():
    assert measured_sentence(JudgedClaim('1a', claim('difference', 0.0, 1.0), None)) == 'not measured'


def test_a_pair_says_by_how_much_how_surely_and_of_how_many_seeds():
    pair = Pair('a', 'b', MeanTest([0.019, 0.020, 0.021]), 0.001)
    sentence = pair_sentence(pair, ACCURACY)
    assert sentence.startswith('a is better than b by 2.00 points')
    assert re.findall(r'[\d.]+', sentence) == ['2.00', '1.75', '2.25', '3']


def test_within_noise_says_what_it_takes():
    test = MeanTest([0.01, -0.02, 0.03, 0.0, 0.01, 0.005])
    text = what_it_takes(test, NOISE, 'points')
    values = [number(test.detectable(), 'points'), number(test.mean, 'points'), str(test.seeds_needed(test.mean))]
    assert re.findall(r'[\d.,]*\d', text) == ['6', *values]
    assert 'guess' not in text
    assert 'guess' in what_it_takes(MeanTest([0.01, -0.02]), NOISE, 'points')


def test_the_distance_is_to_the_nearest_end_of_the_claimed_range():
    test = MeanTest([0.01, 0.02, 0.03, 0.02, 0.01])
    assert '; for 0.20 ' in what_it_takes(test, NOISE, 'points', (0.02, math.inf))


def test_a_study_that_stops_when_it_is_decided_needs_no_seeds():
    assert what_it_takes(SequentialTest([0.01, -0.02, 0.03]), NOISE, 'points') == ''
    assert what_it_takes(MeanTest([0.01, 0.01]), 'holds', 'points') == ''


def finding(ends, pairs='final accuracy', claims=()):
    runs = {(name, seed): recorded(name, [end + seed / 1000], seed=seed)
            for seed in range(3) for name, end in ends.items()}  # fmt: skip
    comparison = Comparison(title='T', key='t', runs=tuple(ends), pairs=pairs, claims=claims)
    return find(1, comparison, runs, dict.fromkeys(runs, 1))


def test_the_best_of_several_is_chosen_and_set_against_each_other_run():
    text = answer([finding({'a': 0.90, 'b': 0.95, 'c': 0.93})], quick=False)
    assert 'b is the best of 3: 95.10 %' in text
    assert 'it is better than a and c' in text


def test_the_answer_counts_the_verdicts():
    claims = (claim('difference', -1.0, 1.0), claim('difference', 0.5, 1.0))
    text = answer([finding({'a': 0.95, 'b': 0.90}, None, claims)], quick=False)
    assert text == 'Of 2 claims 1 holds and 1 does not hold.'


def test_every_verdict_of_a_quick_look_says_so():
    both = finding({'a': 0.90, 'b': 0.95, 'c': 0.93}, claims=(claim('difference', 0.0, 1.0),))
    printed = list(wording.lines([both], quick=True))
    assert len(printed) == 1 + 3 + 1
    assert all('quick look' in line for line in printed)


def test_without_runs_nothing_is_said_to_be_better():
    empty = Finding(1, Comparison(title='T', runs=('a', 'b', 'c'), pairs='final accuracy'), [], [], [], [])
    assert answer([empty], quick=False) == 'Not every run was measured.'
