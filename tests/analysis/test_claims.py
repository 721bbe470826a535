"""The notebook's plan agrees with itself, and its claims measure what they say."""

import numpy as np
import pytest

from graph_mlp.analysis.plan import numbered_claims
from graph_mlp.analysis.plan_file import notebook
from tests.analysis.synthetic import fields_of, recorded

COMPARISONS = notebook().comparisons

BY_NUMBER = {
    claim_number: (comparison, claim)
    for number, comparison in enumerate(COMPARISONS, 1)
    for claim_number, claim in numbered_claims(number, comparison)
}


def values(number, draws=30):
    """The claim's measure of runs with random accuracies and times."""
    comparison, claim = BY_NUMBER[number]
    generator = np.random.default_rng(2017)
    drawn = []
    for _ in range(draws):
        runs = {
            run.name: recorded(
                run.name, generator.uniform(0.95, 0.99, 25).tolist(), generator.uniform(1, 2), 42,
                pca_seconds=generator.uniform(0, 20), **fields_of(run),
            )
            for run in comparison.runs + comparison.timed
        }  # fmt: skip
        drawn.append(claim.value(runs))
    return np.array(drawn, float)


def test_the_notebook_has_22_claims_in_9_figures():
    assert len(BY_NUMBER) == sum(len(comparison.claims) for comparison in COMPARISONS) == 22
    assert len(COMPARISONS) == 9


@pytest.mark.parametrize('number', BY_NUMBER)
def test_a_sentence_has_one_place_for_the_number_and_no_full_stop(number):
    claim = BY_NUMBER[number][1]
    assert claim.sentence.count('{}') == claim.sentence.count('{') == 1
    assert not claim.sentence.endswith('.')


@pytest.mark.parametrize('number', BY_NUMBER)
def test_exactly_the_differences_have_directions(number):
    claim = BY_NUMBER[number][1]
    drawn = values(number)
    if claim.directions is None:
        assert (drawn >= 0).all()
    else:
        assert (drawn < 0).any()
        assert (drawn > 0).any()


@pytest.mark.parametrize('number', BY_NUMBER)
def test_a_claimed_range_is_a_range(number):
    low, high = BY_NUMBER[number][1].claimed
    assert low < high


@pytest.mark.parametrize(
    ('number', 'quantity'),
    [
        ('7a', 'BN_elu reaches 97 % N s earlier than the first of the others'),
        ('2a', 'An epoch of 300-100 takes N % less time than an epoch of 1568-500'),
        ('4a', 'The two final accuracies are N points apart'),
    ],
)
def test_a_quantity_says_what_a_positive_number_means(number, quantity):
    assert BY_NUMBER[number][1].quantity == quantity


BIG, MIDDLE, SMALL = 'relu-1568-500', 'relu-300-100', 'relu-100-50'
PCA_BIG, PCA_MIDDLE, PCA_SMALL = f'PCA154_{BIG}', f'PCA154_{MIDDLE}', f'PCA154_{SMALL}'
ELU, BN_RELU, BN_ELU = 'elu-300-100', 'BN_relu-300-100', 'BN_elu-300-100'
NESTEROV, RMS, ADAM = 'BN_NAG_elu-300-100', 'BN_RMS_elu-300-100', 'BN_ADAM_elu-300-100'
CLAIM = {
    number: claim
    for comparison_number, comparison in enumerate(COMPARISONS, 1)
    for number, claim in numbered_claims(comparison_number, comparison)
}


def measured(number, runs):
    return CLAIM[number].value({run.name: run for run in runs})


@pytest.mark.parametrize(
    ('number', 'accuracies', 'expected'),
    [
        ('1a', {BIG: 0.982, MIDDLE: 0.98, SMALL: 0.975}, 0.005),  # from 0.98
        ('1b', {BIG: 0.98, SMALL: 0.983}, -0.003),
        ('2b', {BIG: 0.98, MIDDLE: 0.97}, 0.01),
        ('3b', {MIDDLE: 0.98, PCA_MIDDLE: 0.977}, 0.003),
        ('4a', {BIG: 0.97, PCA_MIDDLE: 0.98}, 0.01),
        ('5a', {PCA_BIG: 0.97, PCA_MIDDLE: 0.98, PCA_SMALL: 0.975}, 0.01),
        ('6a', {BIG: 0.98, MIDDLE: 0.973, SMALL: 0.975}, 0.007),
        ('8d', {MIDDLE: 0.98, ELU: 0.97, BN_RELU: 0.975, BN_ELU: 0.99}, 0.005),
        ('8e', {ELU: 0.97, BN_ELU: 0.98}, 0.01),
    ],
)
def test_differences_of_final_accuracies(number, accuracies, expected):
    runs = [recorded(name, [0.5, accuracy]) for name, accuracy in accuracies.items()]
    assert measured(number, runs) == pytest.approx(expected)


@pytest.mark.parametrize(
    ('number', 'seconds', 'expected'),
    [
        ('1c', {BIG: 3.0, SMALL: 1.5}, 2.0),
        ('2a', {BIG: 4.0, MIDDLE: 1.0}, 0.75),
        ('3a', {MIDDLE: 4.0, PCA_MIDDLE: 5.0}, -0.25),
        ('3c', {MIDDLE: 5.0, PCA_MIDDLE: 3.0}, 4.0),  # 8 s of fit and two epochs of 3 s, against two of 5 s
        ('4b', {BIG: 10.0, PCA_MIDDLE: 3.0}, 6.0),  # two epochs of 10 s, against 8 s of fit and two of 3 s
        ('7b', {f'{ELU}_notebook-loop': 2.0, f'{BN_ELU}_notebook-loop': 5.0}, 2.5),
        ('7c', {ELU: 1.0, BN_ELU: 1.5}, 1.5),
    ],
)
def test_ratios_and_differences_of_training_times(number, seconds, expected):
    runs = [
        recorded(name, [0.98] * 2, each, pca_seconds=8.0 if 'PCA' in name else None) for name, each in seconds.items()
    ]
    assert measured(number, runs) == expected


# BN_ELU reaches 97 % after two epochs of half a second and settles after four; the others after at least five.
@pytest.mark.parametrize(('number', 'expected'), [('7a', (5 - 2) * 0.5), ('8c', (5 - 4) * 0.5)])
def test_the_time_to_97_per_cent_is_not_the_time_until_settled(number, expected):
    histories = {BN_ELU: [0.9, 0.97, 0.97] + [0.98] * 6}
    histories |= {name: [0.9] * (count - 1) + [0.98] * 6 for name, count in ((MIDDLE, 5), (ELU, 6), (BN_RELU, 7))}
    assert measured(number, [recorded(name, each, seconds=0.5) for name, each in histories.items()]) == expected


def test_the_difference_of_the_accuracies_after_five_epochs():
    fifths = {BN_ELU: 0.97, MIDDLE: 0.95, ELU: 0.96, BN_RELU: 0.94}
    runs = [recorded(name, [0.5] * 4 + [fifth, 0.99]) for name, fifth in fifths.items()]
    assert measured('8a', runs) == pytest.approx(0.01)


@pytest.mark.parametrize('end', [0.98, 0.96])
def test_the_change_after_twenty_epochs_has_no_sign(end):
    assert measured('8b', [recorded(BN_ELU, [0.5] * 19 + [0.97, end])]) == pytest.approx(0.01)


@pytest.mark.parametrize(('number', 'expected'), [('9a', 0.98 - 0.975), ('9b', 0.98 - 0.99)])
def test_nesterov_against_the_adaptive_run_chosen_by_validation_and_against_the_best_of_all(number, expected):
    accuracies = {run.name: 0.97 for run in COMPARISONS[-1].runs}
    accuracies |= {NESTEROV: 0.98, RMS: 0.975, ADAM: 0.99}
    runs = {name: recorded(name, [accuracy]) for name, accuracy in accuracies.items()}
    [epoch] = runs[RMS].history
    runs[RMS] = runs[RMS]._replace(history=[epoch._replace(validation_accuracy_moving=1.0)])
    assert measured(number, list(runs.values())) == pytest.approx(expected)
