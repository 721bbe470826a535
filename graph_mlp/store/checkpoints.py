"""What a checkpoint is on disk, and how it is located, verified and opened.

<prefix>.index, <prefix>.data-*     TensorFlow's, readable by TensorFlow 1.x
<prefix>.json                       its record: configuration, identity, figures, SHA-256 of all files and of itself
<prefix>.pca.npz                    only with PCA
"""

import contextlib
import errno
import hashlib
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from graph_mlp.data.regular import open_regular
from graph_mlp.errors import CheckpointError, RunError, UsageError
from graph_mlp.store.records import CheckpointRecord
from graph_mlp.store.sealed import SealedRecord
from graph_mlp.store.verification import part_file, verify, verify_patiently

MODEL = 'model.ckpt'
_PART_AT_END = re.compile(r'(\.index|\.data-\d{5}-of-\d{5}|\.meta|\.json|\.pca\.npz)$')


class Checkpoint(NamedTuple):
    """An opened checkpoint, its files verified against the record."""

    source: Path  # the prefix that the user named
    prefix: Path  # to read from: of private copies, or the same
    record: CheckpointRecord | None  # None: not written by this program, the notebook's own for instance

    @property
    def pca_file(self) -> Path | None:
        """The PCA that belongs to the checkpoint, or None."""
        path = part_file(self.prefix, '.pca.npz')
        return path if path.is_file() else None


def find_prefix(path: Path) -> Path:
    """The prefix that `path` means: a prefix, one of a checkpoint's files, or a folder that holds just one.

    Raises CheckpointError, saying what does exist, where there is none.
    """
    prefix = path.with_name(_PART_AT_END.sub('', path.name)) if path.name else path
    if path.is_dir():
        indexes = sorted(_indexes(path, '*.index'))
        states = sorted((path / 'checkpoints').glob('epoch-*/*.index'), key=_numbers_in_name)
        if len(indexes) == 1 or states:
            return (indexes[:1] or states[-1:])[0].with_suffix('')
        content = f'{len(indexes)} checkpoints: name one of them' if indexes else 'no checkpoint'
        raise CheckpointError(f'folder {path} holds {content}{_existing_checkpoints(path)}')
    if not part_file(prefix, '.index').is_file():
        raise CheckpointError(
            f'there is no checkpoint {prefix} (no file {prefix.name}.index){_existing_checkpoints(prefix.parent)}'
        )
    return prefix


def _numbers_in_name(index: Path) -> list[int]:
    return [int(number) for number in re.findall(r'\d+', index.parent.name)]


def _existing_checkpoints(folder: Path) -> str:
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    prefixes = sorted({index.with_suffix('') for index in _indexes(folder, '*.index', '*/*.index')})
    return f'; there is {", ".join(map(str, prefixes[:5]))}' if prefixes else '; train one with bin/train'


def _indexes(folder: Path, *patterns: str) -> list[Path]:
    """Without hidden files, such as macOS makes beside every file on a foreign disk."""
    return [path for pattern in patterns for path in folder.glob(pattern) if not path.name.startswith('.')]


@contextlib.contextmanager
def open_checkpoint(path: Path) -> Iterator[Checkpoint]:
    """Copies and verifies the checkpoint that `path` means; the copies are gone at the end.

    TensorFlow reads only the copies, so that a training run may publish a newer model meanwhile.
    Raises CheckpointError where it does not exist, lacks a part, or differs from its own record; RunError where
    there is no room for the copies.
    """
    source = find_prefix(path)
    with _temporary_folder() as folder:

        def copied(path: Path, suffix: str) -> Path:
            return _copied(path, part_file(folder / MODEL, suffix))

        verified = verify_patiently(source, copied)
        yield Checkpoint(source, folder / MODEL, _checkpoint_record(source, verified.record))


@contextlib.contextmanager
def open_in_place(prefix: Path) -> Iterator[Checkpoint]:
    """Verifies a checkpoint that nobody replaces meanwhile: one of a run whose lock this process holds.

    Raises CheckpointError where it lacks a part or differs from its own record, Unreadable where it cannot be read.
    """
    if re.search(r'[*?\[\\]', str(prefix)):  # TensorFlow takes the path for a pattern
        with open_checkpoint(prefix) as checkpoint:
            yield checkpoint
    else:
        yield Checkpoint(prefix, prefix, _checkpoint_record(prefix, verify(prefix, _in_place).record))


def _in_place(path: Path, suffix: str) -> Path:
    return path


@contextlib.contextmanager
def _temporary_folder() -> Iterator[Path]:
    try:
        folder = tempfile.TemporaryDirectory(prefix='graph_mlp-')
    except OSError as error:
        raise RunError(f'no temporary folder can be made ({error.strerror}): name one by TMPDIR') from None
    with folder as name:
        yield Path(name)


def _copied(source: Path, target: Path) -> Path:
    try:
        with open_regular(source) as file, open(target, 'wb') as copy:
            shutil.copyfileobj(file, copy)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise RunError(
            f'there is no room in {target.parent.parent} for a copy of {source}: make room there, or name another '
            'folder by TMPDIR'
        ) from None
    return target


def _checkpoint_record(source: Path, sealed: SealedRecord | None) -> CheckpointRecord | None:
    if sealed is None:
        return None
    if not sealed.is_checked:
        print(
            f'{source}.json is of a version before 1.4, without a checksum: what it says is unchecked', file=sys.stderr
        )
    try:
        return CheckpointRecord.from_json(sealed.content)
    except (ValueError, UsageError) as error:
        raise CheckpointError(f'{source}.json: {error}') from None


def fingerprint(path: Path) -> str:
    """A checksum of the weights of the checkpoint that `path` means: of its index and its data."""
    checksums = verify_patiently(find_prefix(path), _in_place).checksums
    weights = [checksum for suffix, checksum in checksums.items() if suffix != '.pca.npz']
    return hashlib.sha256(''.join(weights).encode()).hexdigest()


def recorded_dataset(path: Path) -> str:
    """The name of the data set that the checkpoint's record says it was trained on; 'mnist' where it does not say."""
    record = verify_patiently(find_prefix(path), _in_place).record
    config: Any = record.content.get('config') if record else None
    name = config.get('dataset') if isinstance(config, dict) else None
    return name if isinstance(name, str) else 'mnist'
