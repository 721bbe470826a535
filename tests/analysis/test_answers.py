import pytest

from graph_mlp.analysis.answers import answer, best_group, pair_sentence
from graph_mlp.analysis.findings import Finding, findings
from graph_mlp.analysis.measures import Group
from graph_mlp.analysis.named_measures import named_measure
from graph_mlp.analysis.plan_file import notebook
from graph_mlp.analysis.questions import asked_plan
from tests.analysis.synthetic import recorded

ACCURACY = named_measure('final accuracy')


def found(accuracies, measure='final accuracy', seconds=None):
    """The findings about models with these accuracies by seed."""
    plan = asked_plan(list(accuracies), {}, [], [], named_measure(measure), 8, 60)
    runs = {
        (label, seed): recorded(label, [value], (seconds or {}).get(label, 1.0), seed)
        for label, values in accuracies.items()
        for seed, value in enumerate(values, 42)
    }
    seeds = {label: range(42, 42 + len(values)) for label, values in accuracies.items()}
    return findings(runs, seeds, plan.only([]), 1)


def test_two_models_are_answered_in_one_sentence():
    # Differences of 0.5, 1 and 1.5 points: a mean of 1 and a deviation of 0.5 over 3 seeds; t(0.975, 2) = 4.3027.
    study = found({'relu-5': [0.90, 0.90, 0.90], 'elu-5': [0.91, 0.9101, 0.9102]})
    assert answer(study, False) == 'elu-5 is better than relu-5 by 1.01 points of test accuracy [0.99, 1.03], 3 seeds.'
    assert answer(study, True).startswith('quick look: elu-5 is better')


def test_within_noise_comes_with_what_it_would_take():
    study = found({'relu-5': [0.90, 0.91, 0.92], 'elu-5': [0.91, 0.90, 0.93]})
    assert answer(study, False) == (
        'elu-5 and relu-5 are within noise: elu-5 is ahead by 0.33 points of test accuracy [-2.54, 3.20], 3 seeds; '
        '3 seeds tell 3.77 points apart; for 0.33 about 97, a guess from so few seeds.'
    )
    study = found({'relu-5': [0.90, 0.91, 0.92] * 2, 'elu-5': [0.91, 0.90, 0.93] * 2})
    assert answer(study, False).endswith('6 seeds tell 1.48 points apart; for 0.33 about 78.')


def test_one_seed_is_not_tested():
    [finding] = found({'relu-5': [0.90], 'elu-5': [0.91]})
    assert pair_sentence(finding.pairs[0], ACCURACY) == (
        'elu-5 is ahead of relu-5 by 1.00 points of test accuracy, 1 seed: not tested'
    )


def test_the_best_of_several_is_chosen_by_validation_and_reported_on_test():
    def run(name, validation, test, seed):
        made = recorded(name, [test], seed=seed)
        return made._replace(history=[made.history[0]._replace(validation_accuracy_moving=validation)])

    groups = [
        Group('a', [run('a', 0.9, 0.99, 1), run('a', 0.9, 0.99, 2)]),
        Group('b', [run('b', 0.95, 0.97, 1), run('b', 0.95, 0.97, 2)]),
    ]
    assert best_group(groups, ACCURACY).name == 'b'
    assert best_group(groups, named_measure('seconds per epoch')).name == 'a'


def test_the_best_of_several_stands_somewhere_against_every_other():
    study = found({'relu-5': [0.90, 0.91, 0.92], 'elu-5': [0.80, 0.81, 0.8201], 'tanh-5': [0.91, 0.90, 0.93]})
    assert answer(study, False) == (
        'Chosen by validation accuracy, tanh-5 is the best of 3: 91.33 % of test accuracy, 3 seeds; '
        'it is better than elu-5, within noise of relu-5.'
    )


def test_claims_are_counted():
    [(number, comparison)] = notebook().only(['2'])
    runs = {
        (run.label, seed): recorded(run.label, [0.98], 1.0 + seed / 1000, seed)
        for run in comparison.runs for seed in (1, 2)
    }  # fmt: skip
    study = findings(runs, {run.label: (1, 2) for run in comparison.runs}, [(number, comparison)], 1)
    assert answer(study, False) == 'Of 2 claims 1 holds and 1 does not hold.'


@pytest.mark.parametrize('accuracies', [{'relu-5': [0.9], 'elu-5': []}])
def test_a_run_that_is_not_there_is_no_error(accuracies):
    study = found(accuracies)
    assert isinstance(study[0], Finding)
    assert answer(study, False) == 'relu-5 and elu-5 were not both measured.'
