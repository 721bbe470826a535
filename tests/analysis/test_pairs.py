"""Pairs and their correction; synthetic worlds with a known truth."""

import numpy as np
import pytest
from scipy.stats import ttest_rel

from graph_mlp.analysis.anytime import ANYTIME
from graph_mlp.analysis.named_measures import named_measure
from graph_mlp.analysis.pairs import BETTER, holm, judge_pairs
from graph_mlp.analysis.verdicts import NOISE, STUDENT, UNTESTED, student_p

ACCURACY, SECONDS = named_measure('final accuracy'), named_measure('seconds per epoch')


def judged(measure=ACCURACY, anytime=False, **values):
    by_seed = {name: dict(enumerate(each, 42)) for name, each in values.items()}
    return judge_pairs(by_seed, measure, ANYTIME if anytime else STUDENT)


def test_the_p_value_is_scipys_paired_t_test():
    a, b = [0.98, 0.97, 0.99, 0.96], [0.95, 0.95, 0.97, 0.945]
    [pair] = judged(a=a, b=b)
    assert pair.p == pytest.approx(ttest_rel(a, b).pvalue)
    assert (pair.first, pair.second, pair.verdict.word, pair.verdict.seeds) == ('a', 'b', BETTER, 4)


def test_the_better_run_comes_first_whichever_way_the_measure_goes():
    assert judged(a=[0.9, 0.91], b=[0.95, 0.96])[0].first == 'b'
    assert judged(SECONDS, a=[2.0, 2.1], b=[3.0, 3.2])[0].first == 'a'


def test_holm_by_hand():
    # 4 x 0.01, then 3 x 0.012 (not less than before it), 2 x 0.02, 1 x 0.5.
    assert holm([0.02, 0.01, 0.5, 0.012]) == pytest.approx([0.04, 0.04, 0.5, 0.04])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_a_pair_that_alone_would_differ_is_within_noise_among_many():
    differing = [0.0, 0.010, 0.012, 0.002, 0.0125, 0.001, 0.011, 0.003]
    alone = judged(a=[0.95 + each for each in differing], b=[0.95] * 8)
    noise = np.random.default_rng(0).normal(0.95, 0.02, (3, 8))
    among = judged(a=[0.95 + each for each in differing], b=[0.95] * 8, c=noise[0], d=noise[1], e=noise[2])
    [same] = [pair for pair in among if {pair.first, pair.second} == {'a', 'b'}]
    assert alone[0].verdict.word == BETTER
    assert alone[0].p == pytest.approx(student_p(differing))
    assert alone[0].p < 0.05 < same.p
    assert same.verdict.word == NOISE


def test_seeds_that_only_one_run_has_are_not_compared():
    values = {'a': {42: 0.9, 43: 0.91, 44: 0.99}, 'b': {43: 0.8, 44: 0.9, 45: 0.1}}
    [pair] = judge_pairs(values, ACCURACY, STUDENT)
    assert pair.verdict.seeds == 2
    assert pair.verdict.mean == pytest.approx(0.1)


@pytest.mark.parametrize(
    'values', [{'a': [0.9], 'b': [0.8]}, {'a': [0.9, 0.8], 'b': [None, 0.8]}, {'a': [], 'b': [0.8]}]
)
def test_one_seed_or_a_number_that_is_lacking_is_not_tested(values):
    [pair] = judged(**values)
    assert (pair.verdict.word, pair.p) == (UNTESTED, None)


def test_equal_differences_are_no_error():
    assert judged(a=[0.5, 0.5], b=[0.25, 0.25])[0].p == 0.0
    assert judged(a=[0.5, 0.5], b=[0.5, 0.5])[0].verdict.word == NOISE


def studies(means, count, seed):
    """Verdicts of so many studies of 8 seeds; a run's accuracies differ by one standard deviation from seed to seed."""
    generator = np.random.default_rng(seed)
    for _ in range(count):
        drawn = generator.normal(means, 1.0, (8, len(means))).T
        yield judged(**{f'r{number}': list(row) for number, row in enumerate(drawn)})


def test_a_difference_of_two_standard_deviations_is_found_in_90_of_100_studies_of_8_seeds():
    found = sum(study[0].verdict.word == BETTER and study[0].first == 'r1' for study in studies([0.0, 2.0], 100, 1))
    assert found >= 90


@pytest.mark.parametrize('runs', [3, 4])
def test_two_standard_deviations_of_the_differences_are_found_among_several_runs_too(runs):
    # The difference of two runs deviates by the square root of 2, where each of them deviates by 1.
    worlds = studies([0.0] * (runs - 1) + [2.0 * 2**0.5], 100, 2)
    names = {f'r{number}' for number in range(runs - 1)}
    found = [
        {pair.second for pair in study if pair.verdict.word == BETTER and pair.first == f'r{runs - 1}'}
        for study in worlds
    ]
    assert all(sum(name in each for each in found) >= 90 for name in names)


@pytest.mark.parametrize('runs', [2, 4])
def test_where_there_is_none_at_most_5_of_100_studies_name_one(runs):
    named = sum(any(pair.verdict.word == BETTER for pair in study) for study in studies([0.0] * runs, 400, 3))
    assert named / 400 <= 0.05


def test_the_level_is_that_of_the_clearest_of_all_pairs_and_none_for_an_anytime_verdict():
    values = {'a': [0.9, 0.92, 0.91], 'b': [0.91, 0.9, 0.93], 'c': [0.92, 0.9, 0.9]}
    assert [pair.verdict.level for pair in judged(**values)] == pytest.approx([0.05 / 3] * 3)
    assert {pair.verdict.level for pair in judged(anytime=True, **values)} == {None}
