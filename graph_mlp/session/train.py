"""The session: initialize or restore, epoch after epoch, publish."""

import contextlib
import sys
import time
from pathlib import Path

import numpy as np
import tensorflow.compat.v1 as tf
import tqdm

from graph_mlp.config import PIXELS, RunConfig
from graph_mlp.data import pca
from graph_mlp.data.dataset import Dataset, Inputs, Split
from graph_mlp.errors import Interrupted, RunError, UsageError
from graph_mlp.graph.build import DataShape, Graph, build
from graph_mlp.runtime.startup import session_config, use_threads
from graph_mlp.runtime.xla_cache import seal
from graph_mlp.session import restore
from graph_mlp.session.loop import NotFinite, Progress, Trainer, load_images
from graph_mlp.session.signals import Stop
from graph_mlp.session.start import Options, Start
from graph_mlp.session.writer import Standing, Writer
from graph_mlp.store.checkpoints import MODEL, Checkpoint, open_checkpoint
from graph_mlp.store.history import Epoch, epoch_from_json


def train(start: Start, options: Options, stop: Stop, compiled: Path | None = None) -> None:
    """Trains a run to its last epoch and publishes its model as `saves/model.ckpt`.

    Args: compiled, where XLA keeps what it compiles, if `keep_compiled` gave it a folder.
    stdout: the notebook's line per epoch, `epoch accuracy`, followed by the data set's name where it is not MNIST.
    Raises Interrupted after an orderly end; RunError where the loss is no number or nothing can be written.
    """
    stop.defer()
    threads = options.threads or start.identity['threads']
    use_threads(threads)
    with _opened(start, options) as (init_from, projection, pca_seconds):
        inputs = Inputs(*(_projected(each, projection) for each in start.dataset.inputs))
        graph = build(start.config, DataShape.of(inputs), start.identity['steps_per_run'])
        with tf.Session(graph=graph.graph, config=session_config(threads, options.device)) as session:
            load_images(session, graph, inputs)
            standing = _begin(session, graph, start, init_from)
            trainer = Trainer(session, graph, start.config, inputs.train)
            writer = Writer(session, graph, start, options, inputs, projection, pca_seconds)
            _say_start(start, standing)
            start.run.write_history(standing.history)  # a kill between state and history leaves it a line behind
            if standing.position.epoch < start.config.epochs:
                _compile(trainer, compiled)
            _epochs(trainer, writer, start, standing, stop)
            writer.publish(standing)


@contextlib.contextmanager
def _opened(start: Start, options: Options):
    """The checkpoint to begin from, the projection and the seconds its fit took; a state's own come first."""
    with contextlib.ExitStack() as stack:
        begin = start.state
        if begin is None and options.init_ckpt:
            begin = stack.enter_context(open_checkpoint(options.init_ckpt))
        features, seconds = start.config.input_features, None
        if features == PIXELS:
            projection = None
            if options.pca:
                raise UsageError(f'--pca {options.pca}: this run takes all {PIXELS} pixels; add --input-features')
        elif begin is not None and (begin.record or options.pca is None):
            projection = restore.read_projection(begin, start.config, options.pca)
            seconds = begin.record.get('pca_seconds') if begin.record else None
        elif options.pca:
            projection = pca.load(options.pca, features)
        else:
            projection, seconds = pca.fit(start.dataset.train.images, features)
            print(f'PCA to {features} components fitted in {seconds:.2f} s', file=sys.stderr)
        yield begin, projection, seconds


def _projected(split: Split, projection: pca.Projection | None) -> Split:
    return Split(projection.project(split.images), split.labels) if projection else split


def _begin(session: tf.Session, graph: Graph, start: Start, begin: Checkpoint | None) -> Standing:
    session.run(graph.init)
    if start.state is None:
        if begin is not None:
            restore.restore(session, graph.model_saver, graph.model, begin)
        return Standing([], Progress([], []))
    restore.restore(session, graph.state_saver, graph.state, start.state)
    record = start.state.record
    try:
        history = [epoch_from_json(each) for each in record['history']]
        progress = Progress(*([float(each) for each in record['progress'][name]] for name in Progress._fields))
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f'{start.state.source}.json is damaged ({error}): start again with --overwrite') from None
    return Standing(history, progress)


def _say_start(start: Start, standing: Standing) -> None:
    epoch, step = standing.position
    if start.state is not None:
        within = f', step {step}' if step else ''
        print(f'run {start.run.name} goes on from epoch {epoch}{within}', file=sys.stderr)
    else:
        print(f'run {start.run.name} on {start.dataset.title}', file=sys.stderr)


def _compile(trainer: Trainer, compiled: Path | None) -> None:
    begin = time.perf_counter()
    trainer.compile()
    if trainer.steps_per_run > 1:
        print(
            f'{trainer.steps_per_run} steps per run, compiled in {time.perf_counter() - begin:.1f} s', file=sys.stderr
        )
    seal(compiled)


def _epochs(trainer: Trainer, writer: Writer, start: Start, standing: Standing, stop: Stop) -> None:
    writer.open_summaries(standing)
    try:
        while len(standing.history) < start.config.epochs:
            epoch = _epoch(trainer, start.config, standing, stop)
            standing.history.append(epoch)
            standing.progress.losses.clear()
            standing.progress.accuracies.clear()
            writer.add(standing)
            _print_epoch(epoch, start.dataset)
            stop.check()
        writer.add_pictures(standing)
    except NotFinite as error:
        raise RunError(_not_finite(error, start, standing)) from None
    except Interrupted as interrupted:
        if standing.progress.losses:
            writer.save(standing)
        command = f'the same command goes on from epoch {len(standing.history)}, step {standing.position.step}'
        raise Interrupted(interrupted.exit_status - 128, f'{interrupted}: stopped in order; {command}') from None
    finally:
        writer.close()


def _epoch(trainer: Trainer, config: RunConfig, standing: Standing, stop: Stop) -> Epoch:
    number, progress = len(standing.history), standing.progress
    # The bar shows on a terminal only (disable=None).
    with tqdm.tqdm(desc=f'epoch {number + 1}/{config.epochs}', unit='step', leave=False, disable=None) as bar:
        bar.update(len(progress.losses))

        def after_run(steps: int) -> None:
            bar.update(steps)
            stop.check()

        begin = time.perf_counter()
        trainer.epoch(number, progress, after_run)
        trained = time.perf_counter()
        test, validation = trainer.evaluate()
    means = (float(np.mean(progress.accuracies)), float(np.mean(progress.losses)))
    return Epoch(number, *test, *validation, *means, trained - begin, time.perf_counter() - trained)


def _print_epoch(epoch: Epoch, dataset: Dataset) -> None:
    name = '' if dataset.name == 'mnist' else f' {dataset.name}'
    tqdm.tqdm.write(f'{epoch.epoch} {epoch.test_accuracy:.4f}{name}', file=sys.stdout)
    sys.stdout.flush()


def _not_finite(error: NotFinite, start: Start, standing: Standing) -> str:
    where = f'epoch {len(standing.history)}, ' + ('evaluation' if error.step is None else f'step {error.step}')
    states = start.run.states()
    kept = f'the last good checkpoint is {states[0][1] / MODEL}' if states else 'there is no checkpoint yet'
    return (
        f'the loss is not a finite number at {where}, learning rate {start.config.learning_rate:g}: '
        f'choose a smaller --learning-rate; {kept}'
    )
