"""The one record of a run: a JSON file beside every training state and beside the published model.

It carries the SHA-256 of every file of its checkpoint, and of its own content, so that whatever changed is noticed.
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from graph_mlp.config import RunConfig, settings
from graph_mlp.errors import UsageError
from graph_mlp.files import as_json, atomic_write, read_json, sha256
from graph_mlp.metrics import Metrics, Steps

FORMAT = 3  # 1: before version 1.4, without a checksum; 2: until version 1.5


class DatasetRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which data a run is trained on."""

    name: str
    title: str  # for people
    sha256: str
    class_names: tuple[str, ...] = ()  # empty: their numbers


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs with the same configuration, data and identity give bit-identical results."""

    init_ckpt: str | None = None  # checksum of the weights that --init-ckpt names
    pca: str | None = None  # checksum of the file that --pca names
    # The fields below may change when a run resumes; the last bits of its result may then differ.
    threads: int
    device: str  # 'cpu' or 'gpu'; until 2.0 as in --device
    processor: str
    tensorflow: str
    graph_mlp: str = 'older'  # until 1.1.0 a run did not record the version that began it
    compiler: str = ''  # XLA's flags, where the loop is compiled


def shared_settings(config: RunConfig, identity: Identity | None) -> dict[str, Any]:
    """Every setting by name but the seed, and for a file its checksum: runs that share them are repeats."""
    values = {name: getattr(config, name) for name in settings() if name != 'seed'}
    checksums = {name: getattr(identity, name) for name in ('init_ckpt', 'pca') if getattr(identity, name, None)}
    return {**values, **checksums}


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known of a checkpoint. A field that is absent in a file of 1.x takes its default."""

    config: RunConfig
    run: str | None = None  # the name of the run that wrote it
    tag: str = ''
    dataset: DatasetRecord | None = None
    identity: Identity | None = None
    started: float = 0.0  # seconds since 1970: when the run first began
    epoch: int = 0  # epochs that the weights were trained for
    pca_seconds: float | None = None  # of the fit; None: no PCA, or one that was given
    metrics: Metrics | None = None  # of the last of them
    temperature: float = 1.0  # that makes the published model's probabilities as often right as they say
    steps: Steps | None = None  # of the unfinished epoch; None in a published model
    events: dict[str, int] = {}  # the event files that show the history, and their bytes
    files: dict[str, str] = {}  # SHA-256 of the checkpoint's files by suffix, '.index' for instance

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of the data, by class; empty: their numbers."""
        return self.dataset.class_names if self.dataset else ()

    @property
    def is_of_digits(self) -> bool:
        """Whether the model takes images of MNIST's form: 28 x 28, in ten classes that have no names."""
        return (self.config.height, self.config.width, self.config.classes) == (28, 28, 10) and not self.class_names

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> 'Manifest':
        """Reads the record as JSON types, also one of 1.x; raises ValueError where it is neither."""
        identity, config = record.get('identity'), record.get('config')
        if isinstance(identity, dict) and isinstance(config, dict) and 'steps_per_run' in identity:
            # Until 1.5 this was no field of the configuration.
            record = {**record, 'config': {'steps_per_run': identity['steps_per_run'], **config}}
        try:
            return msgspec.convert(record, cls)
        except (msgspec.ValidationError, UsageError) as error:
            raise ValueError(str(error)) from None


def write_sealed(path: Path, content: dict[str, Any]) -> None:
    """Replaces `path` by `content` and its checksum; raises ValueError where a float is not finite, OSError."""
    # The format comes first and the checksum last, so that no damage in one place hits both.
    sealed = {'format': FORMAT} | content | {'format': FORMAT}
    with atomic_write(path) as file:
        file.write(as_json({**sealed, 'sha256': _checksum(sealed)}).encode())


def read_sealed(path: Path) -> dict[str, Any]:
    """Reads what `write_sealed` wrote; raises ValueError where it has changed since, OSError.

    A file of a version before 1.4 has no checksum, and is read unchecked.
    """
    content = read_json(path)
    if not isinstance(content, dict):
        raise ValueError('it is not a JSON object')
    checksum = content.pop('sha256', None)
    # The format is under the checksum: neither of the two can be damaged so that the file seems to be an older one.
    if checksum is None and content.get('format', 1) == 1:
        return content
    if checksum != _checksum(content):
        raise ValueError('its content does not have the checksum that was written with it')
    return content


def _checksum(content: dict[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(',', ':'), allow_nan=False)
    return sha256(canonical.encode())
