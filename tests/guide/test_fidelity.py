"""The page on fidelity and the README claim what tests/tf1/fidelity.py measured."""

import itertools

import pytest

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.optimizers import OPTIMIZERS
from tests.conftest import ROOT
from tests.tf1.fidelity import grid
from tests.tf1.fidelity_page import PAGE, Distances, page, read, summary

ROWS = read()


def test_the_page_is_what_was_measured():
    assert PAGE.read_text(encoding='utf-8') == page(ROWS)


def test_the_readme_claims_what_was_measured():
    assert summary(ROWS) in ' '.join((ROOT / 'README.md').read_text(encoding='utf-8').split())


def test_every_configuration_of_the_grid_was_measured():
    expected = [(config.model_tag, config.batch_size, config.keep_last_batch) for config in grid()]
    assert [row[:3] for row in ROWS] == expected


def test_the_grid_crosses_activations_optimizers_batch_norm_and_pca():
    crossed = itertools.product(ACTIVATIONS, OPTIMIZERS, (True, False), (784, 20))
    configs = grid()
    assert {(each.activation, each.optimizer, each.batch_norm, each.input_features) for each in configs} == set(crossed)
    assert {len(each.hidden_sizes) for each in configs} == {1, 2, 3, 4}
    assert {each.batch_size for each in configs} == {7, 33, 70, 101}


@pytest.mark.parametrize(
    ('one_ulp', 'ours', 'holds'), [(0.0, 2e-6, True), (0.0, 3e-6, False), (4e-6, 6e-6, True), (4e-6, 7e-6, False)]
)
def test_a_configuration_holds_within_the_floor_or_one_and_a_half_times_the_draws(one_ulp, ours, holds):
    assert Distances('relu-3', 7, False, one_ulp, 0.0, ours).holds is holds
    assert Distances('relu-3', 7, False, one_ulp, ours, 0.0).holds is holds
