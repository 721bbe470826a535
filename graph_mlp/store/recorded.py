"""What runs left in `saves/runs`, read back without TensorFlow; nothing in it is trusted."""

import csv
import math
from pathlib import Path
from typing import NamedTuple

from graph_mlp.config import PIXELS, RunConfig
from graph_mlp.errors import RunError
from graph_mlp.store.files import read_json
from graph_mlp.store.history import Epoch
from graph_mlp.store.records import Identity
from graph_mlp.store.runs import Run

_LARGEST = 2**26  # bytes of a history.csv; 60 epochs take 10 kB


class RecordedRun(NamedTuple):
    """One run as its files tell it."""

    name: str  # of its folder
    config: RunConfig
    dataset: str  # for people
    identity: Identity
    pca_seconds: float | None  # its fit; None: no PCA, or one that was given
    history: list[Epoch]  # at least one

    @property
    def loop(self) -> int:
        """Steps per `session.run`: 1 is the notebook's loop."""
        return self.identity.steps_per_run


def read_runs(saves: str | Path = 'saves') -> tuple[list[RecordedRun], list[str]]:
    """Every run in `saves` that has an epoch, by name, and a line about each that cannot be read.

    Raises RunError where `saves` holds no runs at all.
    """
    saves = Path(saves)
    folder = saves / 'runs'
    runs, complaints = [], []
    try:
        names = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith('.'))
    except OSError as error:
        raise RunError(f'there are no runs in {saves} ({folder}: {error.strerror}): train one with bin/train') from None
    for name in names:
        try:
            runs.append(read_run(Run(saves, name)))
        except RunError as error:
            complaints.append(f'{name} is left out: {error}')
    if not runs:
        reasons = f': {"; ".join(complaints)[:400]}' if complaints else ''
        raise RunError(f'no run in {folder} has a whole epoch: train one with bin/train{reasons}')
    return runs, complaints


def read_run(run: Run) -> RecordedRun:
    """Reads one run; raises RunError, saying which file is missing or damaged."""
    record = run.record()
    if record is None:
        raise RunError(f'{run.folder} has no config.json: it is not a run, or its training has not begun')
    history = _read_history(run.folder / 'history.csv')
    seconds = _pca_seconds(run, record.config)
    return RecordedRun(run.name, record.config, record.dataset.title, record.identity, seconds, history)


def _read_history(path: Path) -> list[Epoch]:
    try:
        with open(path, 'rb') as file:
            text = file.read(_LARGEST).decode()
        header, *lines = csv.reader(text.splitlines())
        if tuple(header) != Epoch._fields:
            raise ValueError('it has other columns')
        history = [Epoch(int(number), *map(float, values)) for number, *values in lines]
        if [epoch.epoch for epoch in history] != list(range(len(history))):
            raise ValueError('its epochs are not 0, 1, 2, ...')
        if not all(math.isfinite(value) for epoch in history for value in epoch):
            raise ValueError('it holds numbers that are not finite')
    except FileNotFoundError:
        raise RunError(f'{path} is missing: no epoch of the run is done') from None
    except (OSError, ValueError, TypeError, csv.Error) as error:
        raise RunError(f'{path} is damaged ({error}): the same bin/train command writes it again') from None
    if not history:
        raise RunError(f'{path} has no epoch yet')
    return history


def _pca_seconds(run: Run, config: RunConfig) -> float | None:
    """From the record of the newest state that can be read."""
    for _, folder in run.states() if config.input_features < PIXELS else ():
        try:
            seconds = read_json(folder / 'model.ckpt.json')['pca_seconds']
        except (OSError, ValueError, KeyError, TypeError):
            continue
        return float(seconds) if isinstance(seconds, (int, float)) else None
    return None
