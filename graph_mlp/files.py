"""Files that appear complete or not at all, and their checksums.

Every commit (a training state, a published model, a report, an exported file) is `partial_folder` or `atomic_write`,
which write beside the target under a hidden name, and `commit`, which syncs, renames and syncs the folder.
"""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from graph_mlp.errors import RunError, reason

PARTIAL = '.partial-'  # begins the name of every file and folder that is not complete yet


def open_regular(path: Path) -> BinaryIO:
    """Opens a file to be read; raises ValueError where it is not a regular file, at once, and OSError."""
    # A pipe would never open, and a device never end.
    file = open(path, 'rb', opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK))  # noqa: SIM115
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise ValueError('it is not a regular file')
    return file


def sha256(content: Path | bytes) -> str:
    """The checksum of a file's content or of bytes, in hex; raises ValueError where it is no regular file, OSError."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    digest = hashlib.sha256()
    with open_regular(content) as file:
        while piece := file.read(2**20):
            digest.update(piece)
    return digest.hexdigest()


@contextlib.contextmanager
def partial_folder(parent: Path, name: str = '') -> Iterator[Path]:
    """A hidden folder within `parent`, removed at the end unless it was committed; raises OSError where it cannot.

    `name` follows PARTIAL in its name, so that those of killed processes can be found.
    """
    folder = parent / f'{PARTIAL}{name}-{uuid.uuid4().hex[:12]}'
    folder.mkdir()
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if folder.exists():
        shutil.rmtree(folder)


def commit(partial: Path, target: Path, replace: bool = True) -> None:
    """Gives a complete file or folder the name `target`, once all of it is on the disk.

    A file takes the place of another at one instant; a folder that is there is moved aside before. Raises
    FileExistsError where something is there and `replace` is False, OSError.
    """
    for path in (*partial.rglob('*'), partial):
        sync(path)
    if replace:
        if partial.is_dir() and target.exists():
            remove(target)
        os.replace(partial, target)
    else:
        _rename_beside(partial, target)
    sync(target.parent)


def _rename_beside(partial: Path, target: Path) -> None:
    try:
        os.link(partial, target)  # fails where the target exists, even if it has appeared just now
    except FileExistsError:
        raise
    except OSError:  # a folder, or a disk without hard links
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        os.rename(partial, target)
    else:
        partial.unlink()


def remove(path: Path) -> None:
    """Removes a file, or a folder so that a kill on the way leaves nothing that looks like a complete one."""
    if path.is_symlink() or not path.is_dir():
        path.unlink()
        return
    aside = path.with_name(PARTIAL + path.name.removeprefix(PARTIAL))
    if aside != path:
        shutil.rmtree(aside, ignore_errors=True)
        os.rename(path, aside)
    shutil.rmtree(aside, ignore_errors=True)


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """An open file that takes the place of `path` once the block has ended without an error."""
    partial = path.with_name(f'{PARTIAL}{uuid.uuid4().hex[:12]}')
    try:
        with open(partial, 'xb') as file:
            yield file
        commit(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def write_file(path: Path, content: bytes | str) -> None:
    """Replaces `path` by `content`, making its folder where it is missing; raises RunError where it cannot."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as file:
            file.write(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        why = f'{path.parent} is a file' if path.parent.is_file() else error.strerror
        raise RunError(f'cannot write {path}: {why}; name another place') from None


def as_json(record: Any) -> str:
    """`record`, indented; a float that is not finite is an error, since JSON has none."""
    return json.dumps(record, indent=1, allow_nan=False) + '\n'


def read_json(path: Path, largest: int = 2**26) -> Any:
    """Reads JSON of at most `largest` bytes; raises ValueError where it is larger or not JSON, OSError."""
    with open_regular(path) as file:
        content = file.read(largest + 1)
    if len(content) > largest:
        raise ValueError(f'larger than {largest} bytes')
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError('nested too deeply') from None


@contextlib.contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """Turns an error of writing a run's `path`, TensorFlow's own of a full disk too, into RunError."""
    try:
        yield
    except Exception as error:
        # TensorFlow's errors have a code; its Saver raises ValueError where the folder is gone.
        if not isinstance(error, (OSError, ValueError)) and not hasattr(error, 'error_code'):
            raise
        raise _cannot_write(path, error) from None


def _cannot_write(path: Path, error: Exception) -> RunError:
    filename = getattr(error, 'filename', None)
    folder = Path(filename if isinstance(filename, str) else path).parent
    while folder.name.startswith(PARTIAL):  # which has been removed by now, whatever the error was
        folder = folder.parent
    is_missing = not isinstance(error, OSError) or isinstance(error, (FileNotFoundError, NotADirectoryError))
    if is_missing and not folder.is_dir():
        advice = 'type the same command again: it resumes from what is left of the run'
        return RunError(f'cannot write {path}: the folder {folder} is gone; {advice}')
    is_denied = isinstance(error, PermissionError)
    remedy = 'let this user change what is in it' if is_denied else 'make room or mend the folder'
    why = error.strerror if isinstance(error, OSError) and error.strerror else reason(error)
    return RunError(
        f'cannot write {path}: {why}; {remedy}, then the same command, without --overwrite, resumes the run'
    )


def sync(path: Path) -> None:
    """Waits until a file's content, or a folder's names, would survive a power failure."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
