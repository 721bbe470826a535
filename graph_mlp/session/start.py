"""Before TensorFlow is needed: data, the run's folder, and whether to begin the run, to go on with it or to refuse."""

import contextlib
import dataclasses
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from graph_mlp.config import PIXELS, RunConfig
from graph_mlp.data import pca
from graph_mlp.data.batches import epoch_order
from graph_mlp.data.dataset import Dataset
from graph_mlp.data.load import load_dataset
from graph_mlp.errors import DataError, RunError, UsageError
from graph_mlp.session import pca_fit
from graph_mlp.session.continuation import continuation
from graph_mlp.session.options import Options, identity
from graph_mlp.store.checkpoints import MODEL, fingerprint
from graph_mlp.store.files import sha256, write_errors
from graph_mlp.store.lock import writing
from graph_mlp.store.records import DatasetRecord, Identity, RunRecord
from graph_mlp.store.resumption import TrainingState
from graph_mlp.store.runs import RequestedSettings, Run, run_name, start_again, write_record

SHORT_JOB = 1_500  # steps; below, compiling costs more time than it saves


@dataclasses.dataclass
class Start:
    """A run that may begin or go on; this process holds its lock."""

    run: Run
    record: RunRecord
    dataset: Dataset
    state: TrainingState | None  # where it goes on; None: at the beginning
    is_overwriting: bool = False  # whether what an earlier run of this name left is to be removed
    projection: pca.Projection | None = None  # fitted for this run; None: no PCA, or one that comes from a file
    pca_seconds: float | None = None  # of the fit

    @property
    def config(self) -> RunConfig:
        """Model, data and training."""
        return self.record.config

    @property
    def identity(self) -> Identity:
        """Two runs with the same configuration and the same identity give bit-identical results."""
        return self.record.identity

    def fit_pca(self) -> None:
        """Fits the PCA on the training images."""
        self.projection, self.pca_seconds = pca_fit.fit(self.dataset.train.images, self.config.input_features)
        print(f'PCA to {self.config.input_features} components fitted in {self.pca_seconds:.2f} s', file=sys.stderr)

    def take_effect(self) -> None:
        """Writes the run's record, and removes what an earlier run left if that was asked for.

        Until then nothing on disk has changed, so this is called once nothing can be refused any more. Raises RunError.
        """
        with write_errors(self.run.folder / 'config.json'):
            if self.is_overwriting:
                start_again(self.run)
            (self.run.folder / 'checkpoints').mkdir(exist_ok=True)
            self.run.summary.mkdir(parents=True, exist_ok=True)
            write_record(self.run, self.record)


@contextlib.contextmanager
def start(options: Options) -> Iterator[Start | None]:
    """Yields the run to train, or None where it is finished already, which is said on stderr.

    Raises UsageError, DataError, CheckpointError or RunError; what these refuse changes nothing on disk.
    """
    init_ckpt = fingerprint(options.init_ckpt) if options.init_ckpt else None
    dataset = load_dataset(options.dataset, options.data_dir)
    dataset_record = DatasetRecord(dataset.name, dataset.title, dataset.sha256)
    run = Run(options.saves, run_name(options.tag, dataset))
    config = RunConfig(**{**options.fields, 'dataset': dataset.name})
    order = epoch_order(len(dataset.train.labels), config.batch_size, config.seed, 0, config.keep_last_batch)
    requested = RequestedSettings(
        steps_per_run=options.steps_per_run,
        init_ckpt=init_ckpt,
        pca=_file_sha256(options.pca) if options.pca else None,
        data_sha256=dataset.sha256,
    )
    _check_saves(options.saves)
    with writing(run), contextlib.ExitStack() as stack:
        stored = None if options.overwrite else run.record()
        _check_pca(options, stored.config if stored else config)
        if stored is None:
            if run.states() and not options.overwrite:
                raise RunError(f'{run.folder} has checkpoints but no config.json: start again with --overwrite')
            steps = options.steps_per_run or default_steps_per_run(sum(map(len, order)), config.epochs)
            run_identity = identity(options, config, requested._replace(steps_per_run=steps))
            init_ckpt_file = str(options.init_ckpt) if options.init_ckpt else None
            record = RunRecord(options.tag, config, dataset_record, run_identity, time.time(), init_ckpt_file)
            run_start: Start | None = Start(run, record, dataset, None, options.overwrite)
        else:
            going_on = continuation(run, stored, dataset_record, options, requested, stack)
            run_start = going_on and Start(run, going_on.record, dataset, going_on.state)
        del dataset  # the start alone holds it, and may let go of it
        if run_start:
            print(f'run {run.name} on {run_start.dataset.title}: {run_start.config.description}', file=sys.stderr)
            if _needs_fit(run_start, options):
                run_start.fit_pca()
        yield run_start


def _needs_fit(run_start: Start, options: Options) -> bool:
    has_file = run_start.state or options.init_ckpt or options.pca
    return run_start.config.input_features != PIXELS and not has_file


def default_steps_per_run(steps: int, epochs: int) -> int:
    """A fifth of an epoch, at most 500 steps, so that a signal is answered soon; 1 for a job too short to compile."""
    return 1 if steps * epochs < SHORT_JOB else min(500, -(-steps // 5))


def _file_sha256(path: Path) -> str:
    try:
        return sha256(path)
    except OSError as error:
        raise DataError(f'cannot read {path}: {error.strerror}') from None
    except ValueError as error:
        raise DataError(f'cannot read {path}: {error}') from None


def _check_pca(options: Options, config: RunConfig) -> None:
    if options.pca and config.input_features == PIXELS:
        raise UsageError(f'--pca {options.pca}: this run takes all {PIXELS} pixels; add --input-features')


def _check_saves(saves: Path) -> None:
    index = saves / f'{MODEL}.index'
    if index.exists() and not index.with_name(f'{MODEL}.json').exists():
        raise RunError(
            f'{index.with_suffix("")} was not written by this program and would be replaced: move it, or train with '
            'another --saves-dir'
        )
