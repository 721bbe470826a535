"""A run's folder: its lock, its configuration, its training states. Nothing here needs TensorFlow.

saves/runs/<name>/lock              held while a process trains this run
                  config.json       configuration, data set, identity
                  checkpoints/epoch-00007[-step-00314]/model.ckpt.*
                  history.csv       a line per epoch
                  finished.json     once the model was published
"""

import contextlib
import datetime
import fcntl
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from graph_mlp.data.dataset import Dataset
from graph_mlp.errors import CheckpointError, RunError, UsageError
from graph_mlp.store.checkpoints import MODEL, Checkpoint, open_checkpoint
from graph_mlp.store.files import PARTIAL, read_json, remove_folder, write_json
from graph_mlp.store.history import Epoch, Position, best_epoch, write_history
from graph_mlp.store.records import RunRecord
from graph_mlp.tags import as_flag

_STATE = re.compile(r'epoch-(\d{5,})(?:-step-(\d{5,}))?')


class RequestedSettings(NamedTuple):
    """What, besides the configuration, must be equal for a run to go on as if it had never stopped.

    None: the command line does not say. The fields are those of Identity.
    """

    steps_per_run: int | None
    init_ckpt: str | None  # checksum of the weights
    pca: str | None  # checksum of the file
    data_sha256: str


class Run(NamedTuple):
    """A run's places on disk; `name` carries the data set where that is not MNIST."""

    saves: Path
    name: str

    @property
    def folder(self) -> Path:
        """Configuration, checkpoints and history."""
        return self.saves / 'runs' / self.name

    @property
    def summary(self) -> Path:
        """The event files that TensorBoard reads."""
        return self.saves / 'summary' / self.name

    def states(self) -> list[tuple[Position, Path]]:
        """Every training state, the newest first."""
        states = []
        for path in (self.folder / 'checkpoints').glob('epoch-*'):
            if match := _STATE.fullmatch(path.name):
                states.append((Position(int(match[1]), int(match[2] or 0)), path))
        return sorted(states, reverse=True)

    def record(self) -> RunRecord | None:
        """`config.json`, or None before the first start; raises RunError where it is damaged."""
        path = self.folder / 'config.json'
        try:
            return RunRecord.from_json(read_json(path), started=path.stat().st_mtime)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, UsageError) as error:
            raise RunError(f'{path} is damaged ({error}): restore it, or start again with --overwrite') from None

    def finished_epochs(self) -> int | None:
        """How many epochs the published model was trained for, from `finished.json`; None before it is published."""
        try:
            record = read_json(self.folder / 'finished.json')
        except (OSError, ValueError):
            return None
        epochs = record.get('epochs') if isinstance(record, dict) else None
        return epochs if isinstance(epochs, int) else None

    def finish(self, history: list[Epoch]) -> None:
        """Writes `finished.json`."""
        write_json(self.folder / 'finished.json', {'epochs': len(history), 'figures': history[-1]._asdict()})

    def prune(self, history: list[Epoch], keep_all: bool) -> None:
        """Removes every state but the newest two and the best by validation; none with `keep_all`."""
        best = best_epoch(history)
        best_position = Position(best + 1, 0) if best is not None else None
        for age, (position, path) in enumerate(self.states()):
            if age >= 2 and not keep_all and position != best_position:
                remove_folder(path)

    def write_history(self, history: list[Epoch]) -> None:
        """Replaces `history.csv`."""
        write_history(self.folder / 'history.csv', history)


def run_name(tag: str, dataset: Dataset) -> str:
    """The tag on MNIST; on anything else the data set's name and the tag, so that results never mix."""
    return tag if dataset.name == 'mnist' else f'{dataset.name}_{tag}'


@contextlib.contextmanager
def writing(run: Run) -> Iterator[None]:
    """Holds the run's lock and clears what killed saves left behind; raises RunError where another process has it."""
    try:
        (run.folder / 'checkpoints').mkdir(parents=True, exist_ok=True)
        run.summary.mkdir(parents=True, exist_ok=True)
        lock = open(run.folder / 'lock', 'a+', encoding='utf-8')  # noqa: SIM115 (closed below)
    except OSError as error:
        raise RunError(
            f'cannot write to {run.folder}: {error.strerror}; choose another folder by --saves-dir'
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = ' '.join(lock.read(200).split()) or 'another process'
            raise RunError(f'run {run.name} is being trained by {holder}: wait for it, or use another tag') from None
        lock.truncate(0)
        lock.write(f'pid {os.getpid()}, started {datetime.datetime.now().isoformat(" ", "seconds")}\n')
        lock.flush()
        for folder in (run.folder, run.folder / 'checkpoints'):
            for leftover in folder.glob(f'{PARTIAL}*'):
                remove_folder(leftover) if leftover.is_dir() else leftover.unlink()
        yield


def is_being_written(run: Run) -> bool:
    """Whether a process holds the run's lock now."""
    try:
        with open(run.folder / 'lock', encoding='utf-8') as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def start_again(run: Run) -> None:
    """Removes what an earlier run of this name left, for `--overwrite`; the lock stays."""
    for name in ('finished.json', 'config.json', 'history.csv'):
        (run.folder / name).unlink(missing_ok=True)
    for _, path in run.states():
        remove_folder(path)
    for path in run.summary.glob('events.out.tfevents.*'):
        path.unlink()


def differences(stored: RunRecord, fields: dict[str, Any], requested: RequestedSettings) -> list[str]:
    """The settings on the command line that differ from the stored run's; more epochs are no difference."""
    differing = [
        f'{as_flag(name, value)} (stored: {as_flag(name, getattr(stored.config, name))})'
        for name, value in fields.items()
        if value != getattr(stored.config, name) and not (name == 'epochs' and value > stored.config.epochs)
    ]
    for name, value in requested._asdict().items():
        if value is not None and value != getattr(stored.identity, name):
            differing.append(f'{name.replace("_", " ")} {value} (stored: {getattr(stored.identity, name)})')
    return differing


@contextlib.contextmanager
def newest_state(run: Run) -> Iterator[Checkpoint | None]:
    """Opens the newest state that is whole, passing over damaged ones with a warning; None where there is none.

    Raises RunError where there are states and every one is damaged.
    """
    states = run.states()
    with contextlib.ExitStack() as stack:
        opened = None
        for _, path in states:
            try:
                opened = stack.enter_context(open_checkpoint(path / MODEL))
                if opened.record is None:
                    raise CheckpointError(f'{path / MODEL}.json is missing')
                break
            except CheckpointError as error:
                opened = None
                print(f'warning: {error}; trying the state before it', file=sys.stderr)
        if states and opened is None:
            raise RunError(f'no state in {run.folder / "checkpoints"} is whole: start again with --overwrite')
        yield opened


def write_record(run: Run, record: RunRecord) -> None:
    """Replaces `config.json`."""
    write_json(run.folder / 'config.json', record.to_json())
