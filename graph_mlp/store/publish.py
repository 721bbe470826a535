"""Publishing `saves/model.ckpt`, the last finished run's model.

`saves/model.ckpt` has to be readable by TensorFlow 1.x at any moment, and TensorFlow opens two files one after the
other: the index, then the data that the index names. An index names its data by the number of shards. So a new model
is written twice: in two shards beside the old one's data, then in one shard in their place. Each time the rename of the
index is the instant at which readers change; the .json contains the previous manifest too, so that either index has its
own. `saves/checkpoint`, which `tf.train.latest_checkpoint('saves')` reads, comes last: it never names what is missing.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.data.pca import Projection
from graph_mlp.files import PARTIAL, commit, partial_folder, sha256, write_errors
from graph_mlp.store.checkpoint import MODEL, PARTS, current_record, part_file
from graph_mlp.store.manifest import Manifest, write_sealed

# What `Saver.save` writes; the paths are relative to the folder, so that it can be moved.
CHECKPOINT_STATE = f'model_checkpoint_path: "{MODEL}"\nall_model_checkpoint_paths: "{MODEL}"\n'


def publish_model(
    saves: Path, values: dict[str, np.ndarray], meta_graph: bytes, manifest: Manifest, projection: Projection | None
) -> Path:
    """Makes the variables in `values` the model at `saves/model.ckpt`; returns that prefix.

    A reader at any moment, and after a kill at any moment, finds the old model or the new one, complete. Who opens the
    index just before its data are replaced gets an error from TensorFlow, never a mixture, and opens it again. The
    `.meta` file is replaced before the index: after a kill between them it is the new one, until the run is resumed.

    Args: values, the network's and the optimizer's variables by name; meta_graph, the content of the `.meta` file;
    manifest of the run, to which the files' checksums are added; projection, its PCA. Raises RunError.
    """
    prefix = saves / MODEL
    with write_errors(prefix), _exclusive(saves / f'.{MODEL}.lock'):
        for leftover in saves.glob(f'{PARTIAL}{MODEL}-*'):  # of a publisher that was killed
            shutil.rmtree(leftover)
        for shards in _shard_counts(prefix):
            with partial_folder(saves, MODEL) as partial:
                _write_bundle(partial / MODEL, values, shards)
                part_file(partial / MODEL, '.meta').write_bytes(meta_graph)
                write_manifest(partial, manifest, projection, current_record(prefix))
                (partial / 'checkpoint').write_text(CHECKPOINT_STATE)
                _keep_old_projection(prefix)
                names = {path.name for path in partial.iterdir()}
                last = [f'{MODEL}.json', f'{MODEL}.index', 'checkpoint']
                for name in (*sorted(names.difference(last)), *last):
                    commit(partial / name, saves / name)
        kept = part_file(prefix, '.data-00000-of-00001')
        for path in (*saves.glob(f'{MODEL}.data-*'), *saves.glob(f'{MODEL}.pca-*.npz')):
            if path != kept:
                path.unlink()
        if not projection:
            part_file(prefix, '.pca.npz').unlink(missing_ok=True)
    return prefix


def write_manifest(
    folder: Path, manifest: Manifest, projection: Projection | None, previous: dict[str, object] | None = None
) -> None:
    """Completes a checkpoint in a partial folder: writes its PCA, and its manifest with the checksums of all files.

    Args: folder, of which what else lies there, such as a file that a network's disk keeps under another name until it
    is closed, is no part; manifest, without the checksums; projection, None without PCA; previous, the manifest of the
    model that is replaced, as JSON.
    """
    if projection:
        with open(folder / f'{MODEL}.pca.npz', 'wb') as file:
            projection.save(file)
    suffixes = {path.name.removeprefix(MODEL): path for path in sorted(folder.iterdir())}
    checksums = {suffix: sha256(path) for suffix, path in suffixes.items() if PARTS.fullmatch(suffix)}
    record = msgspec.to_builtins(msgspec.structs.replace(manifest, files=checksums))
    write_sealed(folder / f'{MODEL}.json', record | ({'previous': previous} if previous else {}))


def published_dataset(saves: Path) -> str | None:
    """The name of the data set that the model at `saves/model.ckpt` was trained on; None without such a model."""
    config = (current_record(saves / MODEL) or {}).get('config')
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


def _shard_counts(prefix: Path) -> tuple[int, ...]:
    """In how many shards to write a model, one after the other: each beside the data that the index names by then."""
    files = (current_record(prefix) or {}).get('files', {})
    return (2, 1) if '.data-00000-of-00001' in files else (1,)


def _keep_old_projection(prefix: Path) -> None:
    path = part_file(prefix, '.pca.npz')
    if path.exists():
        copy = part_file(prefix, f'.pca-{sha256(path)[:8]}.npz')
        if not copy.exists():
            try:
                os.link(path, copy)
            except OSError:  # a disk without hard links
                shutil.copy2(path, copy)


@contextlib.contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    with open(path, 'wb') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released by the kernel, also after kill -9
        yield
