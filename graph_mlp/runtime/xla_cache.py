"""XLA's persistent cache: compiled loops, kept from one run to the next in the user's cache folder.

Compiling the loop and the evaluations takes 2.4 s; from the cache the same machine code takes 0.6 s. A file is used
only if its checksum, which this program wrote beside it, is right. Every combination of processor, TensorFlow version
and XLA flags has a folder of its own.
"""

import contextlib
import importlib.metadata
import os
import shutil
import time
from pathlib import Path

from graph_mlp.files import sha256, write_file
from graph_mlp.runtime.process import processor_features

FLAG = '--tf_xla_persistent_cache_directory='
MAX_FILES = 96  # of about 400 kB, three a network
FREE_BYTES = 2**26  # needed on the disk: TensorFlow ends a run whose cache it cannot write
_COMPILING_SECONDS = 60.0  # a younger file without a checksum may be one that another run is writing


def use_xla_cache(device: str, compiler_flags: str) -> Path | None:
    """Tells XLA, before TensorFlow is imported, to keep what it compiles with these flags; returns the folder.

    None where nothing is kept by this program: the user has set a cache, there may be a GPU, or the folder cannot be
    used, belongs to or can be written by somebody else, or has a quotation mark in its path.
    """
    flags = os.environ.get('TF_XLA_FLAGS', '')
    if FLAG in flags or (device != 'cpu' and any(Path('/dev').glob('nvidia[0-9]*'))):
        return None
    import pooch

    compiler = [importlib.metadata.version('tensorflow'), processor_features(), compiler_flags]
    name = sha256(' '.join([*compiler, os.environ.get('XLA_FLAGS', '')]).encode())[:16]
    folder = Path(pooch.os_cache('graph_mlp')) / f'compiled-{name}'
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not _is_private(folder) or shutil.disk_usage(folder).free < FREE_BYTES:
            return None
        _remove_unsound(folder)
    except (OSError, ValueError):  # a null byte in $XDG_CACHE_HOME is a ValueError
        return None
    os.environ['TF_XLA_FLAGS'] = f'{flags} {FLAG}"{folder}"'.strip()  # quoted, for a space in the path
    return folder


def _is_private(folder: Path) -> bool:
    """What lies in the folder is executed, so nobody else may have put it there."""
    status = folder.stat()
    is_mine = status.st_uid == os.geteuid() and not status.st_mode & 0o077 and os.access(folder, os.W_OK)
    return is_mine and not any(character in '"\\' for character in str(folder))


def seal(folder: Path | None) -> None:
    """Writes a checksum beside every file that has none yet; a file left without is compiled again next time."""
    for path in folder.glob('*.pb') if folder else ():
        with contextlib.suppress(Exception):
            if not _checksum_of(path).exists():
                write_file(_checksum_of(path), sha256(path))


def _checksum_of(path: Path) -> Path:
    return path.with_name(path.name + '.sha256')


def _remove_unsound(folder: Path) -> None:
    files = sorted(folder.glob('*.pb'), key=lambda path: path.stat().st_mtime, reverse=True)
    for number, path in enumerate(files):
        checksum = _checksum_of(path)
        if not checksum.exists() and time.time() - path.stat().st_mtime < _COMPILING_SECONDS:
            continue
        # The file holds a checksum: it is compared by its own, because it may be a pipe, or anything.
        if number >= MAX_FILES or not checksum.exists() or sha256(checksum) != sha256(sha256(path).encode()):
            path.unlink(missing_ok=True)
            checksum.unlink(missing_ok=True)
