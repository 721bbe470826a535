"""Files that appear whole or not at all."""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from graph_mlp.data.regular import open_regular
from graph_mlp.errors import RunError, reason

PARTIAL = '.partial-'  # begins the name of every file and folder that is not complete yet


def cannot_write(path: Path, error: Exception) -> RunError:
    """What to say where a run cannot write `path`, because of an error of the operating system or of TensorFlow."""
    filename = getattr(error, 'filename', None)
    folder = Path(filename if isinstance(filename, str) else path).parent
    while folder.name.startswith(PARTIAL):  # which has been removed by now, whatever the error was
        folder = folder.parent
    is_missing = not isinstance(error, OSError) or isinstance(error, (FileNotFoundError, NotADirectoryError))
    if is_missing and not folder.is_dir():
        advice = 'start the run again, and it goes on from what is left of it'
        return RunError(f'cannot write {path}: the folder {folder} is gone; {advice}')
    is_forbidden = isinstance(error, PermissionError)
    remedy = 'let this user change what is in it' if is_forbidden else 'make room or mend the folder'
    why = error.strerror if isinstance(error, OSError) and error.strerror else reason(error)
    return RunError(f'cannot write {path}: {why}; {remedy}, and start the run again without --overwrite: it goes on')


@contextlib.contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """Turns an OSError of writing `path` into RunError."""
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error) from None


def sync_folder(folder: Path) -> None:
    """Makes renames within `folder` survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Makes the content of `path` survive a power failure."""
    with open(path, 'rb') as file:
        os.fsync(file.fileno())


@contextlib.contextmanager
def partial_folder(parent: Path, prefix: str = PARTIAL) -> Iterator[Path]:
    """A temporary folder within `parent`, gone at the end whatever happens, unless it was renamed."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_folder(path: Path) -> None:
    """Removes a folder so that a kill on the way leaves nothing that looks like a checkpoint."""
    aside = path.with_name(PARTIAL + path.name.removeprefix(PARTIAL))
    if aside != path:
        shutil.rmtree(aside, ignore_errors=True)
        os.rename(path, aside)
    shutil.rmtree(aside, ignore_errors=True)


def replace_folder(path: Path, partial: Path) -> None:
    """Gives the whole folder `partial`, from `partial_folder`, the name `path`; removes what had it before."""
    os.chmod(partial, 0o755)
    if path.exists():
        remove_folder(path)
    os.rename(partial, path)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """An open file that takes the place of `path` once the block has ended without an error."""
    descriptor, name = tempfile.mkstemp(prefix=PARTIAL, dir=path.parent)
    try:
        with os.fdopen(descriptor, 'wb') as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def write_file(path: Path, content: bytes | str) -> None:
    """Replaces `path` by `content`, making its folder where it is missing; raises RunError where it cannot."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise RunError(f'cannot write {path}: {error.strerror}; name another place') from None


def write_json(path: Path, record: Any) -> None:
    """Replaces `path` by `record` as JSON; raises OSError."""
    with replacing(path) as file:
        file.write(as_json(record).encode())


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


def sha256(path: Path) -> str:
    """The checksum of a file's content, in hex; raises ValueError where it is not a regular file, OSError."""
    digest = hashlib.sha256()
    with open_regular(path) as file:
        while piece := file.read(2**20):
            digest.update(piece)
    return digest.hexdigest()
