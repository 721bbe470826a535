"""Numbers of one seed, worked out by hand."""

import numpy as np
import pytest

from graph_mlp.analysis import seed_measures
from graph_mlp.analysis.measures import final_accuracy, seconds_to
from graph_mlp.analysis.plan import PlannedRun
from tests.analysis.synthetic import recorded

A, B, C = (PlannedRun(f'{name}elu-3-2') for name in ('', 'BN_', 'PCA9_'))
RUNS = {
    A.name: recorded(A.name, [0.90, 0.97], seconds=2.0),
    B.name: recorded(B.name, [0.97, 0.96], seconds=5.0),
    C.name: recorded(C.name, [0.80, 0.94], seconds=1.0, pca_seconds=0.5),
}


@pytest.mark.parametrize(
    ('measure', 'expected'),
    [
        (seed_measures.above_highest(A, (B, C), final_accuracy), 0.97 - 0.96),
        (seed_measures.above_highest(C, (A, B), final_accuracy), 0.94 - 0.97),
        (seed_measures.below_lowest(C, (A, B), final_accuracy), 0.96 - 0.94),
        (seed_measures.below_lowest(A, (B, C), final_accuracy), 0.94 - 0.97),
        (seed_measures.below_lowest(A, (B,), seconds_to(0.97)), 5.0 - 4.0),
        (seed_measures.accuracy_range((A, B, C)), 0.97 - 0.94),
        (seed_measures.largest_distance(0.98, (A, B)), 0.98 - 0.96),
        (seed_measures.time_ratio(B, A), 5 / 2),
        (seed_measures.compiled_time_ratio(B, A), 5 / 2),
        (seed_measures.time_share_saved(C, B), 1 - 1 / 5),
        (seed_measures.seconds_saved_by_pca(C, A), 2 * 2.0 - 2 * 1.0 - 0.5),
        (seed_measures.seconds_lost_by_pca(C, A), 2 * 1.0 + 0.5 - 2 * 2.0),
        (seed_measures.change_after(1, A), 0.97 - 0.90),
        (seed_measures.change_after(1, B), 0.97 - 0.96),
    ],
)
def test_values_by_hand(measure, expected):
    assert measure(RUNS) == pytest.approx(expected)


def test_others_that_lack_the_number_are_passed_over():
    # C never reaches 97 %: B, after 5 s, is the first of the others.
    assert seed_measures.below_lowest(A, (B, C), seconds_to(0.97))(RUNS) == pytest.approx(1.0)


@pytest.mark.parametrize(
    'measure',
    [
        seed_measures.below_lowest(C, (A, B), seconds_to(0.97)),
        seed_measures.below_lowest(A, (C,), seconds_to(0.97)),
        seed_measures.seconds_saved_by_pca(A, B),
        seed_measures.seconds_lost_by_pca(A, B),
        seed_measures.change_after(3, A),
        seed_measures.compiled_time_ratio(B, A),
    ],
)
def test_without_what_it_needs_a_measure_is_none(measure):
    # C never reaches 97 %, A has no PCA, no run has a third epoch, and here B was trained by the notebook's loop.
    assert measure({**RUNS, B.name: recorded(B.name, [0.97, 0.96], 5.0, steps_per_run=1)}) is None


def test_the_run_to_beat_is_chosen_by_validation():
    by_validation = {B.name: 0.99, C.name: 0.5}
    runs = {
        name: run._replace(history=[
            *run.history[:-1], run.history[-1]._replace(validation_accuracy_moving=by_validation.get(name, 0.0))
        ])
        for name, run in RUNS.items()
    }  # fmt: skip
    assert seed_measures.above_best_validated(A, (B, C))(runs) == pytest.approx(0.97 - 0.96)


def test_differences_are_numpys():
    generator = np.random.default_rng(1)
    for accuracies in generator.uniform(0.9, 1.0, (20, 3)):
        runs = {run.name: recorded(run.name, [value]) for run, value in zip((A, B, C), accuracies, strict=True)}
        above = seed_measures.above_highest(A, (B, C), final_accuracy)(runs)
        below = seed_measures.below_lowest(A, (B, C), final_accuracy)(runs)
        assert above == pytest.approx(accuracies[0] - accuracies[1:].max())
        assert below == pytest.approx(accuracies[1:].min() - accuracies[0])
        assert seed_measures.accuracy_range((A, B, C))(runs) == pytest.approx(np.ptp(accuracies))
