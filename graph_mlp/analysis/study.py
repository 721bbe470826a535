"""The study: which runs are still to be trained, an estimate of the time that takes, and their training."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import tqdm

from graph_mlp.analysis.findings import Finding, findings
from graph_mlp.analysis.jobs import Job, Outcome, run_jobs
from graph_mlp.analysis.measures import epoch_seconds
from graph_mlp.analysis.plan import FIRST_SEED, NumberedComparisons, Plan, PlannedRun, planned
from graph_mlp.analysis.turns import is_complete
from graph_mlp.data.dataset import Dataset
from graph_mlp.errors import RunError
from graph_mlp.store.recorded import RecordedRun, readable_run
from graph_mlp.store.runs import Run, run_name

# For the estimate, where no such run has been timed yet: seconds before the first step, and the share of the matrix
# products in the time of an epoch with its evaluation, by whether the run uses the notebook's loop.
START_SECONDS = 3.0
PRODUCTS_SHARE = {False: 0.6, True: 0.25}


class Study(NamedTuple):
    """The command line of `bin/study`."""

    saves: Path  # runs go to saves/study, the report to saves/report
    plan: Plan
    comparisons: NumberedComparisons  # of the plan
    seeds: int
    epochs: int
    dataset: Dataset
    data_dir: str | None
    threads: int  # of each run
    flags: tuple[str, ...] = ()  # of bin/train, such as --histograms, that change no result
    quick: bool = False  # fewer seeds or epochs than the plan asks for
    anytime: bool = False  # seeds are added until the verdicts are decided
    seed_counts: Mapping[str, int] = MappingProxyType({})  # by name in the plan: for runs that have more than `seeds`

    @property
    def runs_folder(self) -> Path:
        """A saves folder of its own, so that the user's runs and curves stay apart from the study's.

        Absolute: a worker on another machine has another current folder.
        """
        return (self.saves / 'study').resolve()

    @property
    def name(self) -> str:
        """The name of its report and of its curves: of the question, the data set, and whether all of it is there."""
        chosen = [comparison.key for _, comparison in self.comparisons]
        only = f'_only-{"-".join(chosen)}' if len(chosen) < len(self.plan.comparisons) else ''
        return run_name(f'{self.plan.key}{only}{"_quick" if self.quick else ""}', self.dataset)

    @property
    def report_folder(self) -> Path:
        """Where its page lies."""
        return self.saves / 'report' / self.name

    def seeds_of(self, run: PlannedRun) -> range:
        """The seeds that a run is trained with."""
        return range(FIRST_SEED, FIRST_SEED + self.seed_counts.get(run.label, self.seeds))


class Task(NamedTuple):
    """One run of one seed."""

    planned: PlannedRun
    seed: int
    run: Run
    job: Job
    epochs: int  # to train in all
    recorded: RecordedRun | None  # what is on disk
    finished: bool  # all its epochs, and the model published

    @property
    def epochs_done(self) -> int:
        """Epochs that need not be trained."""
        return min(len(self.recorded.history), self.epochs) if self.recorded else 0


def tasks(study: Study) -> list[Task]:
    """Every run of the study, seed after seed: runs that are compared are then trained at about the same time."""
    runs = planned(study.comparisons)
    seeded_runs = [(seed, place, run) for place, run in enumerate(runs) for seed in study.seeds_of(run)]
    return [_task(study, run, seed) for seed, _, run in sorted(seeded_runs, key=lambda entry: entry[:2])]


def _task(study: Study, planned_run: PlannedRun, seed: int) -> Task:
    tag = f'{planned_run.name}_seed-{seed}'
    run = Run(study.runs_folder, run_name(tag, study.dataset))
    epochs = planned_run.epochs(study.epochs)
    arguments = _arguments(study, planned_run, tag, seed, epochs)
    job = Job(f'{planned_run.label} seed {seed}', str(run.saves), run.name, arguments, study.threads, epochs)
    recorded = readable_run(run)
    return Task(planned_run, seed, run, job, epochs, recorded, is_complete(run, recorded, epochs))


def _arguments(study: Study, planned_run: PlannedRun, tag: str, seed: int, epochs: int) -> tuple[str, ...]:
    config = planned_run.config(seed, study.epochs, study.dataset.name)
    arguments: list[object] = ['--tag', tag, '--hidden', *config.hidden_sizes, '--activation', config.activation]
    arguments += ['--batch-norm' if config.batch_norm else '--no-batch-norm', '--input-features', config.input_features]
    arguments += ['--optimizer', config.optimizer, '--learning-rate', config.learning_rate, '--seed', seed]
    arguments += ['--batch-size', config.batch_size]
    arguments += ['--keep-last-batch' if config.keep_last_batch else '--no-keep-last-batch']
    arguments += ['--epochs', epochs, '--threads', study.threads, '--saves-dir', study.runs_folder]
    arguments += ['--dataset', study.dataset.flag]
    arguments += ['--data-dir', study.data_dir] if study.data_dir else []
    arguments += ['--steps-per-run', planned_run.steps_per_run] if planned_run.steps_per_run else []
    for file in planned_run.files:
        arguments += [file.flag, file.path]
    return tuple(map(str, (*arguments, *study.flags)))


def recorded_runs(study: Study) -> dict[tuple[str, int], RecordedRun]:
    """The runs of the study that are on disk, by (name in the plan, seed); raises RunError where there is none."""
    runs = {(task.planned.label, task.seed): task.recorded for task in tasks(study) if task.recorded}
    if not runs:
        raise RunError(f'no run of the study has a whole epoch in {study.runs_folder}: nothing to report')
    return runs


def study_findings(study: Study, runs: Mapping[tuple[str, int], RecordedRun]) -> list[Finding]:
    """What the recorded runs say."""
    seeds = {run.label: study.seeds_of(run) for run in planned(study.comparisons)}
    return findings(runs, seeds, study.comparisons, study.epochs, study.anytime)


def with_more_seeds(study: Study, current_findings: Sequence[Finding], most: int) -> Study | None:
    """The study with a seed more for the runs whose verdicts are open; None where all are decided or have `most`."""
    undecided = {label for finding in current_findings for label in finding.open_runs}
    counts = {run.label: len(study.seeds_of(run)) for run in planned(study.comparisons)}
    # Runs that are compared have the same seeds: who lags behind catches up first.
    fewest = min((counts[label] for label in undecided), default=most)
    if fewest >= most:
        return None
    seed_counts = {label: max(counts[label], fewest + 1) if label in undecided else counts[label] for label in counts}
    return study._replace(seed_counts=seed_counts)


def estimated_seconds(study: Study, study_tasks: Sequence[Task]) -> list[float]:
    """The seconds that each unfinished task will take when it runs alone, in the order of the tasks.

    From the seconds per epoch of the same configuration where one is on disk, else from the number of floating-point
    operations and the speed of this machine.
    """
    measured: dict[str, float] = {}
    for task in study_tasks:
        recorded = task.recorded
        if recorded and recorded.identity.threads == study.threads:
            evaluation = sum(epoch.evaluation_seconds for epoch in recorded.history) / len(recorded.history)
            measured[task.planned.name] = epoch_seconds(recorded) + evaluation
    speed = _flops_per_second() * study.threads
    estimates = []
    for task in study_tasks:
        if task.finished:
            continue
        config = task.planned.config(task.seed, study.epochs, study.dataset.name)
        steps = len(study.dataset.train.labels) // config.batch_size
        computed = config.step_flops * steps / speed / PRODUCTS_SHARE[task.planned.steps_per_run == 1]
        estimates.append(START_SECONDS + (task.epochs - task.epochs_done) * measured.get(task.planned.name, computed))
    return estimates


def _flops_per_second(size: int = 512, repeats: int = 8) -> float:
    """The speed of a float32 matrix product on one thread: a short measurement, good enough for an estimate."""
    import numpy as np
    from threadpoolctl import threadpool_limits

    values = np.ones((size, size), np.float32)
    with threadpool_limits(1):
        values @ values
        start = time.perf_counter()
        for _ in range(repeats):
            values @ values
    return 2 * size**3 * repeats / (time.perf_counter() - start)


def train_all(unfinished: Sequence[Task], parallel_runs: int, dask: str | None) -> Iterator[Outcome]:
    """Trains the unfinished runs and writes a line on stderr as each ends; yields the outcomes of failed ones."""
    total = sum(task.epochs - task.epochs_done for task in unfinished)
    by_run = {task.job.run_name: task for task in unfinished}
    with tqdm.tqdm(total=total, unit='epoch', desc='study', disable=None, file=sys.stderr) as bar:
        for number, outcome in enumerate(run_jobs([task.job for task in unfinished], parallel_runs, dask), 1):
            task = by_run[outcome.job.run_name]
            bar.update(task.epochs - task.epochs_done)
            tqdm.tqdm.write(f'{number}/{len(unfinished)} {_outcome_line(task, outcome)}', file=sys.stderr)
            if outcome.status:
                yield outcome


def _outcome_line(task: Task, outcome: Outcome) -> str:
    if outcome.status < 0:
        return f'{task.job.name}: killed by signal {-outcome.status} after {outcome.seconds:.0f} s'
    if outcome.status:
        return f'{task.job.name}: failed after {outcome.seconds:.0f} s: {outcome.message}'
    recorded = readable_run(task.run)
    accuracy = f'{recorded.history[task.epochs - 1].test_accuracy:.4f}' if recorded else 'no history'
    return f'{task.job.name}: {accuracy} in {outcome.seconds:.0f} s'
