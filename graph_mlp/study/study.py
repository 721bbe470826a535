"""A study: its runs, an estimate of the time that their training takes, and the seeds that are added to it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from graph_mlp.compare import epoch_seconds
from graph_mlp.data.dataset import Dataset
from graph_mlp.errors import UsageError
from graph_mlp.significance import MeanTest, SequentialTest
from graph_mlp.start import Options, computing_seconds
from graph_mlp.store.recorded import RecordedRun, readable_run
from graph_mlp.store.run import run_name
from graph_mlp.study.executor import Job, is_finished
from graph_mlp.study.findings import Finding, Key, Recorded, find
from graph_mlp.study.plan import Comparison, Plan, folder_name

FIRST_SEED = 42
START_SECONDS = 2.0  # of a run beside its epochs, for the estimate; a rough value


class Study(NamedTuple):
    """What `bin/study` is asked for."""

    saves: Path  # the report goes to saves/report
    plan: Plan
    comparisons: Mapping[int, Comparison]  # of the plan, by number
    seeds: int
    epochs: int
    dataset: Dataset
    options: Options  # of every run
    quick: bool = False  # fewer seeds or epochs than the plan asks for
    until_decided: bool = False  # seeds are added until the verdicts are decided
    seed_counts: Mapping[str, int] = MappingProxyType({})  # by label: for runs that have more than `seeds`

    @property
    def name(self) -> str:
        """The name of its report and of its curves: of the question, the data set, and whether all of it is there."""
        keys = '-'.join(one.key for one in self.comparisons.values())
        only = f'_only-{keys}' if len(self.comparisons) < len(self.plan.comparisons) else ''
        question = folder_name(self.plan.question)
        return run_name(f'{question}{only}{"_quick" if self.quick else ""}', self.dataset.name)

    @property
    def report_folder(self) -> Path:
        """Where its page lies."""
        return self.saves / 'report' / self.name

    def jobs(self) -> dict[Key, Job]:
        """Every run, seed after seed: runs that are compared are then trained at about the same time."""
        labels = dict.fromkeys(label for one in self.comparisons.values() for label in one.labels)
        jobs = {}
        for number in range(max(self._count(label) for label in labels)):
            for run in (self.plan.planned[label] for label in labels if number < self._count(label)):
                epochs, seed = min(self.epochs, run.most_epochs), FIRST_SEED + number
                config = msgspec.structs.replace(run.config.on(self.dataset.settings), seed=seed, epochs=epochs)
                if config.model_tag != run.config.model_tag:
                    raise UsageError(f'{run.name} is {config.model_tag} on {config.pixels} pixels: name that instead')
                tag = f'{run.name}_seed-{config.seed}'
                jobs[run.label, config.seed] = Job(f'{run.label} seed {config.seed}', tag, config, self.options)
        return jobs

    def findings(self, runs: Recorded) -> list[Finding]:
        """What the recorded runs say."""
        epochs = {key: job.config.epochs for key, job in self.jobs().items()}
        test = SequentialTest if self.until_decided else MeanTest
        return [find(number, one, runs, epochs, test) for number, one in self.comparisons.items()]

    def with_more_seeds(self, findings: Sequence[Finding], most: int) -> 'Study | None':
        """The study with a seed more for the runs whose verdicts are open; None where none is or they have `most`."""
        counts = {label: self._count(label) for finding in findings for label in finding.open_runs}
        # Runs that are compared have the same seeds: who lags behind catches up first.
        fewest = min(counts.values(), default=most)
        more = {label: max(count, fewest + 1) for label, count in counts.items()}
        return None if fewest >= most else self._replace(seed_counts={**self.seed_counts, **more})

    def _count(self, label: str) -> int:
        return self.seed_counts.get(label, self.seeds)


def recorded_runs(jobs: Mapping[Key, Job]) -> dict[Key, RecordedRun]:
    """The runs that are on disk."""
    read = {key: readable_run(job.run) for key, job in jobs.items()}
    return {key: run for key, run in read.items() if run}


def estimated_seconds(study: Study, jobs: Mapping[Key, Job], runs: Recorded) -> dict[Key, float]:
    """The seconds that each unfinished run will take when it runs alone.

    From the seconds per epoch of the same configuration where one is on disk, else from the number of floating-point
    operations.
    """
    measured = {}
    for (label, _), run in runs.items():
        if run.identity.threads == study.options.threads:
            evaluation = sum(epoch.evaluation_seconds for epoch in run.history) / len(run.history)
            measured[label] = epoch_seconds(run) + evaluation
    estimates = {}
    for key, job in jobs.items():
        planned, config = runs.get(key), job.config
        if not is_finished(planned, config.epochs):
            computed = computing_seconds(config, len(study.dataset.train.labels), study.options.threads)
            epochs = config.epochs - (len(planned.history) if planned else 0)
            estimates[key] = START_SECONDS + max(0, epochs) * measured.get(key[0], computed)
    return estimates
