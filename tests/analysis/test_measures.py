import pytest

from graph_mlp.analysis import measures
from tests.analysis.synthetic import recorded

RUN = recorded('a', [0.90, 0.97, 0.96, 0.98], seconds=2.0)


def test_epochs_and_seconds_count_from_zero_to_the_end_of_the_epoch():
    assert measures.epochs_to(0.97)(RUN) == 2
    assert measures.seconds_to(0.97)(RUN) == 4.0  # two epochs of 2 s; the 9 s of evaluation are not in it
    assert measures.epochs_to(0.99)(RUN) is None
    assert measures.seconds_to(0.99)(RUN) is None


def test_accuracy_after_so_many_epochs():
    assert measures.accuracy_after(2)(RUN) == 0.97
    assert measures.accuracy_after(5)(RUN) is None
    assert measures.final_accuracy(RUN) == 0.98


def test_the_best_epoch_is_chosen_by_validation():
    validation = [0.1, 0.9, 0.2, 0.3]
    history = [epoch._replace(validation_accuracy_moving=validation[epoch.epoch]) for epoch in RUN.history]
    assert measures.best_accuracy(RUN._replace(history=history)) == 0.97


def test_a_run_is_settled_once_it_stays_within_two_tenths_of_a_point_of_its_end():
    # The last five epochs have a mean of 0.98; the third epoch is 0.1 points below it, the second 1 point.
    run = recorded('a', [0.95, 0.97, 0.979, 0.98, 0.98, 0.98, 0.98, 0.98], seconds=2.0)
    assert measures.seconds_until_settled(run) == 3 * 2.0


def test_a_run_that_leaves_its_end_once_more_is_settled_after_that():
    run = recorded('a', [0.98, 0.97, 0.98, 0.98, 0.98, 0.98, 0.98], seconds=2.0)
    assert measures.seconds_until_settled(run) == 3 * 2.0


def test_a_disturbed_epoch_does_not_move_the_seconds_per_epoch():
    history = [*RUN.history[:3], RUN.history[3]._replace(train_seconds=100.0)]
    assert measures.epoch_seconds(RUN._replace(history=history)) == 2.0


def test_runs_that_differ_in_seed_alone_are_one_group():
    runs = [recorded('a_seed-2', [0.8], seed=2), recorded('a_seed-1', [0.9], seed=1), recorded('b', [0.5], seed=1)]
    a, b = measures.groups(runs)
    assert (a.name, a.seeds, b.name) == ('a', [1, 2], 'b')
    mean, deviation = a.mean(measures.final_accuracy)
    assert mean == pytest.approx(0.85)
    assert deviation == pytest.approx(0.1 / 2**0.5)


def test_a_second_run_of_the_same_seed_is_no_seed_more():
    runs = [recorded('a', [0.8], seed=1), recorded('a_seed-1', [0.8], seed=1), recorded('a_seed-2', [0.9], seed=2)]
    assert [(group.name, group.seeds) for group in measures.groups(runs)] == [('a', [1, 2]), ('a_seed-1', [1])]


def test_runs_of_other_settings_or_loops_stay_apart():
    runs = [
        recorded('a_seed-1', [0.8], seed=1),
        recorded('a_seed-2', [0.8], seed=2, learning_rate=0.1),
        recorded('a_seed-3', [0.8], seed=3, steps_per_run=1),
    ]
    assert [group.seeds for group in measures.groups(runs)] == [[1], [2], [3]]


def test_a_number_that_one_seed_lacks_is_no_mean():
    group = measures.Group('a', [RUN, recorded('a', [0.5])])
    assert measures.row(group)['epochs_to_97'] is None
