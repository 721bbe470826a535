import numpy as np
import pytest
from scipy.special import softmax

from graph_mlp.temperature import fitted_temperature, scaled


def test_logits_are_divided_and_no_class_changes_its_rank():
    logits = np.random.RandomState(0).normal(0, 8, (50, 10))
    probabilities = softmax(logits, axis=1).astype(np.float32)
    np.testing.assert_allclose(scaled(probabilities, 2.0), softmax(logits / 2, axis=1), atol=1e-6)
    assert scaled(probabilities, 1.0) is probabilities
    sure = np.eye(10, dtype=np.float32)
    assert (scaled(sure, 3.0).argmax(axis=1) == np.arange(10)).all()


@pytest.mark.parametrize('temperature', [0.5, 1, 3])
def test_the_temperature_is_found_that_made_the_labels(temperature):
    random = np.random.RandomState(0)
    logits = random.normal(0, 2, (20_000, 10))
    chances = softmax(logits / temperature, axis=1)
    labels = (chances.cumsum(axis=1) < random.uniform(size=(len(chances), 1))).sum(axis=1)
    probabilities = softmax(logits, axis=1).astype(np.float32)
    assert fitted_temperature(probabilities, labels) == pytest.approx(temperature, rel=0.05)


def test_what_is_no_number_is_left_as_it_is():
    assert fitted_temperature(np.full((3, 10), np.nan, np.float32), np.zeros(3, int)) == 1
