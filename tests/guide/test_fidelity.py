"""The page on fidelity and the README claim what tests/tf1/fidelity.py measured."""

import itertools
import re

import pytest

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.optimizers import OPTIMIZERS
from tests.conftest import ROOT
from tests.tf1.fidelity import FACTOR, FLOOR, TABLE, Distances, grid, read

ROWS = read()


def claims(path):
    """Every 'N of M' in a page."""
    return [(int(some), int(of)) for some, of in re.findall(r'(\d+)\s+of\s+(\d+)', path.read_text(encoding='utf-8'))]


def test_the_page_and_the_readme_claim_what_was_measured():
    holding = (sum(row.holds for row in ROWS), len(ROWS))
    small = (sum(row.ours <= FLOOR for row in ROWS), len(ROWS))
    beyond = [row.ours <= FACTOR * row.all_weights_moved for row in ROWS if not row.holds]
    assert claims(TABLE.with_suffix('.md')) == [holding, small, (sum(beyond), len(beyond))]
    assert holding in claims(ROOT / 'README.md')


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
