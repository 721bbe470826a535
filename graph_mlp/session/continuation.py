"""Whether a run that has begun may go on, and from which of its states."""

import contextlib
import dataclasses
import sys
from typing import NamedTuple

from graph_mlp.errors import RunError
from graph_mlp.session.options import Options, identity
from graph_mlp.store.files import write_errors
from graph_mlp.store.records import DatasetRecord, Identity, RunRecord
from graph_mlp.store.resumption import TrainingState, mend_finished_history, newest_state, readable_histories
from graph_mlp.store.runs import RequestedSettings, Run, differences


class Continuation(NamedTuple):
    """How a run goes on."""

    record: RunRecord
    state: TrainingState | None  # None: it was stopped before the first one, and begins once more


def continuation(
    run: Run,
    stored: RunRecord,
    dataset: DatasetRecord,
    options: Options,
    requested: RequestedSettings,
    stack: contextlib.ExitStack,
) -> Continuation | None:
    """How the run whose record is `stored` goes on, or None where it is finished, which is said on stderr.

    `stack` closes the state. Raises RunError where the settings differ or what the run needs is gone.
    """
    has_other_weights = requested.init_ckpt not in (None, stored.identity.init_ckpt)
    if has_other_weights and str(options.init_ckpt) == stored.init_ckpt_file:
        _check_changed_weights(run, stored)
        requested = requested._replace(init_ckpt=None)
    if differing := differences(stored, options.fields, requested):
        raise RunError(
            f'run {run.name} exists with other settings: {"; ".join(differing)}; drop them to go on with it, '
            'use another --tag, or --overwrite it'
        )
    config = dataclasses.replace(stored.config, epochs=options.fields.get('epochs', stored.config.epochs))
    finished_epochs = run.finished_epochs()
    if finished_epochs and finished_epochs >= config.epochs:
        with write_errors(run.histories[0]):
            mend_finished_history(run, stored)
        print(
            f'run {run.name} is finished ({finished_epochs} epochs): --epochs {2 * finished_epochs} goes on, '
            '--overwrite starts again, another --tag starts beside it',
            file=sys.stderr,
        )
        return None
    _warn_of_changes(stored, options)
    record = dataclasses.replace(stored, tag=options.tag, config=config, dataset=dataset)
    state = stack.enter_context(newest_state(run, stored))
    if state is None:
        _check_nothing_is_lost(run, finished_epochs)
        _check_initial_files(run, stored.identity, requested)
    return Continuation(record, state)


def _warn_of_changes(stored: RunRecord, options: Options) -> None:
    before = stored.identity
    settings = RequestedSettings(before.steps_per_run, before.init_ckpt, before.pca, before.data_sha256)
    now = dataclasses.asdict(identity(options, stored.config, settings))
    for name in ('threads', 'products'):  # a run goes on with its own where the command line names none
        if getattr(options, name) is None:
            del now[name]
    for name, value in now.items():
        if value != getattr(before, name):
            print(
                f'warning: {name} {value} now, {getattr(before, name)} before: the last bits may differ',
                file=sys.stderr,
            )


def _check_initial_files(run: Run, before: Identity, requested: RequestedSettings) -> None:
    """A run that has no state yet begins once more from the files that it began from."""
    for name, flag in (('init_ckpt', '--init-ckpt'), ('pca', '--pca')):
        if getattr(before, name) and not getattr(requested, name):
            raise RunError(f'run {run.name} was stopped before its first checkpoint: name its {flag} again')


def _check_changed_weights(run: Run, stored: RunRecord) -> None:
    """The file that --init-ckpt named has been replaced: a run with a state of its own needs it no more."""
    if not run.states():
        raise RunError(
            f'run {run.name} began from other weights than {stored.init_ckpt_file} holds now, and was stopped before '
            'its first checkpoint: begin again from those of today with --overwrite'
        )
    print(
        f'{stored.init_ckpt_file} holds other weights than run {run.name} began from: it goes on with its own',
        file=sys.stderr,
    )


def _check_nothing_is_lost(run: Run, finished_epochs: int | None) -> None:
    """Raises RunError where a run without any state has epochs that training anew would remove."""
    # A run that is killed before its first state may have written the line of its first epoch.
    epochs = max([finished_epochs or 0, *(len(history.epochs) - 1 for history in readable_histories(run))])
    if epochs > 0:
        raise RunError(
            f'run {run.name} has trained epochs, and no training state is left in {run.folder / "checkpoints"}: '
            'restore that folder from a copy, or start again with --overwrite'
        )
