"""What runs left in `saves/runs`, read back without TensorFlow; nothing in it is trusted."""

import csv
from pathlib import Path
from typing import NamedTuple

import msgspec

from graph_mlp.config import RunConfig
from graph_mlp.errors import CheckpointError, RunError
from graph_mlp.files import open_regular, sha256
from graph_mlp.metrics import Metrics, stopped_early
from graph_mlp.store.manifest import Identity, Manifest, read_sealed
from graph_mlp.store.run import Run

_ATTEMPTS = 3  # to read a run whose states a process replaces meanwhile


class RecordedRun(NamedTuple):
    """One run as its files tell it."""

    name: str  # of its folder
    config: RunConfig
    dataset: str  # for people
    identity: Identity
    pca_seconds: float | None  # its fit; None: no PCA, or one that was given
    history: list[Metrics]  # at least one
    finished_epochs: int | None = None  # of its published model

    @property
    def steps_per_run(self) -> int:
        """Steps per `session.run`: 1 is the notebook's loop."""
        return self.config.steps_per_run or 1

    def has_ended(self, epochs: int) -> bool:
        """Whether it has so many epochs, or --patience ended it before."""
        return len(self.history) >= epochs or stopped_early(self.history, self.config)

    @property
    def timed_on(self) -> str:
        """What its seconds depend on beside its settings."""
        loop = 'compiled' if self.steps_per_run > 1 else "notebook's"
        return f'threads {self.identity.threads}, {self.identity.processor}, {loop} loop'


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
        raise RunError(f'no run in {folder} has a complete epoch: train one with bin/train{reasons}')
    return runs, complaints


def readable_run(run: Run) -> RecordedRun | None:
    """`read_run`, or None where it raises RunError."""
    try:
        return read_run(run)
    except RunError:
        return None


def read_run(run: Run) -> RecordedRun:
    """Reads one run, or a finished one of version 1; raises RunError, saying which file is missing or damaged."""
    for attempt in range(_ATTEMPTS):
        try:
            state = run.newest_state()
            break
        except (CheckpointError, RunError) as error:
            if attempt == _ATTEMPTS - 1:
                raise RunError(str(error)) from None
    if state:
        return _recorded(run, state.manifest, state.history)
    path = run.folder / 'config.json'
    try:
        manifest = Manifest.from_json(read_sealed(path))
    except FileNotFoundError:
        raise RunError(f'{run.folder} is not a run, or its training has not begun') from None
    except (OSError, ValueError) as error:
        raise RunError(f'{path} is damaged ({error})') from None
    return _recorded(run, manifest, _history_of_version_1(run))


def _recorded(run: Run, manifest: Manifest, history: list[Metrics]) -> RecordedRun:
    if not history:
        raise RunError(f'no epoch of run {run.name} is done')
    if manifest.identity is None:
        raise RunError(f'run {run.name} does not say on what it was trained')
    title = manifest.dataset.title if manifest.dataset else manifest.config.dataset
    return RecordedRun(
        run.name, manifest.config, title, manifest.identity, manifest.pca_seconds, history, run.finished_epochs()
    )


def _history_of_version_1(run: Run) -> list[Metrics]:
    """history.csv; since version 1.4 its last line has a checksum over all lines, which `finished.json` names."""
    path = run.folder / 'history.csv'
    try:
        end = read_sealed(run.folder / 'finished.json').get('history')
        with open_regular(path) as file:
            lines = file.read().decode('ascii').splitlines()
        checksum = ''
        has_checksums = end is not None or any(line.endswith(',checksum') for line in lines[:1])
        for line in lines[1:] if has_checksums else ():
            values, _, stored = line.rpartition(',')
            checksum = sha256(f'{checksum},{values}'.encode())[:16]
            if stored != checksum:
                raise ValueError('a line does not have the checksum that was written with it')
        if checksum != (end or ''):
            raise ValueError('it is not the history that finished.json names')
        rows = [{name: value for name, value in row.items() if name != 'checksum'} for row in csv.DictReader(lines)]
        return msgspec.convert(rows, list[Metrics], strict=False)
    except FileNotFoundError as error:
        raise RunError(f'{error.filename} is missing: version 1 left this run unfinished') from None
    except (OSError, ValueError) as error:
        raise RunError(f'{path} is damaged ({error})') from None
