"""What runs left in `saves/runs`, read back without TensorFlow; nothing in it is trusted."""

from pathlib import Path
from typing import NamedTuple

from graph_mlp.config import PIXELS, RunConfig
from graph_mlp.errors import RunError
from graph_mlp.store import records
from graph_mlp.store.history import Epoch
from graph_mlp.store.history_file import HistoryFile, read_history
from graph_mlp.store.lock import is_being_written
from graph_mlp.store.records import Identity
from graph_mlp.store.resumption import has_kept_history
from graph_mlp.store.runs import Run
from graph_mlp.store.sealed import read_sealed


class RecordedRun(NamedTuple):
    """One run as its files tell it."""

    name: str  # of its folder
    config: RunConfig
    dataset: str  # for people
    identity: Identity
    pca_seconds: float | None  # its fit; None: no PCA, or one that was given
    history: list[Epoch]  # at least one
    is_checked: bool = True  # False: an older version wrote its files, without checksums

    @property
    def steps_per_run(self) -> int:
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
    if unchecked := [run.name for run in runs if not run.is_checked]:
        complaints.append(f'{", ".join(unchecked)}: written before version 1.4, without checksums, so read unchecked')
    if not runs:
        reasons = f': {"; ".join(complaints)[:400]}' if complaints else ''
        raise RunError(f'no run in {folder} has a whole epoch: train one with bin/train{reasons}')
    return runs, complaints


def readable_run(run: Run) -> RecordedRun | None:
    """`read_run`, or None where it raises RunError."""
    try:
        return read_run(run)
    except RunError:
        return None


def read_run(run: Run) -> RecordedRun:
    """Reads one run; raises RunError, saying which file is missing or damaged."""
    recorded = run.checked_record()
    if recorded is None:
        raise RunError(f'{run.folder} has no config.json: it is not a run, or its training has not begun')
    record, is_checked = recorded
    history = _history(run, is_checked)
    seconds = _pca_seconds(run, record.config)
    is_checked = is_checked and history.is_checked
    return RecordedRun(
        run.name, record.config, record.dataset.title, record.identity, seconds, history.epochs, is_checked
    )


def _history(run: Run, is_checked: bool) -> HistoryFile:
    path = run.histories[0]
    try:
        history = read_history(path)
        _check_history(run, history, is_checked)
    except FileNotFoundError:
        raise RunError(f'{path} is missing: {_advice(run)}') from None
    except OSError as error:
        raise RunError(f'cannot read {path}: {error.strerror}') from None
    except ValueError as error:
        raise RunError(f'{path} is damaged ({error}): {_advice(run)}') from None
    if not history.epochs:
        raise RunError(f'{path} has no epoch yet')
    return history


def _check_history(run: Run, history: HistoryFile, is_checked: bool) -> None:
    # A process that trains the run may be at the last line just now.
    if history.complaint and not (history.is_cut_short and is_being_written(run)):
        raise ValueError(history.complaint)
    if is_checked and not history.is_checked:
        raise ValueError('its lines have no checksums')
    epochs, end = run.finish_record() or (0, None)
    if len(history.epochs) < epochs or (end and history.up_to(end) is None):
        raise ValueError(f'it is not the history of the {epochs} epochs that finished.json names')


def _advice(run: Run) -> str:
    if not run.states() and not run.finished_epochs():
        return 'no epoch of the run is done'
    if has_kept_history(run):
        return 'the same bin/train command writes it again'
    return f'and so is its copy {run.histories[1]}; restore one of them, or train again with --overwrite'


def _pca_seconds(run: Run, config: RunConfig) -> float | None:
    """From the record of the newest state that can be read."""
    complaint = None
    for _, folder in run.states() if config.input_features < PIXELS else ():
        try:
            return records.pca_seconds(read_sealed(folder / 'model.ckpt.json').content)
        except FileNotFoundError:  # a run that goes on has just removed it
            continue
        except (OSError, ValueError) as error:
            complaint = f'{folder / "model.ckpt.json"} is damaged ({error}): no state says how long its PCA took'
    if complaint:
        raise RunError(complaint)
    return None
