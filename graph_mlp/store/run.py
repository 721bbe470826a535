"""A run's folder: one object that locks it, restores the newest training state, commits every epoch and publishes.

saves/runs/<name>/lock              held while a process trains this run
                  checkpoints/epoch-00007[-step-00314]/    training states, whose files begin with model.ckpt:
                      .index .data-00000-of-00001    the weights and the optimizer's slots, a TensorFlow checkpoint
                      .history.npy .pca.npz          the metrics of every epoch so far; the PCA, where there is one
                      .json                          the manifest, with the SHA-256 of each of these files
                  history.csv       a line per epoch, for people
                  finished.json     once the model is published: its epochs
saves/summary/<name>/               event files for TensorBoard
saves/model.ckpt.*                  the model of the last run that finished (store/publish.py)

A training state is one folder that appears by one rename. A kill before the rename leaves the state before it, and
what was written for the new one is removed or written again by the same command. bin/compare reads runs without
TensorFlow: only the methods that train import it.
"""

import contextlib
import datetime
import fcntl
import io
import os
import re
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from graph_mlp import files
from graph_mlp.data import pca
from graph_mlp.data.dataset import Split, network_inputs
from graph_mlp.errors import CheckpointError, RunError
from graph_mlp.files import PARTIAL, atomic_write, partial_folder, remove, write_errors
from graph_mlp.metrics import Metrics, Steps, best_epoch, from_array, stopped_early, to_array
from graph_mlp.store.checkpoint import MODEL, Checkpoint, Unreadable, fingerprint, open_checkpoint, part_file, verified
from graph_mlp.store.manifest import Manifest, read_sealed, write_sealed

if TYPE_CHECKING:
    import tensorflow.compat.v1 as tf

    from graph_mlp.graph.build import Graph
    from graph_mlp.summaries.events import Events

_STATE = re.compile(r'epoch-(\d{5,})(?:-step-(\d{5,}))?')
LOCK_ATTEMPTS, LOCK_PAUSE = 3, 0.02  # seconds between two; `is_locked` of another process holds a lock for an instant


class Position(NamedTuple):
    """How far a training state is: complete epochs, and steps into the next one."""

    epoch: int
    step: int

    @property
    def folder_name(self) -> str:
        """`epoch-00007`, or `epoch-00007-step-00314` within an epoch."""
        return f'epoch-{self.epoch:05d}' + (f'-step-{self.step:05d}' if self.step else '')


class State(NamedTuple):
    """A training state, its files verified."""

    checkpoint: Checkpoint
    manifest: Manifest
    history: list[Metrics]
    steps: Steps  # of the unfinished epoch


class Run:
    """A run on disk; `name` carries the data set where that is not MNIST."""

    def __init__(self, saves: Path, name: str):
        self.saves, self.name = saves, name
        self.folder = saves / 'runs' / name
        self.summary = saves / 'summary' / name
        self.state: State | None = None  # where it resumes, found by start.py; None: at its beginning
        # What start.py settles:
        self.manifest: Manifest  # of the stored run, or of a new one; `_save` fills in what changes with the epochs
        self.overwrites = False  # whether an earlier run of this name is removed
        self.keeps_all = self.shows_histograms = False  # as --keep all and --histograms say
        self.is_stand_in = False  # its data stand in for MNIST, so its model replaces none of other data
        self._lock: int | None = None
        self._holder = b''  # what this process wrote into the lock
        self._projection: pca.Projection | None = None
        self._history: list[Metrics] = []
        self._published: Metrics | None = None  # of the epoch whose weights become the model, where not the last
        # The history as a training state holds it, grown by a row a commit: anew it takes 40 ms at epoch 10,000.
        self._table = to_array([])
        self._graph: Graph  # from `restore` on
        self._events: Events | None = None

    # The lock

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Holds the run's lock, which the kernel releases also after kill -9, and removes what kills left behind.

        Within a process that holds it, it is held already. A folder in which no run began, because its settings were
        refused, is gone at the end. Raises RunError where another process holds it.
        """
        if self._lock is not None:
            yield
            return
        self._lock = self._opened_lock()
        try:
            started = datetime.datetime.now().isoformat(' ', 'seconds')
            self._holder = f'pid {os.getpid()} on {socket.gethostname()}, started {started}\n'.encode()
            with write_errors(self.folder / 'lock'):
                os.ftruncate(self._lock, 0)
                os.pwrite(self._lock, self._holder, 0)
            with write_errors(self.folder / 'checkpoints'):
                for folder in (self.folder, self.folder / 'checkpoints'):
                    for leftover in folder.glob(f'{PARTIAL}*'):
                        remove(leftover)
            yield
        finally:
            with contextlib.suppress(OSError):
                if os.listdir(self.folder) == ['lock']:
                    os.unlink(self.folder / 'lock')
                    for folder in (self.folder, self.folder.parent, self.saves):
                        folder.rmdir()  # fails where it holds anything else
            os.close(self._lock)
            self._lock = None

    def is_locked(self) -> bool:
        """Whether a process holds the run's lock now."""
        try:
            with open(self.folder / 'lock', encoding='utf-8') as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # no lock, or none that can be opened: training says in its own line what is wrong
            return False
        return False

    def _check_alone(self) -> None:
        """Raises RunError where another process has taken the run too, on a disk whose locks lock nothing."""
        holder = os.pread(self._lock, 200, 0) if self._lock is not None else self._holder
        if holder != self._holder:
            raise RunError(
                f'run {self.name} is being trained by {holder.decode(errors="replace").strip()} too, since this disk '
                'locks nothing: end one of the two; nothing is lost'
            )

    def _opened_lock(self) -> int:
        path = self.folder / 'lock'
        while True:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            except OSError as error:
                raise RunError(
                    f'cannot write to {self.folder}: {error.strerror}; choose another folder by --saves-dir'
                ) from None
            for attempts_left in reversed(range(LOCK_ATTEMPTS)):
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if attempts_left:
                        time.sleep(LOCK_PAUSE)
                        continue
                    holder = os.pread(lock, 200, 0).decode(errors='replace').strip() or 'another process'
                    os.close(lock)
                    raise RunError(
                        f'run {self.name} is being trained by {holder}: wait for it, or use another tag'
                    ) from None
                except OSError as error:
                    os.close(lock)
                    raise RunError(
                        f'cannot lock {path}: {error.strerror}; choose a folder on another disk by --saves-dir'
                    ) from None
            if os.fstat(lock).st_nlink:
                return lock
            os.close(lock)  # its holder has just removed it with the folder

    @property
    def epochs_done(self) -> int:
        """How many epochs are trained and committed."""
        return len(self._history)

    @property
    def stopped_early(self) -> bool:
        """Whether --patience ends the training after these."""
        return stopped_early(self._history, self.manifest.config)

    # What lies on disk

    def states(self) -> list[tuple[Position, Path]]:
        """Every training state, the newest first."""
        states = []
        for path in (self.folder / 'checkpoints').glob('epoch-*'):
            if match := _STATE.fullmatch(path.name):
                states.append((Position(int(match[1]), int(match[2] or 0)), path))
        return sorted(states, reverse=True)

    def newest_state(self) -> State | None:
        """The newest training state that is complete; a damaged one is passed over with a warning.

        None where there is none, or where the run is one of version 1, whose states this version does not read.
        Raises RunError where there are states and every one is damaged, Unreadable where one cannot be read.
        """
        if (self.folder / 'config.json').exists():
            return None  # of version 1
        states = self.states()
        for _, folder in states:
            try:
                return self._read_state(folder)
            except Unreadable:  # it may be intact, and to resume from an older one would lose epochs
                raise
            except CheckpointError as error:
                print(f'warning: {error}; trying the state before it', file=sys.stderr)
        if states:
            raise RunError(
                f'every state in {self.folder / "checkpoints"} is damaged: restore one from a copy, or start again '
                'with --overwrite'
            )
        return None

    def _read_state(self, folder: Path) -> State:
        checkpoint = verified(folder / MODEL)
        manifest = checkpoint.manifest
        if manifest is None or manifest.steps is None or '.history.npy' not in checkpoint.checksums:
            raise CheckpointError(f'{checkpoint.source}.json is not that of a training state')
        if manifest.run != self.name:
            raise RunError(f'{folder} is a state of run {manifest.run}: give {self.folder} its name back')
        try:
            history = from_array(np.load(part_file(checkpoint.prefix, '.history.npy'), allow_pickle=False))
        except ValueError as error:
            raise CheckpointError(f'{checkpoint.source}.history.npy: {error}') from None
        if len(history) != manifest.epoch:
            raise CheckpointError(f'{checkpoint.source}: {len(history)} epochs, its manifest says {manifest.epoch}')
        return State(checkpoint, manifest, history, manifest.steps)

    def finished_epochs(self) -> int | None:
        """How many epochs the published model was trained for; None before it is published.

        A damaged `finished.json` is a warning: the same command publishes again.
        """
        path = self.folder / 'finished.json'
        try:
            epochs = read_sealed(path).get('epochs')
            if type(epochs) is not int:
                raise ValueError('it does not say how many epochs')
            return epochs
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            print(f'warning: {path} cannot be read ({error}): the run does not count as finished', file=sys.stderr)
            return None

    # Training

    def projection(self, images: np.ndarray) -> pca.Projection | None:
        """The run's PCA: that of its state, of --init-ckpt or of --pca, else fitted on `images`, uint8 [n, pixels].

        None where the network takes the pixels.
        """
        config = self.manifest.config
        if config.input_features == config.pixels:
            return None
        from graph_mlp.store.restore import read_projection

        seconds = self.manifest.pca_seconds
        pca_file = Path(config.pca) if config.pca else None
        if self.state:
            self._projection = read_projection(self.state.checkpoint, config, None)
        elif config.init_ckpt:
            with self._initial_checkpoint() as checkpoint:
                self._projection = read_projection(checkpoint, config, pca_file)
                seconds = checkpoint.manifest.pca_seconds if checkpoint.manifest else None
        elif pca_file:
            self._projection = pca.load_given(pca_file, config.input_features, config.pixels)
        else:
            self._projection, seconds = pca.fit(images, config.input_features)
            print(f'PCA to {config.input_features} components fitted in {seconds:.2f} s', file=sys.stderr)
        self.manifest = msgspec.structs.replace(self.manifest, pca_seconds=seconds)
        return self._projection

    def restore(self, session: 'tf.Session', graph: 'Graph') -> Steps:
        """Restores the newest state into the session, or begins the run; returns the steps of its unfinished epoch.

        A new run begins with a state of no epochs, once nothing can be refused any more. Raises CheckpointError where
        the checkpoint is of another network, RunError where nothing can be written.
        """
        from graph_mlp.store.restore import restore as restore_variables
        from graph_mlp.store.restore import restore_initial_weights
        from graph_mlp.summaries.events import Events

        self._graph = graph
        session.run(graph.init)
        steps = Steps()
        if self.state:
            restore_variables(session, graph.state_saver, graph.state, self.state.checkpoint)
            self._history, steps = list(self.state.history), self.state.steps
            self._table = to_array(self._history)
            within = f', step {len(steps.losses)}' if steps.losses else ''
            print(f'run {self.name} resumes from epoch {len(self._history)}{within}', file=sys.stderr)
        elif self.manifest.config.init_ckpt:
            with self._initial_checkpoint() as checkpoint:
                optimizer = self.manifest.config.optimizer
                print(restore_initial_weights(session, graph, optimizer, checkpoint), file=sys.stderr)
        with write_errors(self.folder):
            if self.overwrites:
                self._remove_earlier_run()
            (self.folder / 'checkpoints').mkdir(exist_ok=True)
            self._events = Events(self.summary, self.manifest, graph.graph_def, self._history)
            if not self.state:
                self._save(session, steps)
            self._export_history()
        return steps

    @contextlib.contextmanager
    def _initial_checkpoint(self) -> Iterator[Checkpoint]:
        path = Path(str(self.manifest.config.init_ckpt))
        with open_checkpoint(path) as checkpoint:
            if self.manifest.identity and fingerprint(checkpoint) != self.manifest.identity.init_ckpt:
                raise RunError(f'{path} was replaced while the run began: type the same command again')
            yield checkpoint

    def _remove_earlier_run(self) -> None:
        for name in ('finished.json', 'config.json', 'history.csv'):
            (self.folder / name).unlink(missing_ok=True)
        for path in (*(path for _, path in self.states()), *self.summary.glob('events.out.tfevents.*')):
            remove(path)

    def commit(self, session: 'tf.Session', metrics: Metrics, images: np.ndarray) -> None:
        """Makes an epoch part of the run: its events, its training state, its line in `history.csv`, in this order.

        Args: session, with the weights after the epoch; metrics of the epoch; images, whose activations --histograms
        shows, uint8 [n, pixels] or float32 [n, input_features]. Raises RunError where something cannot be written; the
        run resumes from its newest state, with or without this epoch.
        """
        histograms = []
        if self.shows_histograms:
            feed_dict = {self._graph.X: network_inputs(images)}
            histograms.append(session.run(self._graph.histograms, feed_dict))
        assert self._events
        with write_errors(self.folder):
            self._events.add(metrics, histograms)
            self._history.append(metrics)
            self._table = np.append(self._table, to_array([metrics]))
            self._save(session, Steps())
            with open(self.folder / 'history.csv', 'a', encoding='ascii') as file:
                file.write(_csv_line(metrics))
            if not self.keeps_all:
                self._prune()

    def save_steps(self, session: 'tf.Session', steps: Steps) -> None:
        """Saves the training state within an epoch, when a signal ends the command; raises RunError."""
        with write_errors(self.folder):
            self._save(session, steps)

    def _save(self, session: 'tf.Session', steps: Steps) -> None:
        from graph_mlp.store.publish import write_manifest

        self._check_alone()
        parent = self.folder / 'checkpoints'
        position = Position(len(self._history), len(steps.losses))
        with partial_folder(parent) as partial:
            self._graph.state_saver.save(session, str(partial / MODEL), write_meta_graph=False, write_state=False)
            np.save(history := io.BytesIO(), self._table)
            # Not by `np.save`: its error does not say why a file cannot be written.
            part_file(partial / MODEL, '.history.npy').write_bytes(history.getvalue())
            write_manifest(partial, self._current_manifest(steps), self._projection)
            files.commit(partial, parent / position.folder_name)

    def _current_manifest(self, steps: Steps | None) -> Manifest:
        return msgspec.structs.replace(
            self.manifest, epoch=len(self._history), steps=steps, events=self._events.sizes() if self._events else {},
            metrics=self._history[-1] if self._history else None,
        )  # fmt: skip

    def _prune(self) -> None:
        """Removes every state but the newest two and that of the best epoch by validation.

        A state of a later epoch is a damaged one that the run passed over when it resumed: it goes too.
        """
        newest, best = Position(len(self._history), 0), best_epoch(self._history, self.manifest.config.monitor)
        states = self.states()
        kept = [position for position, _ in states if position <= newest][:2] + [Position((best or 0) + 1, 0)]
        for position, path in states:
            if position not in kept:
                remove(path)

    def _export_history(self) -> None:
        header = ','.join(Metrics.__struct_fields__) + '\n'
        with atomic_write(self.folder / 'history.csv') as file:
            file.write((header + ''.join(map(_csv_line, self._history))).encode())

    # The end

    def restore_published(self, session: 'tf.Session') -> None:
        """Restores the weights that --publish names, where they are not the last; raises CheckpointError, RunError.

        Where the best state is damaged, those of the next best one that is kept.
        """
        from graph_mlp.store.restore import restore

        config, kept = self.manifest.config, {position: path for position, path in self.states() if not position.step}
        rows = [row for row in self._history if Position(row.epoch + 1, 0) in kept]
        while config.publish == 'best' and rows:
            row = rows.pop(best_epoch(rows, config.monitor) or 0)
            if row.epoch + 1 == self.epochs_done:
                return
            try:
                state = self._read_state(kept[Position(row.epoch + 1, 0)])
            except Unreadable:
                raise
            except CheckpointError as error:
                print(f'warning: {error}; publishing the next best', file=sys.stderr)
                continue
            restore(session, self._graph.state_saver, self._graph.state, state.checkpoint)
            print(f'the model is that of epoch {row.epoch}, the best complete one by validation', file=sys.stderr)
            self._published = row
            return

    def publish(self, session: 'tf.Session', temperature: float = 1.0) -> Path | None:
        """Makes the network, with its temperature, the model at `saves/model.ckpt`; returns that prefix.

        None where its data stand in for MNIST, and the model that is there was trained on other data. Raises RunError
        where it cannot be written.
        """
        from graph_mlp.graph.notebook_graph import meta_graph
        from graph_mlp.store.publish import publish_model, published_dataset

        if self.is_stand_in and published_dataset(self.saves) not in (None, 'digits'):
            return None
        values = session.run(self._graph.published)
        row = self._published or self._history[-1]
        manifest = msgspec.structs.replace(
            self._current_manifest(steps=None), temperature=temperature, epoch=row.epoch + 1, metrics=row
        )
        return publish_model(self.saves, values, meta_graph(manifest.config), manifest, self._projection)

    def finish(self, test: Split, probabilities: np.ndarray) -> None:
        """Shows in TensorBoard which test images the network misclassifies, and marks the run as finished.

        Args: test, images uint8 [n, pixels]; probabilities float32 [n, classes], by moving averages. Raises RunError
        where something cannot be written; a picture that cannot be drawn is a warning.
        """
        assert self._events
        with write_errors(self.folder / 'finished.json'):
            self._events.add_pictures(self._published or self._history[-1], *test, probabilities)
            write_sealed(self.folder / 'finished.json', {'epochs': len(self._history)})

    def close(self) -> None:
        """Closes the event file."""
        if self._events:
            self._events.close()


def run_name(tag: str, dataset: str) -> str:
    """The tag on MNIST; on anything else the data set's name and the tag, so that results never mix."""
    return tag if dataset == 'mnist' else f'{dataset}_{tag}'


def _csv_line(metrics: Metrics) -> str:
    return ','.join('' if value is None else str(value) for value in msgspec.structs.astuple(metrics)) + '\n'
