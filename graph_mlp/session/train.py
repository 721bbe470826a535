"""A run in one session: initialize or restore, train epoch after epoch, publish."""

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf
import tqdm

from graph_mlp.config import PIXELS, RunConfig
from graph_mlp.data import pca
from graph_mlp.data.dataset import Dataset, Inputs, Split
from graph_mlp.errors import Interrupted, RunError
from graph_mlp.graph.build import Graph, build
from graph_mlp.graph.compiled_loop import DataShape
from graph_mlp.runtime.startup import session_config, use_threads
from graph_mlp.runtime.timings import Timings
from graph_mlp.runtime.xla_cache import seal
from graph_mlp.session.clock import Clock
from graph_mlp.session.loop import NotFinite, Trainer, load_images
from graph_mlp.session.options import Options
from graph_mlp.session.restore import read_projection, restore, restore_initial_weights
from graph_mlp.session.signals import Stop
from graph_mlp.session.start import Start
from graph_mlp.session.writer import Writer
from graph_mlp.store.checkpoints import MODEL, Checkpoint, fingerprint, open_checkpoint
from graph_mlp.store.history import Epoch, RunProgress, StepFigures


class InitialWeights(NamedTuple):
    """What a run starts from."""

    checkpoint: Checkpoint | None  # its own newest state, or what --init-ckpt names; None: random weights
    projection: pca.Projection | None
    pca_seconds: float | None  # of the fit; None: no PCA, or one that was given


def train(
    start: Start, options: Options, stop: Stop, xla_cache: Path | None = None, timings: Timings | None = None
) -> None:
    """Trains a run to its last epoch and publishes its model as `saves/model.ckpt`.

    Args: xla_cache, the folder where XLA keeps what it compiles, if `use_xla_cache` returned one; timings, the stop
    watch of the command, which is told each stage.
    stdout: the notebook's line per epoch, `epoch accuracy`, followed by the data set's name where it is not MNIST.
    Raises Interrupted after an orderly end; RunError where the loss is not finite or nothing can be written.
    """
    stop.defer()
    threads = options.threads or start.identity.threads
    use_threads(threads)
    timings = timings or Timings()
    timings.begin('data')
    with Clock() as clock, _initial_weights(start, options) as initial:
        inputs = Inputs(*(_projected(split, initial.projection) for split in start.dataset.inputs))
        start.dataset = start.dataset.without_training_images()  # the inputs hold what is needed of them
        timings.begin('build')
        shape = DataShape.of(inputs, start.config.batch_size)
        graph = build(start.config, shape, start.identity.steps_per_run)
        with tf.Session(graph=graph.graph, config=session_config(threads, options.device)) as session:
            trainer = Trainer(session, graph, start.config, inputs.train, clock.seconds)
            timings.begin('data')
            load_images(session, trainer.loop, inputs)
            if trainer.loop.train is not None:
                trainer.let_go_of_images()
                inputs = inputs._replace(train=inputs.train.without_images())
            timings.begin('build')
            progress = _initialize(session, graph, start, initial.checkpoint)
            _print_position(start, progress)
            timings.begin('compile')
            if progress.position.epoch < start.config.epochs:
                _compile(trainer, options.products_of(start.identity), xla_cache)
            timings.begin('files')
            start.take_effect()
            writer = Writer(session, graph, start, options, inputs, initial.projection, initial.pca_seconds)
            writer.open(progress)
            _train_epochs(trainer, writer, start, progress, stop, options, timings)
            writer.publish(progress)


@contextlib.contextmanager
def _initial_weights(start: Start, options: Options) -> Iterator[InitialWeights]:
    """Opens the checkpoint that the run starts from, and reads its PCA; a state's own comes first."""
    with contextlib.ExitStack() as stack:
        checkpoint = start.state.checkpoint if start.state else None
        if checkpoint is None and options.init_ckpt:
            checkpoint = stack.enter_context(open_checkpoint(options.init_ckpt))
            if fingerprint(checkpoint.prefix) != start.identity.init_ckpt:
                raise RunError(f'{options.init_ckpt} was replaced while the run began: type the same command again')
        features, seconds = start.config.input_features, None
        if features == PIXELS:
            projection = None
        elif checkpoint is not None and (checkpoint.record or options.pca is None):
            projection = read_projection(checkpoint, start.config, None if start.state else options.pca)
            seconds = checkpoint.record.pca_seconds if checkpoint.record else None
        elif options.pca:
            projection = pca.load(options.pca, features)
        else:
            projection, seconds = start.projection, start.pca_seconds
        yield InitialWeights(checkpoint, projection, seconds)


def _projected(split: Split, projection: pca.Projection | None) -> Split:
    return Split(projection.project(split.images), split.labels) if projection else split


def _initialize(session: tf.Session, graph: Graph, start: Start, checkpoint: Checkpoint | None) -> RunProgress:
    session.run(graph.init)
    if start.state is None:
        if checkpoint is not None:
            print(restore_initial_weights(session, graph, start.config.optimizer, checkpoint), file=sys.stderr)
        return RunProgress([], StepFigures.none())
    restore(session, graph.state_saver, graph.state, start.state.checkpoint)
    return start.state.progress


def _print_position(start: Start, progress: RunProgress) -> None:
    epoch, step = progress.position
    if start.state is not None:
        within = f', step {step}' if step else ''
        print(f'run {start.run.name} goes on from epoch {epoch}{within}', file=sys.stderr)


def _compile(trainer: Trainer, products: str, xla_cache: Path | None) -> None:
    before = time.perf_counter()
    trainer.compile()
    if trainer.steps_per_run > 1:
        seconds = time.perf_counter() - before
        how = f'{trainer.steps_per_run} steps per run, products by {products}'
        print(f'{how}, compiled in {seconds:.1f} s', file=sys.stderr)
    seal(xla_cache)


def _train_epochs(
    trainer: Trainer,
    writer: Writer,
    start: Start,
    progress: RunProgress,
    stop: Stop,
    options: Options,
    timings: Timings,
) -> None:
    try:
        while len(progress.history) < start.config.epochs:
            epoch = _train_epoch(trainer, start.config, progress, stop, timings)
            timings.begin('files')
            progress.history.append(epoch)
            progress.steps.clear()
            writer.add(progress)
            _print_epoch(epoch, start.dataset)
            stop.check()
        trainer.free_images()
        writer.add_pictures(progress)
    except NotFinite as error:
        raise RunError(_not_finite(error, start, progress)) from None
    except Interrupted as interrupted:
        if progress.steps.losses:
            writer.save(progress)
        command = 'the same command without --overwrite' if options.overwrite else 'the same command'
        advice = f'{command} goes on from epoch {len(progress.history)}, step {progress.position.step}'
        raise Interrupted(interrupted.exit_status - 128, f'{interrupted}: stopped in order; {advice}') from None
    finally:
        writer.close()


def _train_epoch(trainer: Trainer, config: RunConfig, progress: RunProgress, stop: Stop, timings: Timings) -> Epoch:
    number, steps = len(progress.history), progress.steps
    # The bar shows on a terminal only (disable=None).
    with tqdm.tqdm(desc=f'epoch {number + 1}/{config.epochs}', unit='step', leave=False, disable=None) as bar:
        bar.update(len(steps.losses))

        def after_run(count: int) -> None:
            bar.update(count)
            stop.check()

        timings.begin('steps')
        trainer.epoch(number, steps, after_run)
        timings.begin('evaluation')
        before = trainer.clock()
        test, validation = trainer.evaluate()
        evaluation_seconds = trainer.clock() - before
    means = (float(np.mean(steps.accuracies)), float(np.mean(steps.losses)))
    return Epoch(number, *test, *validation, *means, sum(steps.seconds), evaluation_seconds)


def _print_epoch(epoch: Epoch, dataset: Dataset) -> None:
    name = '' if dataset.name == 'mnist' else f' {dataset.name}'
    tqdm.tqdm.write(f'{epoch.epoch} {epoch.test_accuracy:.4f}{name}', file=sys.stdout)
    sys.stdout.flush()


def _not_finite(error: NotFinite, start: Start, progress: RunProgress) -> str:
    place = f'epoch {len(progress.history)}, ' + ('evaluation' if error.step is None else f'step {error.step}')
    states = start.run.states()
    checkpoint = f'the last good checkpoint is {states[0][1] / MODEL}' if states else 'there is no checkpoint yet'
    return (
        f'the loss is not a finite number at {place}, learning rate {start.config.learning_rate:g}: '
        f'choose a smaller --learning-rate; {checkpoint}'
    )
