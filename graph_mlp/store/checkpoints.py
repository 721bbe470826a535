"""What a checkpoint is on disk, and how it is located, copied and verified.

<prefix>.index, <prefix>.data-*     TensorFlow's, readable by TensorFlow 1.x
<prefix>.json                       its record: configuration, identity, figures, SHA-256 of the other files
<prefix>.pca.npz                    only with PCA
"""

import contextlib
import hashlib
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from graph_mlp.errors import CheckpointError, UsageError
from graph_mlp.store.files import read_json, sha256
from graph_mlp.store.records import CheckpointRecord

MODEL = 'model.ckpt'
PARTS = re.compile(r'\.index|\.data-\d{5}-of-\d{5}|\.meta|\.pca\.npz')
_PART_AT_END = re.compile(r'(\.index|\.data-\d{5}-of-\d{5}|\.meta|\.json|\.pca\.npz)$')
_CHECKSUM = re.compile('[0-9a-f]{64}')
_MOST_ATTEMPTS = 20  # to copy a checkpoint that is being replaced, 0.1 s apart


class Checkpoint(NamedTuple):
    """An opened checkpoint: private copies of its files, verified against the record."""

    source: Path  # the prefix that the user named
    prefix: Path  # of the private copies
    record: CheckpointRecord | None  # None: not written by this program, the notebook's own for instance

    @property
    def pca_file(self) -> Path | None:
        """The private copy of the PCA that belongs to the checkpoint, or None."""
        path = _part(self.prefix, '.pca.npz')
        return path if path.is_file() else None


def find_prefix(path: Path) -> Path:
    """The prefix that `path` means: a prefix, one of a checkpoint's files, or a folder that holds just one.

    Raises CheckpointError, saying what does exist, where there is none.
    """
    prefix = path.with_name(_PART_AT_END.sub('', path.name)) if path.name else path
    if path.is_dir():
        indexes = sorted(path.glob('*.index'))
        states = sorted((path / 'checkpoints').glob('epoch-*/*.index'))
        if len(indexes) == 1 or states:
            return (indexes[:1] or states[-1:])[0].with_suffix('')
        content = f'{len(indexes)} checkpoints: name one of them' if indexes else 'no checkpoint'
        raise CheckpointError(f'folder {path} holds {content}{_nearby(path)}')
    if not _part(prefix, '.index').is_file():
        raise CheckpointError(f'there is no checkpoint {prefix} (no file {prefix.name}.index){_nearby(prefix.parent)}')
    return prefix


def _nearby(folder: Path) -> str:
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    prefixes = sorted({index.with_suffix('') for index in (*folder.glob('*.index'), *folder.glob('*/*.index'))})
    return f'; there is {", ".join(map(str, prefixes[:5]))}' if prefixes else '; train one with bin/train'


@contextlib.contextmanager
def open_checkpoint(path: Path) -> Iterator[Checkpoint]:
    """Copies and verifies the checkpoint that `path` means; the copies are gone at the end.

    TensorFlow reads only the copies, so that a training run may publish a newer model meanwhile.
    Raises CheckpointError where it does not exist, lacks a part, or differs from its own record.
    """
    source = find_prefix(path)
    with tempfile.TemporaryDirectory(prefix='graph_mlp-') as folder:
        for attempt in range(_MOST_ATTEMPTS):
            try:
                record = _copy(source, Path(folder) / MODEL)
                break
            except (CheckpointError, OSError) as error:
                # While a newer model is published, old and new files are mixed for a moment: try again.
                if attempt == _MOST_ATTEMPTS - 1 or not _is_changing(source):
                    reason = error if isinstance(error, CheckpointError) else f'{source}: {error}'
                    raise CheckpointError(str(reason)) from None
                time.sleep(0.1)
        yield Checkpoint(source, Path(folder) / MODEL, record)


def _is_changing(prefix: Path) -> bool:
    index = _part(prefix, '.index')
    return not index.exists() or abs(time.time() - index.stat().st_mtime) < 10


def _part(prefix: Path, suffix: str) -> Path:
    return prefix.with_name(prefix.name + suffix)


def _copy(source: Path, target: Path) -> CheckpointRecord | None:
    shutil.copyfile(_part(source, '.index'), _part(target, '.index'))
    record = _read_record(_part(source, '.json'), sha256(_part(target, '.index')))
    if record is None:
        data = [path.name[len(source.name) :] for path in source.parent.glob(f'{source.name}.data-*')]
        if not data:
            raise CheckpointError(f'{source}.data-00000-of-00001 is missing: copy it beside {source.name}.index')
        for suffix in data:
            shutil.copyfile(_part(source, suffix), _part(target, suffix))
        return None
    for suffix, checksum in record['files'].items():
        if suffix == '.meta':  # a graph is never taken from a file
            continue
        kept_pca = _part(source, f'.pca-{checksum[:8]}.npz') if suffix == '.pca.npz' else None
        for path in filter(None, (_part(source, suffix), kept_pca)):
            if path.is_file() and sha256(path) == checksum:
                shutil.copyfile(path, _part(target, suffix))
                break
        else:
            condition = 'damaged' if _part(source, suffix).is_file() else 'missing'
            raise CheckpointError(f'{source}{suffix} is {condition}: restore it from a copy, or train again')
    try:
        return CheckpointRecord.from_json(record)
    except (ValueError, UsageError) as error:
        raise CheckpointError(f'{source}.json: {error}') from None


def _read_record(path: Path, index_sha256: str) -> dict[str, Any] | None:
    """The record in `path` that belongs to an index of this checksum; the file may hold the previous one too."""
    try:
        record = read_json(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise CheckpointError(f'{path} is damaged ({error}): restore it from a copy, or train again') from None
    for candidate in (record, record.get('previous') if isinstance(record, dict) else None):
        if not isinstance(candidate, dict) or not isinstance(candidate.get('files'), dict):
            continue
        files = candidate['files']
        is_sound = all(PARTS.fullmatch(name) and _CHECKSUM.fullmatch(str(value)) for name, value in files.items())
        if is_sound and files.get('.index') == index_sha256:
            return candidate
    raise CheckpointError(f'{path} does not belong to the .index beside it: one of them is damaged or from elsewhere')


def fingerprint(path: Path) -> str:
    """A checksum of the weights of the checkpoint that `path` means: of its index and its data."""
    with open_checkpoint(path) as checkpoint:
        parts = sorted(path for path in checkpoint.prefix.parent.iterdir() if path.suffix != '.npz')
        return hashlib.sha256(''.join(map(sha256, parts)).encode()).hexdigest()


def recorded_dataset(path: Path) -> str:
    """'digits' where the checkpoint's record says that it was trained on them, else 'mnist'."""
    with open_checkpoint(path) as checkpoint:
        return 'digits' if checkpoint.record and checkpoint.record.config.dataset == 'digits' else 'mnist'
