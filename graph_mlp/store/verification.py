"""Whether the files of a checkpoint are those that its record names, unchanged."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from graph_mlp.errors import CheckpointError
from graph_mlp.store.files import sha256
from graph_mlp.store.sealed import SealedRecord, read_sealed

PARTS = re.compile(r'\.index|\.data-\d{5}-of-\d{5}|\.meta|\.pca\.npz')  # suffixes of the files that a record names
_CHECKSUM = re.compile('[0-9a-f]{64}')
_MOST_ATTEMPTS = 20  # to verify a checkpoint that is being replaced, 0.1 s apart


class Unreadable(CheckpointError):
    """A file of a checkpoint could not be read, though it may be whole."""


class Verified(NamedTuple):
    """What is known of a checkpoint whose files are all there and unchanged."""

    record: SealedRecord | None  # None: not written by this program
    checksums: dict[str, str]  # of the files by suffix, in alphabetical order


def part_file(prefix: Path, suffix: str) -> Path:
    """The file of a checkpoint that has this suffix: '.index', '.json', ..."""
    return prefix.with_name(prefix.name + suffix)


def verify(source: Path, local_file: Callable[[Path, str], Path]) -> Verified:
    """Verifies the files at the prefix `source`.

    Args: local_file, called with the path of a file and its suffix; returns the path to verify and read instead.
    Raises CheckpointError where a file is missing or changed, Unreadable where it cannot be read.
    """
    try:
        index = sha256(local_file(part_file(source, '.index'), '.index'))
        record = _read_record(part_file(source, '.json'), index)
        if record is None:
            checksums = {
                suffix: sha256(local_file(part_file(source, suffix), suffix)) for suffix in _data_suffixes(source)
            }
        else:
            # The index is verified already, and a graph is never taken from a file.
            files = {name: value for name, value in record.content['files'].items() if name not in ('.index', '.meta')}
            checksums = {
                suffix: _verify_part(source, suffix, checksum, local_file) for suffix, checksum in files.items()
            }
        return Verified(record, dict(sorted({**checksums, '.index': index}.items())))
    except FileNotFoundError as error:
        raise CheckpointError(f'{error.filename} is missing: restore it from a copy, or train again') from None
    except OSError as error:
        path = error.filename or source
        raise Unreadable(f'cannot read {path}: {error.strerror}; mend that, then type the same command') from None
    except ValueError as error:
        raise CheckpointError(f'{source}: {error}') from None


def verify_patiently(source: Path, local_file: Callable[[Path, str], Path]) -> Verified:
    """The same as `verify`; while a newer model is published, old and new files are mixed, and it tries again."""
    for _ in range(_MOST_ATTEMPTS - 1):
        try:
            return verify(source, local_file)
        except CheckpointError:
            if not _is_being_replaced(source):
                raise
            time.sleep(0.1)
    return verify(source, local_file)


def _is_being_replaced(prefix: Path) -> bool:
    index = part_file(prefix, '.index')
    return not index.exists() or abs(time.time() - index.stat().st_mtime) < 10


def _data_suffixes(source: Path) -> list[str]:
    names = [path.name for path in source.parent.iterdir() if path.name.startswith(f'{source.name}.data-')]
    suffixes = [name[len(source.name) :] for name in names]
    if not (data_suffixes := sorted(filter(PARTS.fullmatch, suffixes))):
        raise CheckpointError(f'{source}.data-00000-of-00001 is missing: copy it beside {source.name}.index')
    return data_suffixes


def _verify_part(source: Path, suffix: str, checksum: str, local_file: Callable[[Path, str], Path]) -> str:
    """Takes the file that has this checksum; returns it."""
    path = part_file(source, suffix)
    # The projection of the model before may have given way already, but not its copy.
    paths = (path, part_file(source, f'.pca-{checksum[:8]}.npz')) if suffix == '.pca.npz' else (path,)
    for candidate in paths:
        if candidate.is_file() and sha256(local_file(candidate, suffix)) == checksum:
            return checksum
    condition = 'damaged' if path.is_file() else 'missing'
    raise CheckpointError(f'{path} is {condition}: restore it from a copy, or train again')


def _read_record(path: Path, index_sha256: str) -> SealedRecord | None:
    """The record in `path` that belongs to an index of this checksum; the file may hold the previous one too."""
    try:
        sealed = read_sealed(path)
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise CheckpointError(f'{path} is damaged ({error}): restore it from a copy, or train again') from None
    for candidate in (sealed.content, sealed.content.get('previous')):
        if not isinstance(candidate, dict) or not isinstance(candidate.get('files'), dict):
            continue
        files = candidate['files']
        is_sound = all(PARTS.fullmatch(name) and _CHECKSUM.fullmatch(str(value)) for name, value in files.items())
        if is_sound and files.get('.index') == index_sha256:
            return sealed._replace(content=candidate)
    raise CheckpointError(f'{path} does not belong to the .index beside it: one of them is damaged or from elsewhere')
