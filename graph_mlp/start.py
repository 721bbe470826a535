"""Before TensorFlow is needed: the data, the run's folder, and whether to begin the run, to resume it or to refuse."""

import importlib.metadata
import shlex
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from graph_mlp import __version__
from graph_mlp.config import DATASETS, RunConfig
from graph_mlp.data.dataset import Dataset, steps_per_epoch
from graph_mlp.data.mnist import load_dataset
from graph_mlp.errors import DataError, RunError, UsageError, as_typed
from graph_mlp.files import sha256
from graph_mlp.metrics import stopped_early
from graph_mlp.runtime.process import available_threads, processor_name
from graph_mlp.runtime.signals import Stop
from graph_mlp.runtime.startup import chosen_device, compiler_flags, quiet_tensorflow
from graph_mlp.runtime.timings import stage
from graph_mlp.runtime.xla_cache import seal, use_xla_cache
from graph_mlp.store.checkpoint import MODEL, fingerprint, open_checkpoint
from graph_mlp.store.manifest import DatasetRecord, Identity, Manifest, read_sealed
from graph_mlp.store.run import Run, run_name
from graph_mlp.tags import as_flag

SHORT_JOB = 1_500  # steps; below, compiling costs more time than it saves
# Floating-point operations per second and thread: rough values, for the choice of the device and a study's estimate.
SPEED = {'compiled': 4e10, 'notebook': 1.5e10}
GPU_SECONDS = 15.0  # that training begins later on a GPU, by its compiler and its libraries (measured on an H100)
_CHANGEABLE = ('threads', 'processor', 'tensorflow', 'graph_mlp', 'compiler')


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to train a run, not what: nothing of it belongs to the configuration."""

    saves: str = 'saves'
    data_dir: str | None = None
    dataset: str | None = None  # as in --dataset; None: MNIST where it can be had, else the digits
    threads: int = 0  # 0: as many as the run began with, or all cores
    device: str = 'auto'
    overwrite: bool = False
    keep_all: bool = False
    histograms: bool = False


def start(tag: str, given: Mapping[str, Any], options: Options) -> None:
    """Trains the run `tag` to its last epoch, resuming what is there; returns at once where it is finished.

    To be called in the main thread, because it handles signals.

    Args: tag, the run's name, without that of its data set; given, fields of RunConfig that are settled, the others
    being the stored run's or the defaults; options, how to train.
    Raises UsageError, DataError, CheckpointError and RunError, after which nothing on disk has changed unless training
    had begun, and Interrupted where a signal has come; the training state is saved.
    """
    with Stop() as stop:
        stage('data')
        checksums = _input_checksums(given)
        dataset = load_dataset(options.dataset, options.data_dir)
        warn_of_shared_images(dataset)
        run = Run(Path(options.saves), run_name(tag, dataset.name))
        _check_saves(run.saves)
        with run.lock():
            manifest = _settled(run, tag, given, checksums, dataset, options)
            if manifest is None:
                return
            config, identity = manifest.config, manifest.identity
            assert identity
            threads = options.threads or identity.threads
            flags = compiler_flags(config, threads)
            wanted = _wanted_device(options.device, identity.device, config, len(dataset.train.labels), threads)
            stage('import')
            cache = use_xla_cache(wanted, flags) if config.steps_per_run != 1 else None
            with quiet_tensorflow(flags, wanted):
                from graph_mlp.train import train
            device = chosen_device(wanted)
            if identity.device == 'auto':
                identity = msgspec.structs.replace(identity, device=device)
            _warn_of_change('device', device, identity.device)
            run.manifest = msgspec.structs.replace(manifest, identity=identity)
            run.overwrites, run.keeps_all = options.overwrite, options.keep_all
            run.shows_histograms = options.histograms
            run.is_stand_in = options.dataset is None and dataset.name == 'digits'
            place = 'the GPU' if device == 'gpu' else f'the processor, {threads} thread{"s"[: threads > 1]}'
            print(f'run {run.name} on {dataset.title}: {config.description}, on {place}', file=sys.stderr)
            stop.defer()
            stage('data')
            try:
                prefix = train(run, dataset, threads, device, stop)
            finally:
                run.close()
                seal(cache)
            _print_next(run, prefix, options)


def warn_of_shared_images(dataset: Dataset) -> None:
    """Says on stderr how many test images of the user's own data train or validate too."""
    if dataset.name not in DATASETS and (shared := dataset.shared_image_count):
        print(f'warning: {shared} test images of {dataset.title} train or validate too', file=sys.stderr)


def _wanted_device(given: str, before: str, config: RunConfig, images: int, threads: int) -> str:
    """'cpu', 'gpu' or 'auto', a GPU that works: what is given, else what the run began on, else what is faster."""
    if given != 'auto' or before == 'gpu':
        return given
    seconds = config.epochs * computing_seconds(config, images, threads)
    return 'cpu' if before == 'cpu' or config.steps_per_run == 1 or seconds < GPU_SECONDS else 'auto'


def computing_seconds(config: RunConfig, images: int, threads: int) -> float:
    """About how long the processor trains an epoch of so many images; more than two threads gain little."""
    speed = SPEED['notebook' if config.steps_per_run == 1 else 'compiled'] * min(threads, 2)
    return config.step_flops * (images // config.batch_size) / speed


def _print_next(run: Run, prefix: Path | None, options: Options) -> None:
    """Says on stderr where the model is and what can be done with it."""
    if prefix is None:
        state = run.states()[0][1] / MODEL
        print(f'checkpoint: {state} ({run.saves / MODEL} was trained on other data and is kept)', file=sys.stderr)
        return
    page = ['bin/export', '--ckpt', str(prefix), 'digit.html', '--format', 'html']
    reads_folder = options.data_dir and options.dataset != 'digits'
    page += ['--data-dir', str(options.data_dir)] if reads_folder else []
    print(f'checkpoint: {prefix}', file=sys.stderr)
    tensorboard = shlex.join(['bin/tensorboard', '--logdir', str(run.saves / 'summary')])
    print(f'look at it: {as_typed(tensorboard)}', file=sys.stderr)
    if run.manifest.is_of_digits:
        print(f'draw a digit for it: {as_typed(shlex.join(page))}', file=sys.stderr)


def _settled(
    run: Run,
    tag: str,
    given: Mapping[str, Any],
    checksums: Mapping[str, str | None],
    dataset: Dataset,
    options: Options,
) -> Manifest | None:
    """The manifest of the run to train; None where it is finished already, which is said on stderr."""
    record = DatasetRecord(dataset.name, dataset.title, dataset.sha256, dataset.class_names)
    stored = None if options.overwrite else _stored(run)
    if stored is None:
        config = _new_config(given, dataset)
        return Manifest(
            config=config, run=run.name, tag=tag, dataset=record, started=time.time(),
            identity=_identity(config, checksums, options.threads or available_threads(), options.device),
        )  # fmt: skip
    _check_pca(given, stored.config)
    _check_same(run, stored, given, checksums, dataset)
    config = msgspec.structs.replace(stored.config, epochs=given.get('epochs', stored.config.epochs))
    finished_epochs = run.finished_epochs()
    stopped = run.state is not None and stopped_early(run.state.history, config)
    if finished_epochs and (finished_epochs >= config.epochs or stopped):
        resumes = f'--epochs {2 * finished_epochs} resumes it, ' if run.state and not stopped else ''
        print(
            f'run {run.name} is finished ({finished_epochs} epochs): {resumes}--overwrite starts again, another --tag '
            'starts beside it',
            file=sys.stderr,
        )
        return None
    if run.state is None:
        raise RunError(
            f'run {run.name} was begun by version 1 of this program, whose unfinished runs this version does not '
            'resume: start again with --overwrite, or use another --tag'
        )
    _warn_of_changes(stored, options)
    return msgspec.structs.replace(stored, tag=tag, config=config, dataset=record)


def _stored(run: Run) -> Manifest | None:
    """The manifest of the run that is there, None where there is none; `run.state` is its newest state."""
    run.state = run.newest_state()
    if run.state:
        return run.state.manifest
    path = run.folder / 'config.json'
    try:
        return Manifest.from_json(read_sealed(path))  # of version 1
    except FileNotFoundError:
        pass
    except OSError as error:
        raise RunError(f'cannot read {path}: {error.strerror}; mend that and type the same command') from None
    except ValueError as error:
        raise RunError(f'{path} is damaged ({error}): restore it, or start again with --overwrite') from None
    if (run.folder / 'history.csv').exists() or (run.folder / 'finished.json').exists():
        raise RunError(
            f'run {run.name} has trained epochs, and no training state is left in {run.folder / "checkpoints"}: '
            'restore that folder from a copy, or start again with --overwrite'
        )
    return None


def _new_config(given: Mapping[str, Any], dataset: Dataset) -> RunConfig:
    config = RunConfig(**{'input_features': None, **given, **dataset.settings})
    spelled = RunConfig(**given).model_tag  # as the run's name has it
    if spelled != config.model_tag:
        raise UsageError(
            f'--input-features {config.input_features}: on images of {config.pixels} pixels {spelled} is '
            f'{config.model_tag}: leave it out for all pixels, or choose fewer'
        )
    _check_pca(given, config)
    steps = steps_per_epoch(len(dataset.train.labels), config.batch_size, config.keep_last_batch)
    return msgspec.structs.replace(
        config, steps_per_run=config.steps_per_run or default_steps_per_run(steps, config.epochs)
    )


def default_steps_per_run(steps: int, epochs: int) -> int:
    """A fifth of an epoch, at most 500 steps, so that a signal is answered soon; 1 for a job too short to compile."""
    return 1 if steps * epochs < SHORT_JOB else min(500, -(-steps // 5))


def _identity(config: RunConfig, checksums: Mapping[str, str | None], threads: int, device: str) -> Identity:
    tensorflow, flags = importlib.metadata.version('tensorflow'), compiler_flags(config, threads)
    return Identity(
        **checksums, threads=threads, device=device, processor=processor_name(), tensorflow=tensorflow,
        graph_mlp=__version__, compiler=flags,
    )  # fmt: skip


def _input_checksums(given: Mapping[str, Any]) -> dict[str, str | None]:
    """The checksums of the files that --init-ckpt and --pca name."""
    checksums: dict[str, str | None] = {'init_ckpt': None, 'pca': None}
    if given.get('init_ckpt'):
        with open_checkpoint(Path(given['init_ckpt'])) as checkpoint:
            checksums['init_ckpt'] = fingerprint(checkpoint)
    if given.get('pca'):
        try:
            checksums['pca'] = sha256(Path(given['pca']))
        except (OSError, ValueError) as error:
            raise DataError(f'cannot read {given["pca"]}: {getattr(error, "strerror", None) or error}') from None
    return checksums


def _check_same(
    run: Run, stored: Manifest, given: Mapping[str, Any], checksums: Mapping[str, str | None], dataset: Dataset
) -> None:
    """Raises RunError where the command line asks for other settings than the stored run's; more epochs are none."""
    differing = []
    for name, value in given.items():
        before = getattr(stored.config, name)
        if name in checksums:
            before_sha256 = getattr(stored.identity, name)
            if checksums[name] in (None, before_sha256):
                continue
            if value == before:
                print(f'{value} has changed since run {run.name} began: it resumes with its own', file=sys.stderr)
                continue
        elif value in (None, before) or (name == 'epochs' and value > before):
            continue
        differing.append(f'{as_flag(name, value)} (stored: {as_flag(name, before)})')
    if stored.dataset and stored.dataset.sha256 != dataset.sha256:
        differing.append(f'data {dataset.sha256[:8]} (stored: {stored.dataset.sha256[:8]})')
    for name in ('height', 'width', 'classes'):  # version 2.0 counted them otherwise where classes are fewer than ten
        if getattr(stored.config, name) != getattr(dataset, name):
            differing.append(f'{name} {getattr(dataset, name)} (stored: {getattr(stored.config, name)})')
    if differing:
        raise RunError(
            f'run {run.name} exists with other settings: {"; ".join(differing)}; drop them to resume it, use another '
            '--tag, or --overwrite it'
        )


def _warn_of_changes(stored: Manifest, options: Options) -> None:
    before = stored.identity
    if before is None:
        return
    now = _identity(stored.config, {}, options.threads or before.threads, options.device)
    for name in _CHANGEABLE:
        _warn_of_change(name, getattr(now, name), getattr(before, name))


def _warn_of_change(name: str, now: object, before: object) -> None:
    if now != before:
        print(f'warning: {name} {now} now, {before} before: the last bits may differ', file=sys.stderr)


def _check_pca(given: Mapping[str, Any], config: RunConfig) -> None:
    if config.input_features > config.pixels:
        raise UsageError(f'--input-features {config.input_features}: expected a whole number from 1 to {config.pixels}')
    if given.get('pca') and config.input_features == config.pixels:
        raise UsageError(f'--pca {given["pca"]}: this run takes all {config.pixels} pixels; add --input-features')


def _check_saves(saves: Path) -> None:
    index = saves / f'{MODEL}.index'
    if index.exists() and not index.with_name(f'{MODEL}.json').exists():
        raise RunError(
            f'{index.with_suffix("")} was not written by this program and would be replaced: move it, or train with '
            'another --saves-dir'
        )
