"""Prints what a run on the digits costs that resumes after 10 epochs and after 10,000.

    python -m tests.growth FOLDER [EPOCHS]

The history of the long run repeats that of the short one. Everything that is done per epoch should cost about the same
after both: the lines differ by what the history costs, some 100 bytes of every state per epoch.
"""

import contextlib
import os
import shutil
import statistics
import sys
import time
from pathlib import Path

import msgspec
import numpy as np

from graph_mlp.metrics import to_array
from graph_mlp.start import Options, start
from graph_mlp.store.run import Run
from graph_mlp.tags import parse_tag

SHORT, MORE, TAG = 10, 30, 'relu-3'


def main(folder: Path, epochs: int) -> None:
    print(f'{"epochs":>6} {"resume s":>9} {"epoch ms":>9} {"commit ms":>10} {"state KiB":>10}')
    train(folder, 1)  # which imports TensorFlow
    for done in (SHORT, epochs):
        run = Run(folder, f'digits_{TAG}')
        if done == SHORT:
            train(folder, SHORT)
        else:
            grow(run, done)
        seconds, epoch, commit = train(folder, done + MORE)
        size = sum(path.stat().st_size for path in run.states()[0][1].iterdir())
        print(f'{done:>6} {seconds:>9.2f} {1000 * epoch:>9.2f} {1000 * commit:>10.2f} {size / 1024:>10.1f}')


def train(folder: Path, epochs: int) -> tuple[float, float, float]:
    """Trains until there are so many epochs.

    Returns: seconds until the first epoch begins, median seconds of an epoch, and of its commit alone.
    """
    restored, ends, commits = [], [], []
    real_restore, real_commit = Run.restore, Run.commit

    def restore(self, *arguments):
        result = real_restore(self, *arguments)
        restored.append(time.perf_counter())
        return result

    def commit(self, *arguments):
        before = time.perf_counter()
        real_commit(self, *arguments)
        ends.append(time.perf_counter())
        commits.append(ends[-1] - before)

    Run.restore, Run.commit = restore, commit
    begin = time.perf_counter()
    given = {**parse_tag(TAG), 'epochs': epochs, 'steps_per_run': 1}
    try:
        with open(os.devnull, 'w') as null, contextlib.redirect_stdout(null), contextlib.redirect_stderr(null):
            start(TAG, given, Options(saves=str(folder), dataset='digits', threads=1))
    finally:
        Run.restore, Run.commit = real_restore, real_commit
    return restored[0] - begin, statistics.median(np.diff([restored[0], *ends])), statistics.median(commits)


def grow(run: Run, epochs: int) -> None:
    """Makes the newest state one of `epochs` epochs, of the same weights."""
    from graph_mlp.store.publish import write_manifest

    state = run.newest_state()
    history = [msgspec.structs.replace(state.history[n % SHORT], epoch=n) for n in range(epochs)]
    folder = run.folder / 'checkpoints' / f'epoch-{epochs:05d}'
    shutil.copytree(state.checkpoint.prefix.parent, folder)
    np.save(folder / 'model.ckpt.history.npy', to_array(history))
    write_manifest(folder, msgspec.structs.replace(state.manifest, epoch=epochs, metrics=history[-1]), None)


if __name__ == '__main__':
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
