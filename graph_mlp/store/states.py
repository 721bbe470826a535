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
from graph_mlp.errors import RunError, reason
from graph_mlp.store.checkpoints import MODEL
from graph_mlp.store.files import partial_folder, replace_folder, sha256, sync_file, sync_folder, write_json


def save_state(
    folder: Path, session: tf.Session, saver: tf.train.Saver, record: dict[str, Any], projection: Projection | None
) -> None:
    """Writes `folder` with everything `saver` knows, the record and the PCA; it appears whole or not at all.

    Args: record, from `checkpoint_json`. Raises RunError where it cannot be written.
    """
    with tensorflow_errors(folder), partial_folder(folder.parent) as partial:
        saver.save(session, str(partial / MODEL), write_meta_graph=False, write_state=False)
        add_record(partial, record, projection)
        for path in partial.iterdir():
            sync_file(path)
        sync_folder(partial)
        # A damaged state of this name may be there, from before the run went back to an older one.
        replace_folder(folder, partial)
    sync_folder(folder.parent)


def add_record(folder: Path, record: dict[str, Any], projection: Projection | None) -> None:
    """Writes the PCA, if there is one, and the record with the checksums of all files into a partial folder."""
    if projection:
        with open(folder / f'{MODEL}.pca.npz', 'wb') as file:
            projection.save(file)
    checksums = {path.name[len(MODEL) :]: sha256(path) for path in sorted(folder.iterdir())}
    write_json(folder / f'{MODEL}.json', {'format': 1, **record, 'files': checksums})


@contextlib.contextmanager
def tensorflow_errors(path: Path) -> Iterator[None]:
    """Turns TensorFlow's own errors, of a full disk or a missing folder, into RunError."""
    try:
        yield
    except (tf.errors.OpError, ValueError) as error:
        raise RunError(
            f'cannot write {path}: {reason(error)}; make room or mend the folder, then the same command goes on'
        ) from None
