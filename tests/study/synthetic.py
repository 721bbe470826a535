"""Invented runs, with histories whose outcome is known."""

import msgspec
import numpy as np

from graph_mlp.config import RunConfig
from graph_mlp.files import sha256
from graph_mlp.metrics import Metrics, Steps, to_array
from graph_mlp.store.manifest import DatasetRecord, Identity, Manifest, write_sealed
from graph_mlp.store.recorded import RecordedRun
from graph_mlp.store.run import Run

IDENTITY = Identity(threads=1, device='auto', processor='a processor', tensorflow='2.21.0', graph_mlp='2.0.0')
FIRST_SEED = 42


def history(accuracies, seconds=1.0, moving=None, validation=None):
    """Epochs with these accuracies, on the other splits too if not given, trained for so long and evaluated for 9 s."""
    moving, validation = moving or accuracies, validation or accuracies
    times = seconds if isinstance(seconds, list) else [seconds] * len(accuracies)
    columns = zip(accuracies, moving, validation, times, strict=True)
    return [
        Metrics(
            epoch=n, test_accuracy=a, test_loss=0.1, test_accuracy_moving=m, test_loss_moving=0.1,
            validation_accuracy=v, validation_loss=0.1, validation_accuracy_moving=v, validation_loss_moving=0.1,
            train_accuracy=a, train_loss=0.1, train_seconds=s, evaluation_seconds=9.0,
        )
        for n, (a, m, v, s) in enumerate(columns)
    ]  # fmt: skip


def rising(end, epochs=60, settled=30):
    """Accuracies that rise in a straight line from 0.9 and stay at `end` from epoch `settled` on."""
    return [min(end, 0.9 + (end - 0.9) * (n + 1) / settled) for n in range(epochs)]


def recorded(name, accuracies, seconds=1.0, pca_seconds=None, moving=None, validation=None, **fields):
    """A run as `read_run` gives it."""
    config = RunConfig(**{'steps_per_run': 157, 'epochs': len(accuracies), **fields})
    epochs = history(accuracies, seconds, moving, validation)
    return RecordedRun(name, config, 'MNIST', IDENTITY, pca_seconds, epochs, len(epochs))


def write_run(saves, name, accuracies, seconds=1.0, is_published=True, **fields):
    """The files of a run that is finished: its only training state has no weights."""
    run, config = Run(saves, name), RunConfig(**{'steps_per_run': 157, 'epochs': len(accuracies), **fields})
    state = run.folder / 'checkpoints' / f'epoch-{len(accuracies):05d}'
    state.mkdir(parents=True)
    (state / 'model.ckpt.index').write_bytes(b'an index')
    np.save(state / 'model.ckpt.history.npy', to_array(history(accuracies, seconds)))
    manifest = Manifest(
        config=config, run=name, dataset=DatasetRecord(config.dataset, 'MNIST', '0'), identity=IDENTITY, steps=Steps(),
        epoch=len(accuracies), files={end: sha256(state / f'model.ckpt{end}') for end in ('.index', '.history.npy')},
    )  # fmt: skip
    write_sealed(state / 'model.ckpt.json', msgspec.to_builtins(manifest))
    if is_published:
        write_sealed(run.folder / 'finished.json', {'epochs': len(accuracies)})
    return run


# Cases of the notebook's Analysis: seeds, how much they differ, and whether they are added until it is decided.
CASES = {
    'clear': (8, 0.001, False), 'noisy': (5, 0.006, False), 'few': (3, 0.003, False), 'one': (1, 0.003, False),
    'anytime': (12, 0.002, True),
}  # fmt: skip


def invented_run(case, planned, seed, epochs):
    """One run of the case, from nothing but its name and its seed; version 1.5 was given the same numbers."""
    key = sum(ord(letter) * (place + 1) for place, letter in enumerate(case + planned.label))
    fixed, random, noise = np.random.RandomState(key), np.random.RandomState([key, seed]), CASES[case][1]
    end = 0.972 + 0.012 * fixed.rand() + noise * random.randn()
    start, speed = 0.85 + 0.08 * fixed.rand(), 0.08 + 0.2 * fixed.rand()
    curve = end - (end - start) * np.exp(-speed * np.arange(epochs)) + 0.0004 * random.randn(epochs)
    seconds = (0.3 + fixed.rand()) * (1 + 0.05 * random.randn()) + 0.01 * random.rand(epochs)
    moving = curve - 0.001 + 0.0003 * random.randn(epochs)
    validation = curve + 0.001 * random.randn(epochs)
    fields = {**msgspec.structs.asdict(planned.config), 'seed': seed, 'epochs': epochs, 'dataset': 'digits'}
    fields['steps_per_run'] = fields['steps_per_run'] or 157
    pca_seconds = 1.5 + random.rand() if planned.config.input_features < 784 else None
    name = f'digits_{planned.name}_seed-{seed}'
    return recorded(name, curve.tolist(), seconds.tolist(), pca_seconds, moving.tolist(), validation.tolist(), **fields)


def invented_runs(case, plan):
    """The runs of the case by label and seed, seed after seed."""
    return {
        (label, seed): invented_run(case, planned, seed, min(60, planned.most_epochs))
        for seed in range(FIRST_SEED, FIRST_SEED + CASES[case][0])
        for label, planned in plan.planned.items()
    }
