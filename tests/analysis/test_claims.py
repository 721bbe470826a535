"""The table of claims agrees with the table of comparisons and with itself."""

import numpy as np
import pytest

from graph_mlp.analysis.claims import CLAIMS, numbered_claims
from graph_mlp.analysis.plan import COMPARISONS
from tests.analysis.synthetic import recorded

BY_NUMBER = {
    claim_number: (comparison, claim)
    for number, comparison in enumerate(COMPARISONS, 1)
    for claim_number, claim in numbered_claims(number, comparison.key)
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
                pca_seconds=generator.uniform(0, 20), **run.fields(),
            )
            for run in comparison.runs + comparison.timed
        }  # fmt: skip
        drawn.append(claim.measure(runs))
    return np.array(drawn, float)


def test_every_comparison_has_claims_and_every_claim_a_comparison():
    assert list(CLAIMS) == [comparison.key for comparison in COMPARISONS]
    assert len(BY_NUMBER) == sum(map(len, CLAIMS.values())) == 22


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
