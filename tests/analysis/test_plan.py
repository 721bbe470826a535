import pytest

from graph_mlp.analysis.plan import ADAPTIVE, COMPARISONS, NOTEBOOK_LOOP, RAW, PlannedRun, chosen, planned
from graph_mlp.config import RunConfig
from graph_mlp.errors import UsageError


def test_without_a_key_all_comparisons_are_chosen():
    assert chosen([]) == COMPARISONS


def test_comparisons_are_chosen_by_key_or_number_in_the_notebooks_order():
    assert [comparison.key for comparison in chosen(['9', 'pca', '3'])] == ['pca', 'optimizers']


@pytest.mark.parametrize('key', ['0', '10', 'PCA', ''])
def test_an_unknown_key_is_a_usage_error_that_names_the_known_ones(key):
    with pytest.raises(UsageError, match=r'choose from 1 to 9 or raw-by-epoch, raw-by-time, .*, optimizers'):
        chosen([key])


def test_runs_that_comparisons_share_are_planned_once():
    # 1 and 2 both compare the three topologies on raw pixels.
    assert planned(chosen(['1', '2'])) == list(RAW)


def test_runs_for_their_seconds_alone_are_planned_too():
    assert set(NOTEBOOK_LOOP) <= set(planned(chosen(['layers-by-time'])))


def test_planned_names_are_distinct():
    names = [run.name for run in planned(COMPARISONS)]
    assert len(names) == len(set(names)) == 18


def test_a_name_tells_the_learning_rate_and_the_loop():
    assert PlannedRun('BN_ADAM_elu-300-100').name == 'BN_ADAM_elu-300-100'
    assert PlannedRun('BN_ADAM_elu-300-100', 0.001).name == 'BN_ADAM_elu-300-100_rate-0.001'
    assert PlannedRun('elu-300-100', notebook_loop=True).name == 'elu-300-100_notebook-loop'


def test_a_configuration_is_that_of_the_tag_with_the_planned_learning_rate():
    [adam] = [run for run in ADAPTIVE if run.name == 'BN_ADAM_elu-300-100_rate-0.001']
    assert adam.config(7, 9, 'digits') == RunConfig(
        optimizer='adam', learning_rate=0.001, seed=7, epochs=9, dataset='digits'
    )


def test_runs_for_their_seconds_alone_are_trained_for_five_epochs_at_most():
    assert [NOTEBOOK_LOOP[0].epochs(epochs) for epochs in (3, 60)] == [3, 5]
    assert RAW[0].epochs(60) == 60
