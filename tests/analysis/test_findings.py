"""Synthetic histories with known outcomes get the right verdicts."""

import pytest

from graph_mlp.analysis.findings import findings
from graph_mlp.analysis.named_measures import named_measure
from graph_mlp.analysis.plan import planned
from graph_mlp.analysis.plan_file import notebook
from graph_mlp.analysis.questions import asked_plan
from graph_mlp.analysis.verdicts import FAILS, HOLDS, NOISE, UNTESTED
from tests.analysis.synthetic import fields_of, recorded, rising

COMPARISONS = notebook().only([])

# Final accuracy, seconds per epoch, and the epoch at which the run is settled: all as the notebook said in 2017.
WORLD = {
    'relu-1568-500': (0.9815, 1.0, 30), 'relu-300-100': (0.9805, 0.59, 30), 'relu-100-50': (0.979, 0.3, 30),
    'PCA154_relu-1568-500': (0.981, 0.6, 30), 'PCA154_relu-300-100': (0.979, 0.5, 30),
    'PCA154_relu-100-50': (0.978, 0.2, 30), 'elu-300-100': (0.971, 0.5, 30), 'BN_relu-300-100': (0.9805, 1.1, 30),
    'BN_elu-300-100': (0.981, 1.0, 5), 'BN_MO_elu-300-100': (0.983, 1.0, 5), 'BN_NAG_elu-300-100': (0.985, 1.0, 5),
    'BN_ADAGRAD_elu-300-100': (0.98, 1.0, 5), 'BN_RMS_elu-300-100': (0.98, 1.0, 5),
    'BN_ADAM_elu-300-100': (0.98, 1.0, 5), 'BN_RMS_elu-300-100_rate-0.001': (0.98, 1.0, 5),
    'BN_ADAM_elu-300-100_rate-0.001': (0.98, 1.0, 5), 'elu-300-100_notebook-loop': (0.9, 1.0, 30),
    'BN_elu-300-100_notebook-loop': (0.9, 1.95, 30),
}  # fmt: skip
PCA_SECONDS = 8.0
SEEDS = (42, 43, 44)


def judged_claims(changes=(), jitter=0.0, seeds=SEEDS, epochs=60, without=()):
    """Verdicts by number in WORLD with `changes`, name -> (accuracy, seconds, settled), and `jitter` over the seeds."""
    runs = {}
    for run in planned(COMPARISONS):
        for number, seed in enumerate(seeds):
            end, seconds, settled = {**WORLD, **dict(changes)}[run.name]
            # The changed runs deviate by `jitter` in one direction and all others in the opposite one; the next seed
            # swaps the directions.
            drift = jitter * (-1) ** number * (1 if run.name in changes else -1)
            fit = PCA_SECONDS if run.name.startswith('PCA') else None
            loop = run.steps_per_run or 157
            accuracies = rising(end + drift, run.epochs(epochs), settled)
            recorded_seconds = seconds + 1e-4 * number
            runs[run.name, seed] = recorded(run.name, accuracies, recorded_seconds, seed, fit, loop, **fields_of(run))
    for key in without:
        del runs[key]
    study_findings = findings(runs, {run.label: seeds for run in planned(COMPARISONS)}, COMPARISONS, epochs)
    return {judged.number: judged for finding in study_findings for judged in finding.judged_claims}, study_findings


def test_in_the_world_of_2017_every_claim_holds():
    verdicts, _ = judged_claims()
    assert {number: judged.verdict.word for number, judged in verdicts.items()} == dict.fromkeys(verdicts, HOLDS)
    assert len(verdicts) == 22


@pytest.mark.parametrize(
    ('changes', 'number'),
    [
        ({'relu-100-50': (0.97, 0.3, 30)}, '1a'),
        ({'relu-100-50': (0.982, 0.3, 30)}, '1b'),
        ({'relu-100-50': (0.979, 0.9, 30)}, '1c'),
        ({'relu-300-100': (0.9805, 0.15, 30)}, '2a'),
        ({'relu-300-100': (0.978, 0.59, 30)}, '2b'),
        ({'PCA154_relu-300-100': (0.979, 0.7, 30)}, '3a'),
        ({'PCA154_relu-300-100': (0.975, 0.5, 30)}, '3b'),
        ({'PCA154_relu-300-100': (0.979, 0.3, 30)}, '3c'),
        ({'PCA154_relu-300-100': (0.9815, 0.5, 30)}, '4a'),
        ({'relu-1568-500': (0.9815, 0.6, 30)}, '4b'),
        ({'PCA154_relu-100-50': (0.970, 0.2, 30)}, '5a'),
        ({'relu-100-50': (0.970, 0.3, 30)}, '6a'),
        ({'BN_elu-300-100': (0.981, 9.0, 5)}, '7a'),
        ({'elu-300-100_notebook-loop': (0.9, 1.9, 30)}, '7b'),
        ({'elu-300-100': (0.971, 0.9, 30)}, '7c'),
        ({'BN_relu-300-100': (0.9805, 1.1, 3), 'BN_elu-300-100': (0.981, 1.0, 20)}, '8a'),
        ({'BN_elu-300-100': (0.981, 1.0, 60)}, '8b'),
        ({'BN_elu-300-100': (0.981, 9.0, 5)}, '8c'),
        ({'elu-300-100': (0.981, 0.5, 30)}, '8d'),
        ({'elu-300-100': (0.95, 0.5, 30)}, '8e'),
        ({'BN_ADAM_elu-300-100': (0.99, 1.0, 5)}, '9a'),
        ({'BN_MO_elu-300-100': (0.99, 1.0, 5)}, '9b'),
    ],
)
def test_a_claim_does_not_hold_where_the_opposite_is_so(changes, number):
    assert judged_claims(changes)[0][number].verdict.word == FAILS


@pytest.mark.parametrize('number', ['1b', '2b', '3b', '8e', '9a'])
def test_a_claim_on_which_the_seeds_disagree_is_within_noise(number):
    changed = ('relu-1568-500', 'PCA154_relu-300-100', 'BN_elu-300-100', 'BN_NAG_elu-300-100')
    assert judged_claims({name: WORLD[name] for name in changed}, jitter=0.004)[0][number].verdict.word == NOISE


def test_one_seed_is_measured_but_not_tested():
    verdicts, _ = judged_claims(seeds=(42,))
    assert {judged.verdict.word for judged in verdicts.values()} == {UNTESTED}
    assert verdicts['2a'].verdict.mean == pytest.approx(0.41)  # 1 - 0.59 s / 1 s


def test_a_seed_that_lacks_a_run_counts_for_no_claim_that_needs_it():
    verdicts, study_findings = judged_claims(without=[('relu-1568-500', 43)])
    assert study_findings[0].missing == ['relu-1568-500 seed 43']
    assert [verdicts[number].verdict.seeds for number in ('1a', '5a')] == [2, 3]


def test_runs_are_compared_after_as_many_epochs_as_all_have():
    changed, _ = judged_claims(epochs=10)
    assert changed['8b'].verdict.mean is None  # there is no epoch 20
    assert changed['8b'].verdict.word == UNTESTED


def test_a_run_that_ended_early_is_missing_and_shortens_no_comparison():
    question = asked_plan(['relu-5', 'elu-5'], {}, [], [], named_measure('final accuracy'), 3, 60)
    runs = {
        (label, seed): recorded(label, rising(end + 1e-4 * seed, 60), seed=seed)
        for label, end in (('relu-5', 0.95), ('elu-5', 0.97))
        for seed in SEEDS
    }
    runs['relu-5', 43] = runs['relu-5', 43]._replace(history=runs['relu-5', 43].history[:5])
    seeds = dict.fromkeys(('relu-5', 'elu-5'), SEEDS)
    [finding] = findings(runs, seeds, question.only([]), 60)
    assert finding.missing == ['relu-5 seed 43 (5 of 60 epochs)']
    assert [len(run.history) for group in finding.groups for run in group.runs] == [60] * 4
    assert finding.pairs[0].verdict.seeds == 2
