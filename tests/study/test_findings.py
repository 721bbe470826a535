"""Which runs and seeds a finding rests on, and the pairs of runs."""

import pytest

from graph_mlp.significance import BETTER, HOLDS, NOISE, UNTESTED, MeanTest
from graph_mlp.study.claims import Claim
from graph_mlp.study.findings import find, judge_pairs
from graph_mlp.study.plan import Comparison
from tests.study.synthetic import recorded

CLAIM = Claim(claim='A ends higher.', operator='difference', runs=('a', 'b'), range=(0.0, 1.0))
COMPARISON = Comparison(title='T', key='t', runs=('a', 'b'), claims=(CLAIM,), pairs='final accuracy')
ENDS = {'a': [0.95, 0.96, 0.97], 'b': [0.90, 0.905, 0.925]}  # differences 0.05, 0.055, 0.045


def runs_of(ends, epochs=2):
    pairs = ((label, seed, end) for label, values in ends.items() for seed, end in enumerate(values, 42))
    runs = {(label, seed): recorded(label, [0.5] * (epochs - 1) + [end], seed=seed) for label, seed, end in pairs}
    return dict(sorted(runs.items(), key=lambda item: item[0][1]))


def planned(seeds=3, epochs=2):
    return {(label, seed): epochs for seed in range(42, 42 + seeds) for label in ('a', 'b')}


def test_a_claim_is_measured_once_per_seed():
    [judged] = find(2, COMPARISON, runs_of(ENDS), planned()).claims
    assert (judged.number, judged.word) == ('2a', HOLDS)
    assert judged.test.values == pytest.approx((0.05, 0.055, 0.045))
    assert judged.to_json()['claimed'] == [0.0, 1.0]


def test_the_interval_of_the_highest_accuracy_ends_at_one():
    claim = Claim(claim='A is high.', operator='highest', runs=('a',), range=(0.5, 1.0))
    comparison = Comparison(title='T', runs=('a', 'b'), claims=(claim,))
    [judged] = find(1, comparison, runs_of({'a': [0.97, 0.99], 'b': [0.9, 0.9]}), planned(seeds=2)).claims
    assert judged.test.interval().high > 1.0
    assert judged.to_json()['interval'] == pytest.approx([0.98 - 12.7062 * 0.01, 1.0], abs=1e-4)


def test_a_seed_without_all_its_runs_is_left_out_and_named():
    runs = runs_of(ENDS)
    del runs['a', 43]
    finding = find(1, COMPARISON, runs, planned())
    assert finding.claims[0].test.seeds == 2
    assert finding.missing == ['a seed 43']
    assert [run.config.seed for run in finding.groups[0].runs] == [42, 44]


def test_a_run_that_is_not_done_is_left_out_with_its_epochs():
    finding = find(1, COMPARISON, runs_of(ENDS), planned(epochs=3))
    assert finding.missing[0] == 'a seed 42 (2 of 3 epochs)'
    assert finding.groups == []
    assert finding.claims[0].word == UNTESTED
    assert finding.pairs[0].word == UNTESTED


def test_runs_of_more_epochs_are_looked_at_after_the_planned_ones():
    finding = find(1, COMPARISON, runs_of(ENDS, epochs=5), planned(epochs=2))
    assert {len(run.history) for group in finding.groups for run in group.runs} == {2}
    assert finding.claims[0].test.mean == 0.0  # all are at 0.5 there


def test_what_one_seed_never_reaches_is_not_measured():
    runs = runs_of({'a': [0.98, 0.98, 0.98], 'b': [0.98, 0.98, 0.5]})
    finding = find(1, Comparison(title='T', runs=('a', 'b'), pairs='epochs to 97 %'), runs, planned())
    assert finding.pairs[0].test is None


def test_open_runs_are_those_of_what_is_within_noise():
    assert find(1, COMPARISON, runs_of(ENDS), planned()).open_runs == set()
    noisy = runs_of({'a': [0.95, 0.90, 0.97], 'b': [0.90, 0.95, 0.95]})
    assert find(1, COMPARISON, noisy, planned()).open_runs == {'a', 'b'}


def values(**by_run):
    return {name: dict(enumerate(numbers)) for name, numbers in by_run.items()}


def test_the_better_run_of_a_pair_is_the_first():
    [pair] = judge_pairs(values(a=[1.0, 2.0, 3.0], b=[2.0, 3.1, 4.2]), better=1)
    assert (pair.first, pair.second) == ('b', 'a')
    assert pair.test.mean == pytest.approx(1.1)
    [pair] = judge_pairs(values(a=[1.0, 2.0, 3.0], b=[2.0, 3.1, 4.2]), better=-1)
    assert (pair.first, pair.second) == ('a', 'b')


def test_only_seeds_that_both_have_are_compared():
    [pair] = judge_pairs({'a': {1: 1.0, 2: 2.0, 3: 9.0}, 'b': {1: 0.0, 2: 1.1}}, better=1)
    assert pair.test.values == pytest.approx((1.0, 0.9))


def test_p_values_are_corrected_for_all_pairs():
    numbers = values(a=[1.0, 2.0, 3.0, 4.0], b=[0.8, 1.9, 2.7, 3.9], c=[0.5, 1.9, 2.9, 3.7])
    pairs = judge_pairs(numbers, better=1)
    [alone] = judge_pairs({name: numbers[name] for name in 'ab'}, better=1)
    together = next(pair for pair in pairs if {pair.first, pair.second} == {'a', 'b'})
    assert alone.word == BETTER
    assert together.p > alone.p == pytest.approx(MeanTest(alone.test.values).p_value())
    assert together.test.level == pytest.approx(0.05 / 3)
    assert [pair.p for pair in pairs] == sorted(pair.p for pair in pairs)


def test_a_difference_that_is_smaller_than_the_noise_is_within_it():
    [pair] = judge_pairs(values(a=[1.0, 2.0, 3.0], b=[2.0, 1.0, 3.1]), better=1)
    assert pair.word == NOISE


def test_one_seed_is_a_difference_without_a_test():
    [pair] = judge_pairs(values(a=[1.0], b=[2.0]), better=1)
    assert (pair.first, pair.word, pair.p, pair.test.seeds) == ('b', UNTESTED, None, 1)
