import pytest

from graph_mlp.analysis import study as module
from graph_mlp.analysis.jobs import Outcome
from graph_mlp.analysis.named_measures import named_measure
from graph_mlp.analysis.plan import InputFile, planned
from graph_mlp.analysis.plan_file import notebook
from graph_mlp.analysis.questions import asked_plan
from graph_mlp.analysis.study import (
    START_SECONDS,
    Study,
    estimated_seconds,
    recorded_runs,
    study_findings,
    tasks,
    train_all,
    with_more_seeds,
)
from graph_mlp.cli import train
from graph_mlp.config import RunConfig
from graph_mlp.errors import RunError
from graph_mlp.tags import resolve_tag
from tests.analysis.synthetic import write_run

PLAN = notebook()
RAW = ['raw-by-epoch']
FIRST = 'digits_relu-1568-500_seed-42'


def make_study(tmp_path, digits, only=RAW, seeds=2, epochs=3, plan=PLAN):
    return Study(tmp_path, plan, plan.only(only), seeds, epochs, digits, None, 1)


def test_tasks_go_seed_by_seed_and_name_the_data_set(tmp_path, digits):
    names = [task.run.name for task in tasks(make_study(tmp_path, digits))]
    assert names == [
        f'digits_relu-{sizes}_seed-{seed}' for seed in (42, 43) for sizes in ('1568-500', '300-100', '100-50')
    ]


def test_bin_train_understands_a_jobs_arguments_as_the_planned_configuration(tmp_path, digits):
    study = make_study(tmp_path, digits, [], seeds=1)
    for task in tasks(study):
        args = train.parser().parse_args(task.job.arguments)
        _, fields = resolve_tag(args.tag, {name: getattr(args, name, None) for name in RunConfig.__dataclass_fields__})
        assert RunConfig(**{**fields, 'dataset': 'digits'}) == task.planned.config(42, 3, 'digits')
        assert (args.data, args.threads, args.saves_dir) == ('digits', 1, study.runs_folder)
        assert args.steps_per_run == (1 if 'notebook-loop' in task.planned.name else None)


def test_a_run_that_is_not_on_disk_has_nothing_done(tmp_path, digits):
    task = tasks(make_study(tmp_path, digits))[0]
    assert (task.epochs_done, task.finished, task.recorded) == (0, False, None)


@pytest.mark.parametrize(('epochs', 'done', 'finished'), [(2, 2, False), (3, 3, True), (5, 3, True)])
def test_a_task_is_finished_once_all_its_epochs_are_published(tmp_path, digits, epochs, done, finished):
    study = make_study(tmp_path, digits)
    write_run(study.runs_folder, FIRST, [0.9] * epochs)
    task = tasks(study)[0]
    assert (task.epochs_done, task.finished) == (done, finished)


def test_a_run_with_all_epochs_that_was_not_published_is_unfinished(tmp_path, digits):
    study = make_study(tmp_path, digits)
    (write_run(study.runs_folder, FIRST, [0.9] * 3).folder / 'finished.json').unlink()
    assert not tasks(study)[0].finished


def test_recorded_runs_are_those_on_disk_by_name_and_seed(tmp_path, digits):
    study = make_study(tmp_path, digits)
    write_run(study.runs_folder, FIRST, [0.9])
    assert list(recorded_runs(study)) == [('relu-1568-500', 42)]


def test_without_a_run_there_is_nothing_to_report(tmp_path, digits):
    with pytest.raises(RunError, match='nothing to report'):
        recorded_runs(make_study(tmp_path, digits))


def test_the_estimate_is_from_recorded_epochs_of_the_same_configuration(tmp_path, digits):
    study = make_study(tmp_path, digits)
    write_run(study.runs_folder, FIRST, [0.9, 0.9], seconds=2.0)  # and 9 s of evaluation per epoch
    estimates = estimated_seconds(study, tasks(study))
    assert estimates[0] == START_SECONDS + 1 * (2.0 + 9.0)  # seed 42 has an epoch left
    assert estimates[3] == START_SECONDS + 3 * (2.0 + 9.0)  # seed 43 has all three


def test_other_estimates_are_in_proportion_to_the_operations(tmp_path, digits, monkeypatch):
    monkeypatch.setattr(module, '_flops_per_second', lambda: 1e9)
    study = make_study(tmp_path, digits, seeds=1)
    seconds = [estimate - START_SECONDS for estimate in estimated_seconds(study, tasks(study))]
    operations = [run.config(42, 3, 'digits').step_flops for run in planned(PLAN.only(RAW))]
    assert seconds[0] / seconds[2] == pytest.approx(operations[0] / operations[2])


def test_a_finished_task_needs_no_estimate(tmp_path, digits):
    study = make_study(tmp_path, digits)
    write_run(study.runs_folder, FIRST, [0.9] * 3)
    assert len(estimated_seconds(study, tasks(study))) == 5


def test_each_end_of_a_run_is_a_line_and_failures_are_returned(tmp_path, digits, monkeypatch, capsys):
    study = make_study(tmp_path, digits, seeds=1)
    study_tasks = tasks(study)
    write_run(study.runs_folder, FIRST, [0.9, 0.91, 0.925])
    ends = [(0, ''), (1, 'train: no space left'), (-9, '')]
    outcomes = [Outcome(task.job, status, 4.0, text) for task, (status, text) in zip(study_tasks, ends, strict=True)]
    monkeypatch.setattr(module, 'run_jobs', lambda jobs, parallel_runs, dask: iter(outcomes))
    assert list(train_all(study_tasks, 1, None)) == outcomes[1:]
    assert [line for line in capsys.readouterr().err.splitlines() if line[:2] in ('1/', '2/', '3/')] == [
        '1/3 relu-1568-500 seed 42: 0.9250 in 4 s',
        '2/3 relu-300-100 seed 42: failed after 4 s: train: no space left',
        '3/3 relu-100-50 seed 42: killed by signal 9 after 4 s',
    ]


def test_a_published_run_whose_history_is_damaged_is_unfinished(tmp_path, digits):
    study = make_study(tmp_path, digits)
    (write_run(study.runs_folder, FIRST, [0.9] * 3).folder / 'history.csv').write_text('half')
    task = tasks(study)[0]
    assert (task.epochs_done, task.finished) == (0, False)


# Three products a layer but two in the first, of 70 images; 17 batches make 1,190 of the 1,197 digits.
FLOPS = 17 * 2 * 70 * (2 * 784 * 100 + 3 * 100 * 50 + 3 * 50 * 10)


@pytest.mark.parametrize('threads', [1, 2])
def test_what_was_not_timed_with_as_many_threads_is_estimated_from_the_operations(
    tmp_path, digits, monkeypatch, threads
):
    monkeypatch.setattr(module, '_flops_per_second', lambda: 1e9)
    study = make_study(tmp_path, digits)._replace(threads=threads)
    if threads == 2:
        write_run(study.runs_folder, 'digits_relu-100-50_seed-42', [0.9], seconds=2.0)  # with one thread
    seconds = estimated_seconds(study, tasks(study))[5]
    assert seconds == pytest.approx(START_SECONDS + 3 * FLOPS / (threads * 1e9) / 0.6)


def test_a_folder_of_data_is_passed_on_to_bin_train(tmp_path, digits):
    study = make_study(tmp_path, digits)._replace(data_dir='/data')
    assert tasks(study)[0].job.arguments[-2:] == ('--data-dir', '/data')


def asked(**fixed):
    return asked_plan(['relu-5', 'elu-5', 'tanh-5'], fixed, [], [], named_measure('final accuracy'), 4, 60)


def test_every_setting_and_file_of_a_run_is_passed_on_to_bin_train(tmp_path, digits):
    plan = asked(batch_size=7, keep_last_batch=True, steps_per_run=3)
    study = make_study(tmp_path, digits, [], plan=plan)._replace(flags=('--histograms',))
    run = planned(plan.only([]))[0]._replace(files=(InputFile('--pca', tmp_path / 'pca.npz', '0' * 64),))
    arguments = ' '.join(module._arguments(study, run, 'tag', 42, 3))
    for flags in (
        '--batch-size 7',
        '--keep-last-batch',
        '--steps-per-run 3',
        f'--pca {tmp_path}/pca.npz',
        '--histograms',
    ):
        assert flags in arguments


def test_studies_do_not_share_a_report(tmp_path, digits):
    study = make_study(tmp_path, digits, [])
    names = [
        study.name, study._replace(quick=True).name, make_study(tmp_path, digits).name,
        study._replace(dataset=digits._replace(name='mnist')).name, make_study(tmp_path, digits, [], plan=asked()).name,
    ]  # fmt: skip
    assert names == [
        'digits_The-Analysis-of-2017-repeated', 'digits_The-Analysis-of-2017-repeated_quick',
        'digits_The-Analysis-of-2017-repeated_only-raw-by-epoch', 'The-Analysis-of-2017-repeated',
        'digits_relu-5-or-elu-5-or-tanh-5',
    ]  # fmt: skip
    assert study.report_folder == tmp_path / 'report' / names[0]


def decided(tmp_path, digits, accuracies):
    """A study to be continued until it is decided, with these accuracies by run and seed on disk."""
    study = make_study(tmp_path, digits, [], seeds=8, epochs=1, plan=asked())._replace(anytime=True)
    for label, values in accuracies.items():
        for seed, value in enumerate(values, 42):
            write_run(study.runs_folder, f'digits_{label}_seed-{seed}', [value], seed=seed)
    return study, study_findings(study, recorded_runs(study))


NOISY = {
    'relu-5': [0.90, 0.92, 0.91, 0.93, 0.90, 0.92, 0.91, 0.93],
    'elu-5': [0.92, 0.90, 0.93, 0.91, 0.92, 0.90, 0.93, 0.91],
}


def test_open_verdicts_get_a_seed_more_and_decided_runs_none(tmp_path, digits):
    # tanh differs from both others by far more than the seeds do: its pairs are decided.
    study, found = decided(tmp_path, digits, {**NOISY, 'tanh-5': [0.1, 0.12, 0.11, 0.13, 0.1, 0.12, 0.11, 0.13]})
    more = with_more_seeds(study, found, 16)
    assert more.seed_counts == {'relu-5': 9, 'elu-5': 9, 'tanh-5': 8}
    assert [task.run.name for task in tasks(more)][-2:] == ['digits_relu-5_seed-50', 'digits_elu-5_seed-50']


def test_with_the_most_seeds_nothing_is_added(tmp_path, digits):
    study, found = decided(tmp_path, digits, {**NOISY, 'tanh-5': NOISY['elu-5'][::-1]})
    assert with_more_seeds(study, found, 8) is None
    assert with_more_seeds(study, found, 9) is not None


def test_where_all_is_decided_nothing_is_added(tmp_path, digits):
    assert with_more_seeds(make_study(tmp_path, digits, [], plan=asked()), [], 16) is None
