"""A run's folder: its configuration, its training states, its history. Nothing here needs TensorFlow.

saves/runs/<name>/lock              held while a process trains this run
                  config.json       configuration, data set, identity
                  history.csv       a line per epoch
                  checkpoints/epoch-00007[-step-00314]/model.ckpt.*
                  checkpoints/history.csv    the same as history.csv
                  finished.json     once the model was published: epochs, figures of the last one, end of the history
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from graph_mlp.data.dataset import Dataset
from graph_mlp.errors import RunError, UsageError
from graph_mlp.store.files import remove_folder
from graph_mlp.store.history import Epoch, Position
from graph_mlp.store.history_file import HistoryEnd, append_epoch, write_history
from graph_mlp.store.records import RunRecord
from graph_mlp.store.sealed import read_sealed, write_sealed
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

    @property
    def histories(self) -> tuple[Path, Path]:
        """The history for readers, and the copy beside the states, which is on the disk before a state names it."""
        return self.folder / 'history.csv', self.folder / 'checkpoints' / 'history.csv'

    def record(self) -> RunRecord | None:
        """`config.json`, or None before the first start; raises RunError where it is damaged or cannot be read."""
        recorded = self.checked_record()
        return recorded[0] if recorded else None

    def checked_record(self) -> tuple[RunRecord, bool] | None:
        """`config.json` as `record` reads it, and whether it carries a checksum, as it does since version 1.4."""
        path = self.folder / 'config.json'
        try:
            sealed = read_sealed(path)
            return RunRecord.from_json(sealed.content, started=path.stat().st_mtime), sealed.is_checked
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RunError(f'cannot read {path}: {error.strerror}; mend that and type the same command') from None
        except (ValueError, UsageError) as error:
            raise RunError(f'{path} is damaged ({error}): restore it, or start again with --overwrite') from None

    def finish_record(self) -> tuple[int, HistoryEnd | None] | None:
        """From `finished.json`: how many epochs the published model was trained for, and the end of their history.

        None before it is published, and with a warning where the file is damaged; no end in an older version's file.
        """
        path = self.folder / 'finished.json'
        try:
            content = read_sealed(path).content
            epochs, checksum = content.get('epochs'), content.get('history')
            if type(epochs) is not int or not (checksum is None or isinstance(checksum, str)):
                raise ValueError('it does not say how many epochs')
            return epochs, None if checksum is None else HistoryEnd(epochs, checksum)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            print(f'warning: {path} cannot be read ({error}): the run does not count as finished', file=sys.stderr)
            return None

    def finished_epochs(self) -> int | None:
        """How many epochs the published model was trained for; None before it is published."""
        record = self.finish_record()
        return record[0] if record else None

    def finish(self, history: Sequence[Epoch], end: HistoryEnd) -> None:
        """Writes `finished.json`; `end` is that of the history."""
        figures = history[-1]._asdict()
        content = {'epochs': len(history), 'figures': figures, 'history': end.checksum}
        write_sealed(self.folder / 'finished.json', content)

    def prune(self, newest: Position, best: int | None) -> None:
        """Removes every state but the two up to the position `newest`, and that of the epoch `best`.

        States beyond `newest` were damaged, and the run went on from one before them.
        """
        states = self.states()
        kept = [position for position, _ in states if position <= newest][:2]
        kept += [] if best is None else [Position(best + 1, 0)]
        for position, path in states:
            if position not in kept:
                remove_folder(path)

    def write_history(self, history: Sequence[Epoch]) -> HistoryEnd:
        """Makes `history` the content of both files, as far as they differ from it; returns where it ends."""
        self.histories[1].parent.mkdir(exist_ok=True)
        _, end = (write_history(path, history) for path in self.histories)
        return end

    def append_history(self, epoch: Epoch, end: HistoryEnd) -> HistoryEnd:
        """Adds an epoch to both files, which end at `end`; returns where they end now."""
        visible, copy = self.histories
        append_epoch(visible, epoch, end, is_synced=False)
        return append_epoch(copy, epoch, end, is_synced=True)


def run_name(tag: str, dataset: Dataset) -> str:
    """The tag on MNIST; on anything else the data set's name and the tag, so that results never mix."""
    return tag if dataset.name == 'mnist' else f'{dataset.name}_{tag}'


def start_again(run: Run) -> None:
    """Removes what an earlier run of this name left, for `--overwrite`; the lock stays."""
    for path in (run.folder / 'finished.json', run.folder / 'config.json', *run.histories):
        path.unlink(missing_ok=True)
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


def write_record(run: Run, record: RunRecord) -> None:
    """Replaces `config.json`."""
    write_sealed(run.folder / 'config.json', record.to_json())
