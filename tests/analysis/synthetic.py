"""Invented runs, with histories whose outcome is known."""

import dataclasses

from graph_mlp.config import RunConfig
from graph_mlp.store.history import Epoch
from graph_mlp.store.recorded import RecordedRun
from graph_mlp.store.records import DatasetRecord, Identity, RunRecord
from graph_mlp.store.runs import Run, write_record
from graph_mlp.store.sealed import write_sealed

IDENTITY = Identity(
    steps_per_run=157, init_ckpt=None, pca=None, data_sha256='0', threads=1, tensorflow='2.21.0', device='auto',
    processor='a processor',
)  # fmt: skip


def history(accuracies, seconds=1.0):
    """Epochs with these accuracies on every split, each trained for so many seconds and evaluated for 9 s."""
    return [
        Epoch(n, accuracy, 0.1, accuracy, 0.1, accuracy, 0.1, accuracy, 0.1, accuracy, 0.1, seconds, 9.0)
        for n, accuracy in enumerate(accuracies)
    ]


def rising(end, epochs=60, settled=30):
    """Accuracies that rise in a straight line from 0.9 and stay at `end` from epoch `settled` on."""
    return [min(end, 0.9 + (end - 0.9) * (n + 1) / settled) for n in range(epochs)]


def recorded(name, accuracies, seconds=1.0, seed=42, pca_seconds=None, steps_per_run=157, **fields):
    """A run as `read_run` gives it."""
    identity = dataclasses.replace(IDENTITY, steps_per_run=steps_per_run)
    config = RunConfig(**fields, seed=seed)
    return RecordedRun(name, config, 'MNIST', identity, pca_seconds, history(accuracies, seconds))


def fields_of(run):
    """The fields of RunConfig by which a planned run is recorded."""
    fields = dataclasses.asdict(run.settings)
    return {name: fields[name] for name in fields if name not in ('seed', 'epochs', 'dataset')}


def write_run(saves, name, accuracies, seconds=1.0, seed=42, pca_seconds=None, **fields):
    """The files of a run that is finished."""
    run = Run(saves, name)
    config = RunConfig(**fields, seed=seed, epochs=len(accuracies))
    state = run.folder / 'checkpoints' / f'epoch-{len(accuracies):05d}'
    state.mkdir(parents=True)
    write_sealed(state / 'model.ckpt.json', {'pca_seconds': pca_seconds})
    write_record(run, RunRecord(name, config, DatasetRecord('mnist', 'MNIST', '0'), IDENTITY, 0.0))
    epochs = history(accuracies, seconds)
    run.finish(epochs, run.write_history(epochs))
    return run
