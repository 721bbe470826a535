"""Which runs a study has, what their training takes, and which seeds are added."""

import pytest

from graph_mlp.start import SPEED
from graph_mlp.study.claims_2017 import PLAN
from graph_mlp.study.executor import is_finished
from graph_mlp.study.plan import Plan
from graph_mlp.study.study import START_SECONDS, estimated_seconds, recorded_runs
from tests.study.synthetic import FIRST_SEED, write_run

FIRST = 'digits_relu-5_seed-42'


def test_jobs_go_seed_by_seed_and_name_the_data_set(make_study):
    jobs = make_study(seeds=2).jobs()
    assert [job.run.name for job in jobs.values()] == [
        f'digits_{model}-5_seed-{seed}' for seed in (42, 43) for model in ('relu', 'elu', 'tanh')
    ]


def test_a_job_carries_the_planned_configuration(make_study):
    study = make_study(plan=PLAN, seeds=1, epochs=60)
    for (label, seed), job in study.jobs().items():
        planned = PLAN.planned[label]
        assert (seed, job.config.seed, job.config.dataset) == (42, 42, 'digits')
        assert job.config.epochs == min(60, planned.most_epochs)
        assert job.config.model_tag == planned.config.model_tag
        assert job.config.learning_rate == planned.config.learning_rate
        assert job.config.steps_per_run == (1 if 'notebook-loop' in label else None)


def test_a_run_is_read_back_by_label_and_seed(make_study, tmp_path):
    study = make_study(seeds=2, epochs=3)
    write_run(tmp_path / 'study', FIRST, [0.9])
    assert list(recorded_runs(study.jobs())) == [('relu-5', 42)]


@pytest.mark.parametrize(
    ('epochs', 'is_published', 'finished'), [(2, True, False), (3, True, True), (5, True, True), (3, False, False)]
)
def test_a_run_is_finished_once_all_its_epochs_are_published(make_study, tmp_path, epochs, is_published, finished):
    jobs = make_study(seeds=1, epochs=3).jobs()
    write_run(tmp_path / 'study', FIRST, [0.9] * epochs, is_published=is_published)
    assert is_finished(recorded_runs(jobs)['relu-5', 42], 3) == finished


def test_a_run_that_is_damaged_is_not_finished(make_study, tmp_path):
    jobs = make_study(seeds=1, epochs=3).jobs()
    run = write_run(tmp_path / 'study', FIRST, [0.9] * 3)
    (run.folder / 'checkpoints' / 'epoch-00003' / 'model.ckpt.history.npy').write_bytes(b'half')
    assert not is_finished(recorded_runs(jobs).get(('relu-5', 42)), 3)


def test_the_estimate_is_from_epochs_of_the_same_configuration(make_study, tmp_path):
    study = make_study(seeds=2, epochs=3)
    jobs = study.jobs()
    write_run(tmp_path / 'study', FIRST, [0.9, 0.9], seconds=2.0)  # and 9 s of evaluation per epoch
    estimates = estimated_seconds(study, jobs, recorded_runs(jobs))
    assert estimates['relu-5', 42] == START_SECONDS + 1 * (2.0 + 9.0)
    assert estimates['relu-5', 43] == START_SECONDS + 3 * (2.0 + 9.0)


@pytest.mark.parametrize(('steps_per_run', 'loop'), [(1, 'notebook'), (17, 'compiled')])
def test_other_estimates_are_from_the_operations(make_study, steps_per_run, loop):
    plan = Plan(question='Q', runs={'a': {'model': 'relu-100-50', 'steps-per-run': steps_per_run}}, seeds=1, epochs=3)
    study = make_study(plan=plan)
    # Three products a layer but two in the first, of 70 images; 17 batches make 1,190 of the 1,197 digits.
    flops = 17 * 2 * 70 * (2 * 784 * 100 + 3 * 100 * 50 + 3 * 50 * 10)
    [seconds] = estimated_seconds(study, study.jobs(), {}).values()
    assert seconds == pytest.approx(START_SECONDS + 3 * flops / SPEED[loop])


def test_a_finished_run_needs_no_estimate(make_study, tmp_path):
    study = make_study(seeds=2, epochs=3)
    write_run(tmp_path / 'study', FIRST, [0.9] * 3)
    jobs = study.jobs()
    assert len(estimated_seconds(study, jobs, recorded_runs(jobs))) == 5


def test_studies_do_not_share_a_report(make_study, digits, tmp_path):
    study = make_study(plan=PLAN)
    names = [
        study.name, study._replace(quick=True).name, make_study(plan=PLAN, only=['pca']).name,
        study._replace(dataset=digits._replace(name='mnist')).name, make_study().name,
    ]  # fmt: skip
    assert names == [
        'digits_The-Analysis-of-2017-repeated', 'digits_The-Analysis-of-2017-repeated_quick',
        'digits_The-Analysis-of-2017-repeated_only-pca', 'The-Analysis-of-2017-repeated',
        'digits_relu-5-or-elu-5-or-tanh-5',
    ]  # fmt: skip
    assert study.report_folder == tmp_path / 'report' / names[0]


NOISY = {
    'relu-5': [0.90, 0.92, 0.91, 0.93, 0.90, 0.92, 0.91, 0.93],
    'elu-5': [0.92, 0.90, 0.93, 0.91, 0.92, 0.90, 0.93, 0.91],
}
FAR = [0.1, 0.12, 0.11, 0.13, 0.1, 0.12, 0.11, 0.13]  # from both, by far more than the seeds differ


@pytest.fixture
def looked_at(make_study, tmp_path):
    """A function that makes a study of 8 seeds with these accuracies on disk, and what it finds."""

    def make(accuracies):
        study = make_study(seeds=8, epochs=1, until_decided=True)
        for label, values in accuracies.items():
            for seed, value in enumerate(values, FIRST_SEED):
                write_run(tmp_path / 'study', f'digits_{label}_seed-{seed}', [value], seed=seed)
        return study, study.findings(recorded_runs(study.jobs()))

    return make


def test_open_verdicts_get_a_seed_more_and_decided_runs_none(looked_at):
    study, found = looked_at({**NOISY, 'tanh-5': FAR})
    more = study.with_more_seeds(found, 16)
    assert more.seed_counts == {'relu-5': 9, 'elu-5': 9}
    assert [job.run.name for job in more.jobs().values()][-2:] == ['digits_relu-5_seed-50', 'digits_elu-5_seed-50']


def test_with_the_most_seeds_nothing_is_added(looked_at):
    study, found = looked_at({**NOISY, 'tanh-5': NOISY['elu-5'][::-1]})
    assert study.with_more_seeds(found, 8) is None
    assert study.with_more_seeds(found, 9) is not None


def test_who_has_fewer_seeds_catches_up_first(looked_at):
    study, found = looked_at({**NOISY, 'tanh-5': NOISY['elu-5'][::-1]})
    ahead = study._replace(seed_counts={'relu-5': 10})
    assert ahead.with_more_seeds(found, 16).seed_counts == {'relu-5': 10, 'elu-5': 9, 'tanh-5': 9}


def test_where_all_is_decided_nothing_is_added(make_study):
    assert make_study().with_more_seeds([], 16) is None
