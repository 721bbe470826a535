"""Numbers of one seed, worked out by hand."""

import numpy as np
import pytest

from graph_mlp.analysis.claims import Claim
from graph_mlp.analysis.named_measures import named_measure
from graph_mlp.analysis.operators import OPERATORS
from graph_mlp.analysis.verdicts import Range
from tests.analysis.synthetic import recorded

RUNS = {
    'A': recorded('A', [0.90, 0.97], seconds=2.0),
    'B': recorded('B', [0.97, 0.96], seconds=5.0),
    'C': recorded('C', [0.80, 0.94], seconds=1.0, pca_seconds=0.5, input_features=9),
}


def value(operator, measure, names, runs=RUNS, origin=None, since=None):
    claim = Claim(
        '', '{}', named_measure(measure), OPERATORS[operator], tuple(names), Range(0, 1), origin,
        named_measure(since) if since else None,
    )  # fmt: skip
    return claim.value(runs)


def test_a_run_that_never_gets_there_is_the_worst_by_no_number_and_never_the_best():
    assert value('lag', 'seconds to 97 %', 'ABC') is None
    assert value('lead', 'seconds to 97 %', 'ABC') == pytest.approx(5.0 - 4.0)


@pytest.mark.parametrize(
    ('operator', 'measure', 'names', 'expected'),
    [
        ('lead', 'final accuracy', 'ABC', 0.97 - 0.96),
        ('lead', 'final accuracy', 'CAB', 0.94 - 0.97),
        ('lag', 'final accuracy', 'CAB', 0.96 - 0.94),
        ('lag', 'final accuracy', 'ABC', 0.94 - 0.97),
        ('lead', 'seconds to 97 %', 'AB', 5.0 - 4.0),
        ('lag', 'seconds per epoch', 'BAC', 5.0 - 2.0),
        ('difference', 'final accuracy', 'CA', 0.94 - 0.97),
        ('difference', 'training seconds with PCA', 'AC', 2 * 2.0 - 2 * 1.0 - 0.5),
        ('difference', 'training seconds', 'AC', 2 * 2.0 - 2 * 1.0),
        ('range', 'final accuracy', 'ABC', 0.97 - 0.94),
        ('ratio', 'seconds per epoch', 'BA', 5 / 2),
        ('ratio', 'seconds per compiled epoch', 'BA', 5 / 2),
        ('share saved', 'seconds per epoch', 'CB', 1 - 1 / 5),
    ],
)
def test_values_by_hand(operator, measure, names, expected):
    assert value(operator, measure, names) == pytest.approx(expected)


def test_a_largest_distance_is_from_a_number_and_a_change_from_an_earlier_measure():
    assert value('largest distance', 'final accuracy', 'AB', origin=0.98) == pytest.approx(0.98 - 0.96)
    assert value('change', 'final accuracy', 'A', since='accuracy after 1 epochs') == pytest.approx(0.97 - 0.90)
    assert value('change', 'final accuracy', 'B', since='accuracy after 1 epochs') == pytest.approx(0.97 - 0.96)


def test_others_that_lack_the_number_are_passed_over():
    # C never reaches 97 %: B, after 5 s, is the first of the others.
    assert value('lead', 'seconds to 97 %', 'ABC') == pytest.approx(1.0)


@pytest.mark.parametrize(
    ('operator', 'measure', 'names'),
    [
        ('lead', 'seconds to 97 %', 'CAB'),
        ('lead', 'seconds to 97 %', 'AC'),
        ('difference', 'seconds to 97 %', 'AC'),
        ('range', 'seconds to 97 %', 'AC'),
        ('largest distance', 'seconds to 97 %', 'AC'),
        ('change', 'accuracy after 3 epochs', 'A'),
        ('ratio', 'seconds per compiled epoch', 'BA'),
        ('difference', 'training seconds with PCA', 'CA'),
    ],
)
def test_without_what_it_needs_a_number_is_none(operator, measure, names):
    # C never reaches 97 %, no run has a third epoch; here B has the notebook's loop, and the fit of C was not timed.
    changed = {'B': recorded('B', [0.97, 0.96], 5.0, steps_per_run=1), 'C': RUNS['C']._replace(pca_seconds=None)}
    assert value(operator, measure, names, {**RUNS, **changed}, 0.98, 'accuracy after 3 epochs') is None


def test_the_run_to_beat_is_chosen_by_validation():
    by_validation = {'B': 0.99, 'C': 0.5}
    runs = {
        name: run._replace(history=[
            *run.history[:-1], run.history[-1]._replace(validation_accuracy_moving=by_validation.get(name, 0.0))
        ])
        for name, run in RUNS.items()
    }  # fmt: skip
    assert value('lead by validation', 'final accuracy', 'ABC', runs) == pytest.approx(0.97 - 0.96)


def test_differences_are_numpys():
    generator = np.random.default_rng(1)
    for accuracies in generator.uniform(0.9, 1.0, (20, 3)):
        runs = {name: recorded(name, [each]) for name, each in zip('ABC', accuracies, strict=True)}
        assert value('lead', 'final accuracy', 'ABC', runs) == pytest.approx(accuracies[0] - accuracies[1:].max())
        assert value('lag', 'final accuracy', 'ABC', runs) == pytest.approx(accuracies[1:].min() - accuracies[0])
        assert value('range', 'final accuracy', 'ABC', runs) == pytest.approx(np.ptp(accuracies))


@pytest.mark.parametrize(
    ('operator', 'measure', 'positive'),
    [
        ('difference', 'final accuracy', 'higher'), ('lead', 'final accuracy', 'higher'),
        ('lag', 'final accuracy', 'lower'), ('lead', 'seconds to 97 %', 'earlier'),
        ('difference', 'seconds to 97 %', 'later'), ('lag', 'training seconds', 'longer'),
        ('share saved', 'seconds per epoch', 'less time'),
    ],
)  # fmt: skip
def test_the_word_for_a_positive_number_follows_from_operator_and_measure(operator, measure, positive):
    assert OPERATORS[operator].directions(named_measure(measure)).positive == positive
