import pytest

from graph_mlp.analysis import study as module
from graph_mlp.analysis.jobs import Outcome
from graph_mlp.analysis.plan import NOTEBOOK_LOOP, chosen, planned
from graph_mlp.analysis.study import START_SECONDS, Study, estimated_seconds, recorded_runs, tasks, train_all
from graph_mlp.cli import train
from graph_mlp.config import RunConfig
from graph_mlp.errors import RunError
from graph_mlp.tags import resolve_tag
from tests.analysis.synthetic import write_run

RAW = chosen(['raw-by-epoch'])
FIRST = 'digits_relu-1568-500_seed-42'


def make_study(tmp_path, digits, comparisons=RAW, seeds=2, epochs=3):
    return Study(tmp_path, comparisons, seeds, epochs, digits, None, 1)


def test_tasks_go_seed_by_seed_and_name_the_data_set(tmp_path, digits):
    names = [task.run.name for task in tasks(make_study(tmp_path, digits))]
    assert names == [
        f'digits_relu-{sizes}_seed-{seed}' for seed in (42, 43) for sizes in ('1568-500', '300-100', '100-50')
    ]


def test_bin_train_understands_a_jobs_arguments_as_the_planned_configuration(tmp_path, digits):
    study = make_study(tmp_path, digits, chosen([]), seeds=1)
    for task in tasks(study):
        args = train.parser().parse_args(task.job.arguments)
        _, fields = resolve_tag(args.tag, {name: getattr(args, name, None) for name in RunConfig.__dataclass_fields__})
        assert RunConfig(**{**fields, 'dataset': 'digits'}) == task.planned.config(42, 3, 'digits')
        assert (args.data, args.threads, args.saves_dir) == ('digits', 1, study.runs_folder)
        assert args.steps_per_run == (1 if task.planned in NOTEBOOK_LOOP else None)


def test_a_run_that_is_not_on_disk_has_nothing_done(tmp_path, digits):
    task = tasks(make_study(tmp_path, digits))[0]
    assert (task.done, task.finished, task.recorded) == (0, False, None)


@pytest.mark.parametrize(('epochs', 'done', 'finished'), [(2, 2, False), (3, 3, True), (5, 3, True)])
def test_a_task_is_finished_once_all_its_epochs_are_published(tmp_path, digits, epochs, done, finished):
    study = make_study(tmp_path, digits)
    write_run(study.runs_folder, FIRST, [0.9] * epochs)
    task = tasks(study)[0]
    assert (task.done, task.finished) == (done, finished)


def test_a_run_with_all_epochs_that_was_not_published_is_unfinished(tmp_path, digits):
    study = make_study(tmp_path, digits)
    (write_run(study.runs_folder, FIRST, [0.9] * 3).folder / 'finished.json').unlink()
    assert not tasks(study)[0].finished


def test_recorded_runs_are_those_on_disk_by_name_and_seed(tmp_path, digits):
    study = make_study(tmp_path, digits)
    write_run(study.runs_folder, FIRST, [0.9])
    runs, seeds = recorded_runs(study)
    assert list(runs) == [('relu-1568-500', 42)]
    assert seeds == [42, 43]


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
    operations = [run.config(42, 3, 'digits').step_flops for run in planned(RAW)]
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
    assert (task.done, task.finished) == (0, False)


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
