"""What a checkpoint is on disk, and how it is located, verified and opened. Nothing here needs TensorFlow.

<prefix>.index, <prefix>.data-*     TensorFlow's, readable by TensorFlow 1.x
<prefix>.json                       its manifest
<prefix>.pca.npz                    only with PCA
<prefix>.history.npy                only in a training state
"""

import contextlib
import errno
import glob
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from graph_mlp.errors import CheckpointError, RunError
from graph_mlp.files import open_regular, sha256
from graph_mlp.store.manifest import Manifest, read_sealed

MODEL = 'model.ckpt'
PARTS = re.compile(r'\.index|\.data-\d{5}-of-\d{5}|\.meta|\.pca\.npz|\.history\.npy')  # of the files in a manifest
_PART_AT_END = re.compile(rf'({PARTS.pattern}|\.json)$')
_CHECKSUM = re.compile('[0-9a-f]{64}')
_TABLE_END = bytes.fromhex('57fb808b247547db')  # LevelDB's magic number
_MOST_ATTEMPTS = 20  # to verify a checkpoint that is being replaced, 0.1 s apart

LocalFile = Callable[[Path, str], Path]  # from a file and its suffix to the path to verify and read instead


class Unreadable(CheckpointError):
    """A file of a checkpoint could not be read, though it may be complete."""


class Checkpoint(NamedTuple):
    """A checkpoint, its files verified against its manifest."""

    source: Path  # the prefix that the user named
    prefix: Path  # to read from: of private copies, or the same
    manifest: Manifest | None  # None: not written by this program, the notebook's own for instance
    checksums: dict[str, str]  # SHA-256 of the files by suffix, in alphabetical order


def part_file(prefix: Path, suffix: str) -> Path:
    """The file of a checkpoint that has this suffix: '.index', '.json', ..."""
    return prefix.with_name(prefix.name + suffix)


def find_prefix(path: Path) -> Path:
    """The prefix that `path` means: a prefix, one of a checkpoint's files, or a folder that holds just one.

    Raises CheckpointError, saying what does exist, where there is none.
    """
    prefix = path.with_name(_PART_AT_END.sub('', path.name)) if path.name else path
    if path.is_dir():
        indexes = sorted(_indexes(path, '*.index'))
        states = list((path / 'checkpoints').glob('epoch-*/*.index'))
        states.sort(key=lambda index: [int(number) for number in re.findall(r'\d+', index.parent.name)])
        if len(indexes) == 1 or states:
            return (indexes[:1] or states[-1:])[0].with_suffix('')
        if not indexes:
            _refuse_version_1(path, '*')
        content = f'{len(indexes)} checkpoints: name one of them' if indexes else 'no checkpoint'
        raise CheckpointError(f'folder {path} holds {content}{_existing_checkpoints(path)}')
    if not part_file(prefix, '.index').is_file():
        _refuse_version_1(prefix.parent, f'{glob.escape(prefix.name)}*')
        raise CheckpointError(
            f'there is no checkpoint {prefix} (no file {prefix.name}.index){_existing_checkpoints(prefix.parent)}'
        )
    return prefix


def _refuse_version_1(folder: Path, pattern: str) -> None:
    """Raises CheckpointError where a file is a checkpoint of Saver's V1 format, a table without a file `.index`."""
    for path in sorted(path for path in folder.glob(pattern) if path.is_file() and path.suffix != '.index'):
        with contextlib.suppress(OSError, ValueError), open_regular(path) as file:
            file.seek(-len(_TABLE_END), os.SEEK_END)
            if file.read() == _TABLE_END:
                raise CheckpointError(
                    f"{path} is a checkpoint in Saver's V1 format: restore it in TensorFlow and save it again with "
                    'write_version=tf.train.SaverDef.V2'
                )


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
    Raises CheckpointError where it does not exist, lacks a part, or differs from its own manifest; RunError where
    there is no room for the copies.
    """
    source = find_prefix(path)
    try:
        folder = tempfile.TemporaryDirectory(prefix='graph_mlp-')
    except OSError as error:
        raise RunError(f'no temporary folder can be made ({error.strerror}): name one by TMPDIR') from None
    with folder:
        prefix = Path(folder.name) / MODEL
        verified = _verified_patiently(source, lambda path, suffix: _copied(path, part_file(prefix, suffix)))
        yield verified._replace(prefix=prefix)


def verified(source: Path, local_file: LocalFile = lambda path, suffix: path) -> Checkpoint:
    """The checkpoint at the prefix `source`, which nobody replaces meanwhile.

    Raises CheckpointError where a file is missing or changed, Unreadable where it cannot be read.
    """
    try:
        index = sha256(local_file(part_file(source, '.index'), '.index'))
        record = _record_of(part_file(source, '.json'), index)
        if record is None:
            names = [path.name for path in source.parent.iterdir() if path.name.startswith(f'{source.name}.data-')]
            suffixes = sorted(filter(PARTS.fullmatch, (name[len(source.name) :] for name in names)))
            if not suffixes:
                raise CheckpointError(f'{source}.data-00000-of-00001 is missing: copy it beside {source.name}.index')
            manifest, expected = None, dict.fromkeys(suffixes)
        else:
            manifest = Manifest.from_json(record)
            # The index is verified already, and a graph is never taken from a file.
            expected = {name: value for name, value in manifest.files.items() if name not in ('.index', '.meta')}
        checksums = {suffix: _part_sha256(source, suffix, value, local_file) for suffix, value in expected.items()}
        return Checkpoint(source, source, manifest, dict(sorted({**checksums, '.index': index}.items())))
    except FileNotFoundError as error:
        raise CheckpointError(f'{error.filename} is missing: restore it from a copy, or train again') from None
    except OSError as error:
        path = error.filename or source
        raise Unreadable(f'cannot read {path}: {error.strerror}; mend that, then type the same command') from None
    except ValueError as error:
        raise CheckpointError(f'{source}: {error}') from None


def _verified_patiently(source: Path, local_file: LocalFile) -> Checkpoint:
    """While a newer model is published, old and new files are mixed, and it tries again."""
    for _ in range(_MOST_ATTEMPTS - 1):
        try:
            return verified(source, local_file)
        except CheckpointError:
            index = part_file(source, '.index')
            if index.exists() and abs(time.time() - index.stat().st_mtime) >= 10:
                raise
            time.sleep(0.1)
    return verified(source, local_file)


def current_record(prefix: Path) -> dict[str, Any] | None:
    """The JSON of the manifest that belongs to the .index of `prefix`; None where there is none, or it is damaged."""
    try:
        return _record_of(part_file(prefix, '.json'), sha256(part_file(prefix, '.index')))
    except (OSError, ValueError, CheckpointError):
        return None


def _record_of(path: Path, index_sha256: str) -> dict[str, Any] | None:
    """The record in `path` that belongs to an index of this checksum; the file may hold the previous one too."""
    try:
        content = read_sealed(path)
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise CheckpointError(f'{path} is damaged ({error}): restore it from a copy, or train again') from None
    for record in (content, content.get('previous')):
        if not isinstance(record, dict) or not isinstance(files := record.get('files'), dict):
            continue
        is_sound = all(PARTS.fullmatch(name) and _CHECKSUM.fullmatch(str(value)) for name, value in files.items())
        if is_sound and files.get('.index') == index_sha256:
            return {name: value for name, value in record.items() if name != 'previous'}
    raise CheckpointError(f'{path} does not belong to the .index beside it: one of them is damaged or from elsewhere')


def _part_sha256(source: Path, suffix: str, expected: str | None, local_file: LocalFile) -> str:
    """The checksum of a file; `expected` None: of whatever it holds."""
    path = part_file(source, suffix)
    if expected is None:
        return sha256(local_file(path, suffix))
    # While a model is published its PCA may have given way already, but not the copy (store/publish.py).
    paths = (path, part_file(source, f'.pca-{expected[:8]}.npz')) if suffix == '.pca.npz' else (path,)
    for candidate in paths:
        if candidate.is_file() and sha256(local_file(candidate, suffix)) == expected:
            return expected
    condition = 'damaged' if path.is_file() else 'missing'
    raise CheckpointError(f'{path} is {condition}: restore it from a copy, or train again')


def _copied(source: Path, target: Path) -> Path:
    try:
        with open_regular(source) as file, open(target, 'wb') as copy:
            shutil.copyfileobj(file, copy)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        where = f'no room in {target.parent.parent} for a copy of {source}'
        raise RunError(f'there is {where}: make room there, or name another folder by TMPDIR') from None
    return target


def fingerprint(checkpoint: Checkpoint) -> str:
    """A checksum of the weights of a checkpoint: of its index and its data."""
    weights = [value for suffix, value in checkpoint.checksums.items() if suffix == '.index' or '.data-' in suffix]
    return sha256(''.join(weights).encode())
