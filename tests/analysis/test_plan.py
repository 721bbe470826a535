import re

import pytest

from graph_mlp.analysis.plan import InputFile, PlannedRun, check_runs, folder_name, planned
from graph_mlp.analysis.plan_file import notebook
from graph_mlp.config import RunConfig
from graph_mlp.errors import UsageError

PLAN = notebook()
LOOPS = [run for run in planned(PLAN.only([])) if run.steps_per_run == 1]


def test_without_a_key_all_comparisons_are_chosen():
    assert [comparison for _, comparison in PLAN.only([])] == list(PLAN.comparisons)


def test_comparisons_are_chosen_by_key_or_number_in_the_plans_order_and_keep_their_numbers():
    assert [(number, each.key) for number, each in PLAN.only(['9', 'pca', '3'])] == [(3, 'pca'), (9, 'optimizers')]


@pytest.mark.parametrize('key', ['0', '10', 'PCA', ''])
def test_an_unknown_key_is_a_usage_error_that_names_the_known_ones(key):
    with pytest.raises(UsageError, match=r'choose from 1 to 9 or raw-by-epoch, raw-by-time, .*, optimizers'):
        PLAN.only([key])


def test_runs_that_comparisons_share_are_planned_once():
    # 1 and 2 both compare the three topologies on raw pixels.
    assert planned(PLAN.only(['1', '2'])) == list(PLAN.comparisons[0].runs)


def test_runs_for_their_seconds_alone_are_planned_too():
    assert len(LOOPS) == 2
    assert set(LOOPS) <= set(planned(PLAN.only(['layers-by-time'])))


def test_the_notebooks_runs_have_the_names_that_earlier_versions_gave_them():
    names = [run.name for run in planned(PLAN.only([]))]
    assert len(set(names)) == 18
    assert all(run.label == run.name for run in planned(PLAN.only([])))
    assert {'BN_ADAM_elu-300-100', 'BN_ADAM_elu-300-100_rate-0.001', 'elu-300-100_notebook-loop'} <= set(names)


@pytest.mark.parametrize(
    ('fields', 'others', 'name'),
    [
        ({}, {}, 'BN_elu-300-100'),
        ({'learning_rate': 1e-05}, {}, 'BN_elu-300-100_rate-1e-05'),
        ({'learning_rate': 1e20}, {}, 'BN_elu-300-100_rate-1e20'),
        ({'batch_size': 7, 'keep_last_batch': True}, {}, 'BN_elu-300-100_batch-7_last-batch'),
        ({}, {'steps_per_run': 1}, 'BN_elu-300-100_notebook-loop'),
        ({}, {'steps_per_run': 5}, 'BN_elu-300-100_steps-5'),
        ({}, {'files': (InputFile('--pca', None, 'abcdef0123'),)}, 'BN_elu-300-100_pca-abcdef01'),
    ],
)
def test_a_name_tells_what_is_not_as_by_default(fields, others, name):
    assert PlannedRun('label', RunConfig(**fields), **others).name == name


def test_rates_that_differ_in_their_last_digit_have_different_names():
    rates = (0.01, 0.010000000000000002)
    assert len({PlannedRun('', RunConfig(learning_rate=rate)).name for rate in rates}) == 2


def test_a_configuration_is_that_of_the_tag_with_the_planned_learning_rate():
    [adam] = [run for run in planned(PLAN.only([])) if run.name == 'BN_ADAM_elu-300-100_rate-0.001']
    assert adam.config(7, 9, 'digits') == RunConfig(
        optimizer='adam', learning_rate=0.001, seed=7, epochs=9, dataset='digits'
    )


def test_runs_for_their_seconds_alone_are_trained_for_five_epochs_at_most():
    assert [LOOPS[0].epochs(epochs) for epochs in (3, 60)] == [3, 5]
    assert PLAN.comparisons[0].runs[0].epochs(60) == 60


def test_two_runs_of_the_same_settings_are_an_error():
    with pytest.raises(UsageError, match="runs 'a' and 'b' have the same settings"):
        check_runs([PlannedRun('a', RunConfig()), PlannedRun('b', RunConfig())])


def test_a_name_that_no_folder_can_have_is_an_error():
    with pytest.raises(UsageError, match='is not a name'):
        check_runs([PlannedRun('a', RunConfig(hidden_sizes=(100,) * 40))])


@pytest.mark.parametrize('label', ['300/100', '/etc', '..', '', ' ', 'a\nb', 'x' * 201])
def test_a_label_that_no_folder_can_have_is_an_error(label):
    with pytest.raises(UsageError, match='a label '):
        check_runs([PlannedRun(label, RunConfig())])


def test_a_folder_has_a_plain_name_and_long_questions_keep_theirs_apart():
    assert folder_name('Is 1 % more, or less, enough?') == 'Is-1-more-or-less-enough'
    names = {folder_name('x' * 200 + ending) for ending in 'ab'}
    assert len(names) == 2
    assert all(len(name) == 100 and re.fullmatch(r'[\w.-]+', name) for name in names)
