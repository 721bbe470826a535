"""Before TensorFlow is needed: data, the run's folder, and whether to begin, to go on or to refuse."""

import contextlib
import importlib.metadata
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from graph_mlp import __version__
from graph_mlp.config import RunConfig
from graph_mlp.data.batches import epoch_order
from graph_mlp.data.dataset import Dataset
from graph_mlp.data.load import load_dataset
from graph_mlp.errors import RunError
from graph_mlp.runtime.process import available_threads, processor_name
from graph_mlp.store.checkpoints import MODEL, Checkpoint, fingerprint
from graph_mlp.store.files import sha256
from graph_mlp.store.runs import (
    Run,
    differences,
    newest_state,
    run_name,
    start_again,
    store,
    writing,
)

SHORT_JOB = 1_500  # steps; below, compiling costs more time than it saves


class Options(NamedTuple):
    """What `bin/train` was asked for; None: not said."""

    tag: str
    fields: dict[str, Any]  # of RunConfig, as far as tag and flags settle them
    saves: Path
    data_dir: str | None
    dataset: str | None
    init_ckpt: Path | None
    pca: Path | None
    steps_per_run: int | None
    threads: int | None
    device: str
    overwrite: bool
    keep_all: bool
    histograms: bool


class Start(NamedTuple):
    """A run that may begin or go on; this process holds its lock."""

    run: Run
    record: dict[str, Any]  # `config.json`
    config: RunConfig
    dataset: Dataset
    state: Checkpoint | None  # where it goes on

    @property
    def identity(self) -> dict[str, Any]:
        """What, being equal, makes results equal to the last bit."""
        return self.record['identity']


@contextlib.contextmanager
def start(options: Options) -> Iterator[Start | None]:
    """Yields the run to train, or None where it is finished already, which is said on stderr.

    Raises UsageError, DataError, CheckpointError or RunError; nothing is written before everything is known.
    """
    fields = options.fields
    init = fingerprint(options.init_ckpt) if options.init_ckpt else None
    dataset = load_dataset(options.dataset, options.data_dir)
    run = Run(options.saves, run_name(options.tag, dataset))
    config = RunConfig(**{**fields, 'dataset': dataset.name})
    order = epoch_order(len(dataset.train.labels), config.batch_size, config.seed, 0, config.keep_last_batch)
    settings = {
        'steps_per_run': options.steps_per_run,
        'init_ckpt': init,
        'pca': sha256(options.pca) if options.pca else None,
        'data_sha256': dataset.sha256,
    }
    _check_saves(options.saves)
    with writing(run), contextlib.ExitStack() as stack:
        if options.overwrite:
            start_again(run)
        stored = run.stored()
        if stored is None:
            if run.states():
                raise RunError(f'{run.folder} has checkpoints but no config.json: start again with --overwrite')
            steps = sum(map(len, order))
            settings['steps_per_run'] = settings['steps_per_run'] or default_steps_per_run(steps, config.epochs)
            identity = {**settings, **_circumstances(options)}
            yield Start(run, store(run, options.tag, config, dataset, identity, time.time()), config, dataset, None)
        else:
            yield _go_on(run, stored, dataset, options, settings, stack)


def _go_on(
    run: Run,
    stored: dict[str, Any],
    dataset: Dataset,
    options: Options,
    settings: dict[str, Any],
    stack: contextlib.ExitStack,
) -> Start | None:
    if found := differences(stored, options.fields, settings):
        raise RunError(
            f'run {run.name} exists with other settings: {"; ".join(found)}; drop them to go on with it, '
            'use another --tag, or --overwrite it'
        )
    epochs = options.fields.get('epochs', stored['config']['epochs'])
    config = RunConfig.from_json({**stored['config'], 'epochs': epochs})
    finished = run.finished()
    if finished and finished['epochs'] >= config.epochs:
        print(
            f'run {run.name} is finished ({finished["epochs"]} epochs): --epochs {2 * finished["epochs"]} goes on, '
            '--overwrite starts again, another --tag starts beside it',
            file=sys.stderr,
        )
        return None
    _warn_of_circumstances(stored['identity'], options)
    stored = store(run, options.tag, config, dataset, stored['identity'], stored['started'])
    state = stack.enter_context(newest_state(run))
    if state is None:
        _check_beginning(run, stored['identity'], settings)
    return Start(run, stored, config, dataset, state)


def default_steps_per_run(steps: int, epochs: int) -> int:
    """A fifth of an epoch, at most 500 steps, so that a signal is answered soon; 1 for a job too short to compile."""
    return 1 if steps * epochs < SHORT_JOB else min(500, -(-steps // 5))


def _circumstances(options: Options) -> dict[str, Any]:
    return {
        'threads': options.threads or available_threads(),
        'tensorflow': importlib.metadata.version('tensorflow'),
        'graph_mlp': __version__,
        'device': options.device,
        'processor': processor_name(),
    }


def _warn_of_circumstances(identity: dict[str, Any], options: Options) -> None:
    for name, now in _circumstances(options).items():
        before = identity.get(name, 'older')  # until 1.1.0 a run did not say which graph_mlp began it
        if now != before and not (name == 'threads' and options.threads is None):
            print(f'warning: {name} {now} now, {before} before: the last bits may differ', file=sys.stderr)


def _check_beginning(run: Run, identity: dict[str, Any], settings: dict[str, Any]) -> None:
    for name, flag in (('init_ckpt', '--init-ckpt'), ('pca', '--pca')):
        if identity[name] and not settings[name]:
            raise RunError(f'run {run.name} was stopped before its first checkpoint: name its {flag} again')


def _check_saves(saves: Path) -> None:
    model = saves / f'{MODEL}.index'
    if model.exists() and not model.with_name(f'{MODEL}.json').exists():
        raise RunError(
            f'{model.with_suffix("")} was not written by this program and would be replaced: move it, or train with '
            'another --saves-dir'
        )
