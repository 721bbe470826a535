"""Publishing `saves/model.ckpt`, the last finished run's model.

`saves/model.ckpt` has to be readable by TensorFlow 1.x at any moment, and TensorFlow opens two files one after
the other: the index, then the data that the index names. An index names its data by the number of shards, so a
new model is written with another number of shards, beside the old model's data, and the rename of the index
is the one instant at which readers go from the old to the new. The old data files stay for a minute, for readers
that have opened the old index; the new .json contains the old record too, so that either index has its record.
`saves/checkpoint`, which `tf.train.latest_checkpoint('saves')` reads, comes last: it never names what is not there.
"""

import contextlib
import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.data.pca import Projection
from graph_mlp.store.checkpoints import MODEL
from graph_mlp.store.files import (
    PARTIAL,
    partial_folder,
    sha256,
    sync_file,
    sync_folder,
)
from graph_mlp.store.sealed import read_sealed
from graph_mlp.store.states import add_record, tensorflow_errors

# What `Saver.save` writes; the paths are relative to the folder, so that it can be moved.
CHECKPOINT_STATE = f'model_checkpoint_path: "{MODEL}"\nall_model_checkpoint_paths: "{MODEL}"\n'
PARTIAL_MODEL = f'{PARTIAL}model-'  # begins the name of a folder in which a model is written
READERS_GRACE = 60.0  # seconds that superseded files stay for readers who opened the old index


def publish_model(
    saves: Path,
    values: dict[str, np.ndarray],
    meta_graph: bytes,
    record: dict[str, Any],
    projection: Projection | None,
) -> Path:
    """Makes the variables in `values` the model at `saves/model.ckpt`; returns that prefix.

    A reader at any moment, and after a kill at any moment, finds the old model whole or the new model whole.
    Args: record, from `checkpoint_json`. Raises RunError where it cannot be written.
    """
    prefix = saves / MODEL
    with (
        tensorflow_errors(prefix),
        _exclusive(saves / f'.{MODEL}.lock'),
        partial_folder(saves, PARTIAL_MODEL) as partial,
    ):
        for leftover in saves.glob(f'{PARTIAL_MODEL}*'):  # of a publisher that was killed: this one holds the lock
            if leftover != partial:
                shutil.rmtree(leftover, ignore_errors=True)
        _remove_superseded(prefix)
        _write_bundle(partial / MODEL, values, _unused_shard_count(prefix, len(values)))
        (partial / f'{MODEL}.meta').write_bytes(meta_graph)
        add_record(partial, {**record, 'previous': _current_record(prefix)}, projection)
        (partial / 'checkpoint').write_text(CHECKPOINT_STATE)
        for path in filter(Path.is_file, partial.iterdir()):
            sync_file(path)
        _keep_old_projection(prefix)
        data = sorted(path.name for path in partial.glob(f'{MODEL}.data-*'))
        pca = [f'{MODEL}.pca.npz'] if projection else []
        for name in (*data, *pca, f'{MODEL}.meta', f'{MODEL}.json'):
            os.replace(partial / name, saves / name)
        sync_folder(saves)
        os.replace(partial / f'{MODEL}.index', saves / f'{MODEL}.index')
        sync_folder(saves)
        os.replace(partial / 'checkpoint', saves / 'checkpoint')
        sync_folder(saves)
        if not projection:
            (saves / f'{MODEL}.pca.npz').unlink(missing_ok=True)
    return prefix


def published_dataset(saves: Path) -> str | None:
    """The name of the data set that the model at `saves/model.ckpt` was trained on; None without such a model."""
    config = (_current_record(saves / MODEL) or {}).get('config')
    return config.get('dataset') if isinstance(config, dict) else None


def _write_bundle(prefix: Path, values: dict[str, np.ndarray], shards: int) -> None:
    """Writes a TensorFlow checkpoint of `values` in the given number of data files."""
    names = sorted(values)
    parts = [names[shard::shards] for shard in range(shards)]
    with tf.Graph().as_default(), tf.Session(config=tf.ConfigProto(device_count={'GPU': 0})) as session:
        prefixes = [f'{prefix}.part-{shard}' for shard in range(shards)]
        saves = [
            tf.raw_ops.SaveV2(
                prefix=shard, tensor_names=part, shape_and_slices=[''] * len(part), tensors=[values[n] for n in part]
            )
            for shard, part in zip(prefixes, parts, strict=True)
        ]
        with tf.control_dependencies(saves):
            merge = tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=prefixes, destination_prefix=str(prefix))
        session.run(merge)


def _shard_counts(folder_prefix: Path) -> dict[int, list[Path]]:
    counts: dict[int, list[Path]] = {}
    for path in folder_prefix.parent.glob(f'{folder_prefix.name}.data-*'):
        if match := re.search(r'-of-(\d{5})$', path.name):
            counts.setdefault(int(match[1]), []).append(path)
    return counts


def _unused_shard_count(prefix: Path, most: int) -> int:
    """The smallest number of shards no file has, or else the one whose files are the oldest."""
    counts = _shard_counts(prefix)
    for count in range(1, most + 1):
        if count not in counts:
            return count
    current = _current_shard_count(prefix)
    return min(set(range(1, most + 1)) - {current}, key=lambda n: max(path.stat().st_mtime for path in counts[n]))


def _current_shard_count(prefix: Path) -> int | None:
    record = _current_record(prefix)
    suffixes = record['files'] if record else {}
    return next((int(suffix[-5:]) for suffix in suffixes if suffix.startswith('.data-')), None)


def _current_record(prefix: Path) -> dict[str, Any] | None:
    """The record of the model that readers see now, without its predecessor's."""
    try:
        record = read_sealed(prefix.with_name(prefix.name + '.json')).content
        index = sha256(prefix.with_name(prefix.name + '.index'))
        for candidate in (record, record.get('previous')):
            if candidate and candidate['files']['.index'] == index:
                return {name: value for name, value in candidate.items() if name != 'previous'}
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def _keep_old_projection(prefix: Path) -> None:
    path = prefix.with_name(prefix.name + '.pca.npz')
    if path.exists():
        copy = prefix.with_name(f'{prefix.name}.pca-{sha256(path)[:8]}.npz')
        if not copy.exists():
            try:
                os.link(path, copy)
            except OSError:  # a disk without hard links
                shutil.copy2(path, copy)


def _remove_superseded(prefix: Path) -> None:
    """Removes all files but the current model's, once no reader can still be opening older ones."""
    index = prefix.with_name(prefix.name + '.index')
    current = _current_shard_count(prefix)
    if current is None or time.time() - index.stat().st_mtime < READERS_GRACE:
        return
    for count, paths in _shard_counts(prefix).items():
        for path in paths if count != current else ():
            path.unlink(missing_ok=True)
    for path in prefix.parent.glob(f'{prefix.name}.pca-*.npz'):
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    with open(path, 'wb') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released by the kernel, also after kill -9
        yield
