"""From a checkpoint to a file or folder of the format asked for, written whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from graph_mlp.data.dataset import Dataset
from graph_mlp.errors import RunError, UsageError
from graph_mlp.export.formats import onnx_bytes, tflite_bytes, write_saved_model
from graph_mlp.export.model import Model
from graph_mlp.export.page import page
from graph_mlp.store.files import partial_folder, sync_file, sync_folder

Writer = Callable[[Model, Path], object]


def check_target(target: Path) -> None:
    """Raises UsageError where something is there already; RunError where its folder is missing."""
    if os.path.lexists(target):
        raise UsageError(f'{target} exists and is never overwritten: name another place, or remove it')
    if not target.parent.is_dir():
        raise RunError(f'cannot write {target}: there is no folder {target.parent}; make it, or name another place')


def write_format(model: Model, target: Path, name: str) -> None:
    """Writes `target` in the format `name`: saved-model (a folder), onnx or tflite.

    Raises UsageError where `target` exists, RunError where a requirement is missing or it cannot be written.
    """
    writers: dict[str, Writer] = {
        'saved-model': write_saved_model,
        'onnx': lambda model, path: path.write_bytes(onnx_bytes(model)),
        'tflite': lambda model, path: path.write_bytes(tflite_bytes(model)),
    }
    _write_new(target, lambda path: writers[name](model, path))


def write_page(model: Model, dataset: Dataset, accuracy: float, classes: np.ndarray, target: Path) -> None:
    """Writes the web page at `target`; see `graph_mlp.export.page.page` for what it is made from.

    Raises UsageError where `target` exists, RunError where it cannot be written.
    """
    content = page(model, dataset, accuracy, classes)
    _write_new(target, lambda path: path.write_bytes(content))


def _write_new(target: Path, write: Callable[[Path], object]) -> None:
    check_target(target)
    try:
        with partial_folder(target.parent) as folder:
            partial = folder / 'export'
            write(partial)
            for path in (partial, *partial.rglob('*')) if partial.is_dir() else (partial,):
                sync_folder(path) if path.is_dir() else sync_file(path)
            # A file is linked and not renamed, a folder is renamed: neither takes the place of what has come meanwhile.
            os.rename(partial, target) if partial.is_dir() else os.link(partial, target)
            sync_folder(target.parent)
    except FileExistsError:
        check_target(target)
        raise
    except OSError as error:
        raise RunError(f'cannot write {target}: {error.strerror}; make room, or name another place') from None
