"""Where a run goes on: its newest training state that is whole, and the history that belongs to it."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from graph_mlp.errors import CheckpointError, RunError, UsageError
from graph_mlp.store.checkpoints import MODEL, Checkpoint, open_in_place
from graph_mlp.store.history import Epoch, RunProgress
from graph_mlp.store.history_file import HistoryEnd, HistoryFile, read_history
from graph_mlp.store.records import CheckpointRecord, RunRecord
from graph_mlp.store.runs import Run
from graph_mlp.store.sealed import read_sealed
from graph_mlp.store.verification import Unreadable

# What makes the results of two runs differ; the rest of an identity may change when a run goes on.
_SETTINGS = ('steps_per_run', 'init_ckpt', 'pca', 'data_sha256')


class TrainingState(NamedTuple):
    """A training state, opened, and how far it is."""

    checkpoint: Checkpoint
    progress: RunProgress


@contextlib.contextmanager
def newest_state(run: Run, record: RunRecord) -> Iterator[TrainingState | None]:
    """Opens the newest state that can be used, passing over damaged ones with a warning; None where there is none.

    Args: record, the run's own, which the state's has to agree with. Raises RunError where there are states and every
    one is damaged, Unreadable where one cannot be read.
    """
    states = run.states()
    histories = readable_histories(run) if states else []
    with contextlib.ExitStack() as stack:
        for _, path in states:
            try:
                checkpoint = stack.enter_context(open_in_place(path / MODEL))
                progress = _progress(checkpoint, run, record, histories)
            except Unreadable:
                raise
            except CheckpointError as error:
                print(f'warning: {error}; trying the state before it', file=sys.stderr)
            else:
                yield TrainingState(checkpoint, progress)
                return
        if states:
            raise RunError(
                f'no state in {run.folder / "checkpoints"} is whole: restore one from a copy, or start again with '
                '--overwrite'
            )
        yield None


def readable_histories(run: Run) -> list[HistoryFile]:
    """What the two history files hold, as far as each is sound."""
    histories = []
    for path in run.histories:
        try:
            histories.append(read_history(path))
        except (FileNotFoundError, ValueError):
            continue
        except OSError as error:
            raise RunError(f'cannot read {path}: {error.strerror}; mend that and type the same command') from None
    return histories


def epochs_up_to(end: HistoryEnd | Sequence[Epoch], histories: list[HistoryFile]) -> list[Epoch] | None:
    """The epochs that a state or finished.json names, from the first of `histories` that has them all; else None."""
    if not isinstance(end, HistoryEnd):
        return list(end)  # a state of a version before 1.4 holds them itself
    if end == HistoryEnd(0, ''):
        return []
    return next((epochs for history in histories if (epochs := history.up_to(end)) is not None), None)


def has_kept_history(run: Run) -> bool:
    """Whether a state, or `finished.json`, can still have its history written again."""
    histories = readable_histories(run)
    _, finished = run.finish_record() or (0, None)
    ends: list[HistoryEnd | list[Epoch] | None] = [finished]
    for _, path in run.states():
        with contextlib.suppress(OSError, ValueError, UsageError):
            ends.append(CheckpointRecord.from_json(read_sealed(path / f'{MODEL}.json').content).history)
    return any(end is not None and epochs_up_to(end, histories) is not None for end in ends)


def mend_finished_history(run: Run, record: RunRecord) -> None:
    """Writes the history of a finished run again where one of its two files is damaged or missing, and says so.

    Raises RunError where neither has it whole.
    """
    _, end = run.finish_record() or (0, None)
    histories = readable_histories(run)
    if end is None:  # finished by a version before 1.4, whose states hold the history
        if any(history.complaint is None and history.epochs for history in histories):
            return
        with newest_state(run, record) as state:
            epochs = state.progress.history if state else None
    else:
        epochs = epochs_up_to(end, histories)
    if epochs is None:
        raise RunError(
            f'{" and ".join(map(str, run.histories))} are damaged or missing: restore one of them from a copy, or '
            'train again with --overwrite'
        )
    if any(history.complaint or history.epochs != epochs for history in histories) or len(histories) < 2:
        print(f'the history of run {run.name} was damaged or missing and is written again', file=sys.stderr)
    run.write_history(epochs)


def _progress(checkpoint: Checkpoint, run: Run, record: RunRecord, histories: list[HistoryFile]) -> RunProgress:
    stored = checkpoint.record
    if stored is None:
        raise CheckpointError(f'{checkpoint.source}.json is missing')
    if stored.history is None or stored.steps is None:
        raise CheckpointError(f'{checkpoint.source}.json is of a model, not of a training state')
    if foreign := _foreign_settings(stored, run, record):
        raise CheckpointError(f'{checkpoint.source} is of another run: it has {", ".join(foreign)}')
    epochs = epochs_up_to(stored.history, histories)
    if epochs is None:
        count = stored.history.epochs if isinstance(stored.history, HistoryEnd) else len(stored.history)
        files = ' nor '.join(map(str, run.histories))
        raise CheckpointError(f'{checkpoint.source}: neither {files} has its {count} epochs whole')
    return RunProgress(epochs, stored.steps)


def _foreign_settings(stored: CheckpointRecord, run: Run, record: RunRecord) -> list[str]:
    """What a state's own record says otherwise than the run's; its epochs may have been fewer."""
    expected = {**record.config.to_json(), **{name: getattr(record.identity, name) for name in _SETTINGS}}
    identity = {name: getattr(stored.identity, name) for name in _SETTINGS} if stored.identity else {}
    stored_settings = {**stored.config.to_json(), **identity, 'epochs': record.config.epochs}
    differing = [f'{name} {value!r:.40}' for name, value in stored_settings.items() if value != expected[name]]
    return differing + ([f'the name {stored.run}'] if stored.run not in (None, run.name) else [])
