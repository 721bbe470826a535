"""Trains a run: restore, loop over the epochs, commit each of them, publish the model."""

import sys
from pathlib import Path

import tensorflow.compat.v1 as tf
import tqdm

from graph_mlp.data.dataset import Dataset
from graph_mlp.errors import Interrupted, RunError
from graph_mlp.graph.build import build
from graph_mlp.loops import NotFinite, make_loop, probabilities
from graph_mlp.metrics import Metrics
from graph_mlp.runtime.signals import Stop
from graph_mlp.runtime.startup import session_config, use_threads
from graph_mlp.runtime.timings import stage
from graph_mlp.store.checkpoint import MODEL
from graph_mlp.store.run import Run
from graph_mlp.temperature import fitted_temperature


def train(run: Run, dataset: Dataset, threads: int, device: str, stop: Stop) -> Path | None:
    """Trains a run to its last epoch and publishes its model as `saves/model.ckpt`.

    Args:
        run: its manifest says what to train, its state where to resume.
        dataset: images uint8 [n, pixels].
        threads: within an operation.
        device: 'cpu' or 'gpu'.
        stop: says when a signal has come.

    Returns:
        The published checkpoint's prefix; None where `saves/model.ckpt` is of other data, and is left alone.

    Raises:
        Interrupted: a signal has come; the training state is saved.
        RunError: the loss is not a finite number, or something cannot be written.
    """
    config = run.manifest.config
    use_threads(threads)
    with run.lock():
        projection = run.projection(dataset.train.images)
        inputs = dataset.map_images(projection.project) if projection else dataset
        stage('build')
        graph = build(config, inputs, on_gpu=device == 'gpu')
        with tf.Session(graph=graph.graph, config=session_config(threads, device)) as session:
            steps = run.restore(session, graph)
            stage('compile')
            loop = make_loop(session, graph, inputs, config, steps, stop.check)
            try:
                for epoch in range(run.epochs_done, config.epochs):
                    if run.stopped_early:
                        print(f'stopped early: no better epoch in the last {config.patience}', file=sys.stderr)
                        break
                    stage('train')
                    metrics = loop.epoch(epoch)
                    stage('files')
                    run.commit(session, metrics, inputs.validation.images)
                    print_epoch(metrics, config.dataset)
                    stop.check()
            except Interrupted as interrupted:
                if loop.steps.losses:
                    run.save_steps(session, loop.steps)
                place = f'epoch {run.epochs_done}, step {len(loop.steps.losses)}'
                advice = f'the same command, without --overwrite, resumes from {place}'
                raise Interrupted(interrupted.signal_number, f'{interrupted}: stopped in order; {advice}') from None
            except NotFinite as error:
                raise RunError(not_finite(error, run)) from None
            run.restore_published(session)
            validation = probabilities(session, graph, inputs.validation)
            prefix = run.publish(session, fitted_temperature(validation, inputs.validation.labels))
            run.finish(dataset.test, probabilities(session, graph, inputs.test))
    return prefix


def print_epoch(metrics: Metrics, dataset: str) -> None:
    """Prints the notebook's line, `epoch accuracy`, on stdout, and the data set's name where it is not MNIST."""
    name = '' if dataset == 'mnist' else f' {dataset}'
    tqdm.tqdm.write(f'{metrics.epoch} {metrics.test_accuracy:.4f}{name}', file=sys.stdout)
    sys.stdout.flush()


def not_finite(error: NotFinite, run: Run) -> str:
    """What to say where the loss has left the numbers."""
    config = run.manifest.config
    if run.epochs_done == error.step == 0 and config.init_ckpt:  # before any update
        return f'the loss is not a finite number with the weights of {config.init_ckpt}: use another --init-ckpt'
    place = f'epoch {run.epochs_done}, ' + ('evaluation' if error.step is None else f'step {error.step}')
    states = run.states()
    checkpoint = f'the last good checkpoint is {states[0][1] / MODEL}' if states else 'there is no checkpoint yet'
    return (
        f'the loss is not a finite number at {place}, learning rate {config.learning_rate:g}: '
        f'choose a smaller --learning-rate; {checkpoint}'
    )
