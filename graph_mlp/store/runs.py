"""A run's folder: who may write, what it was asked to do, where it stands. Nothing here needs TensorFlow.

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

from graph_mlp.config import RunConfig, as_flag
from graph_mlp.data.dataset import Dataset
from graph_mlp.errors import CheckpointError, RunError, UsageError
from graph_mlp.store.checkpoints import MODEL, Checkpoint, open_checkpoint
from graph_mlp.store.files import PARTIAL, read_json, remove_folder, write_json
from graph_mlp.store.history import Epoch, best_epoch, write_history

_STATE = re.compile(r'epoch-(\d{5,})(?:-step-(\d{5,}))?')
# What must be equal for a run to go on as if it had never stopped ...
SETTINGS = ('steps_per_run', 'init_ckpt', 'pca', 'data_sha256')
# ... and what may change, with the last bits of the result.
CIRCUMSTANCES = ('threads', 'tensorflow', 'device', 'processor')


class Position(NamedTuple):
    """How far a state is: whole epochs, and steps into the next one."""

    epoch: int
    step: int

    @property
    def folder_name(self) -> str:
        """`epoch-00007`, or `epoch-00007-step-00314` within an epoch; sorts by age."""
        return f'epoch-{self.epoch:05d}' + (f'-step-{self.step:05d}' if self.step else '')


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
        found = []
        for path in (self.folder / 'checkpoints').glob('epoch-*'):
            if match := _STATE.fullmatch(path.name):
                found.append((Position(int(match[1]), int(match[2] or 0)), path))
        return sorted(found, reverse=True)

    def stored(self) -> dict[str, Any] | None:
        """`config.json`, or None before the first start; raises RunError where it is damaged."""
        try:
            record = read_json(self.folder / 'config.json')
            RunConfig.from_json(record['config'])
            if not isinstance(record['identity'], dict):
                raise ValueError('the identity is no object')
            if not all(name in record['identity'] for name in (*SETTINGS, *CIRCUMSTANCES)):
                raise ValueError('the identity is incomplete')
            # Runs of version 1.0 do not say when they began.
            record.setdefault('started', (self.folder / 'config.json').stat().st_mtime)
            if type(record['started']) is not float:
                raise ValueError('the time at which it was started is no number')
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, UsageError) as error:
            raise RunError(
                f'{self.folder / "config.json"} is damaged ({error}): restore it, or start again with --overwrite'
            ) from None
        return record

    def finished(self) -> dict[str, Any] | None:
        """`finished.json`, or None while the run has not been published."""
        try:
            record = read_json(self.folder / 'finished.json')
            return record if isinstance(record, dict) and isinstance(record.get('epochs'), int) else None
        except (OSError, ValueError):
            return None

    def prune(self, history: list[Epoch], keep_all: bool) -> None:
        """Removes every state but the newest two and the best by validation."""
        best = best_epoch(history)
        wanted = {Position(best + 1, 0)} if best is not None else set()
        for number, (position, path) in enumerate(self.states()):
            if number >= 2 and not keep_all and position not in wanted:
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
            for litter in folder.glob(f'{PARTIAL}*'):
                remove_folder(litter) if litter.is_dir() else litter.unlink()
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


def differences(stored: dict[str, Any], fields: dict[str, Any], settings: dict[str, Any]) -> list[str]:
    """What the command line asks for and the stored run does not have; more epochs are no difference."""
    config = RunConfig.from_json(stored['config'])
    found = [
        f'{as_flag(name, value)} (stored: {as_flag(name, getattr(config, name))})'
        for name, value in fields.items()
        if value != getattr(config, name) and not (name == 'epochs' and value > config.epochs)
    ]
    for name, value in settings.items():
        if value is not None and value != stored['identity'][name]:
            found.append(f'{name.replace("_", " ")} {value} (stored: {stored["identity"][name]})')
    return found


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


def store(
    run: Run, tag: str, config: RunConfig, dataset: Dataset, identity: dict[str, Any], started: float
) -> dict[str, Any]:
    """Writes `config.json` and returns what it holds; `started`, the run's first beginning, in seconds since 1970."""
    record = {
        'tag': tag,
        'config': config.to_json(),
        'dataset': {'name': dataset.name, 'title': dataset.title, 'sha256': dataset.sha256},
        'identity': identity,
        'started': started,
    }
    write_json(run.folder / 'config.json', record)
    return record
