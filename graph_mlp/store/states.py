"""Writing a run's training states: a state becomes visible by one rename, when all of it is on disk.

A state is a folder, saves/runs/<tag>/checkpoints/epoch-00007 for instance. It is written under a temporary name beside
it, synced to the disk and renamed.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow.compat.v1 as tf

from graph_mlp.data.pca import Projection
from graph_mlp.store.checkpoints import MODEL
from graph_mlp.store.files import (
    cannot_write,
    partial_folder,
    replace_folder,
    sha256,
    sync_file,
    sync_folder,
    write_errors,
)
from graph_mlp.store.sealed import write_sealed
from graph_mlp.store.verification import PARTS


def save_state(
    folder: Path, session: tf.Session, saver: tf.train.Saver, record: dict[str, Any], projection: Projection | None
) -> None:
    """Writes `folder` with everything `saver` knows, the record and the PCA; it appears whole or not at all.

    Args: record, from `checkpoint_json`. Raises RunError where it cannot be written.
    """
    with tensorflow_errors(folder), partial_folder(folder.parent) as partial:
        saver.save(session, str(partial / MODEL), write_meta_graph=False, write_state=False)
        add_record(partial, record, projection)
        for path in filter(Path.is_file, partial.iterdir()):
            sync_file(path)
        sync_folder(partial)
        # A damaged state of this name may be there, from before the run went back to an older one.
        replace_folder(folder, partial)
        sync_folder(folder.parent)


def add_record(folder: Path, record: dict[str, Any], projection: Projection | None) -> None:
    """Writes the PCA, if there is one, and the record with the checksums of all parts into a partial folder.

    What else lies there, such as a file that a network's disk keeps under another name until it is closed, is no part.
    """
    if projection:
        with open(folder / f'{MODEL}.pca.npz', 'wb') as file:
            projection.save(file)
    suffixes = {path.name.removeprefix(MODEL): path for path in sorted(folder.iterdir())}
    checksums = {suffix: sha256(path) for suffix, path in suffixes.items() if PARTS.fullmatch(suffix)}
    write_sealed(folder / f'{MODEL}.json', {**record, 'files': checksums})


@contextlib.contextmanager
def tensorflow_errors(path: Path) -> Iterator[None]:
    """Turns every error of writing `path`, TensorFlow's own of a full disk or a missing folder too, into RunError."""
    with write_errors(path):
        try:
            yield
        except (tf.errors.OpError, ValueError) as error:
            raise cannot_write(path, error) from None
