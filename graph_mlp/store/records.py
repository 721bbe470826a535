"""What is kept as JSON beside runs and checkpoints, typed.

A field that is absent, in a file of an older version, takes its default; one of another type is refused.
"""

import dataclasses
from typing import Any

from graph_mlp.config import RunConfig
from graph_mlp.store.history import RunProgress, StepFigures, epoch_from_json


@dataclasses.dataclass(frozen=True)
class Identity:
    """Two runs with the same configuration and the same identity give bit-identical results."""

    steps_per_run: int
    init_ckpt: str | None  # checksum of the weights that --init-ckpt names
    pca: str | None  # checksum of the file that --pca names
    data_sha256: str
    # The fields below may change when a run goes on; the last bits of its result may then differ.
    threads: int
    tensorflow: str
    device: str  # as in --device
    processor: str
    graph_mlp: str = 'older'  # until 1.1.0 a run did not record the version that began it

    @classmethod
    def from_json(cls, record: object) -> 'Identity':
        """Reads what `dataclasses.asdict` wrote; raises ValueError where a field is absent or of another type."""
        values = _object(record, 'the identity')
        threads, steps_per_run = (_integer(values, name) for name in ('threads', 'steps_per_run'))
        if threads < 1 or steps_per_run < 1:
            raise ValueError(f'threads {threads} and steps_per_run {steps_per_run} should be at least 1')
        init_ckpt, pca = (_optional_text(values, name) for name in ('init_ckpt', 'pca'))
        data_sha256, tensorflow, device, processor = (
            _text(values, name) for name in ('data_sha256', 'tensorflow', 'device', 'processor')
        )
        version = _text({'graph_mlp': 'older', **values}, 'graph_mlp')
        return cls(steps_per_run, init_ckpt, pca, data_sha256, threads, tensorflow, device, processor, version)


@dataclasses.dataclass(frozen=True)
class DatasetRecord:
    """Which data a run is trained on."""

    name: str
    title: str  # for people
    sha256: str


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """A run's `config.json`."""

    tag: str
    config: RunConfig
    dataset: DatasetRecord
    identity: Identity
    started: float  # seconds since 1970: when the run first began

    def to_json(self) -> dict[str, Any]:
        """The record as JSON types; `from_json` reads it back."""
        return {**dataclasses.asdict(self), 'config': self.config.to_json()}

    @classmethod
    def from_json(cls, record: object, started: float) -> 'RunRecord':
        """Reads what `to_json` wrote; `started` stands in where version 1.0 did not record it.

        Raises ValueError or UsageError where a field is absent, unknown or of another type.
        """
        values = _object(record, 'the record')
        config = RunConfig.from_json(values.get('config'))
        identity = Identity.from_json(values.get('identity'))
        dataset = _object(values.get('dataset'), 'the data set')
        names = DatasetRecord(*(_text(dataset, name) for name in ('name', 'title', 'sha256')))
        began = values.get('started', started)
        if type(began) is not float:
            raise ValueError('the time at which it was started is not a number')
        return cls(_text(values, 'tag'), config, names, identity, began)


@dataclasses.dataclass(frozen=True)
class CheckpointRecord:
    """What a checkpoint's `.json` says of it, but for the checksums of its files."""

    config: RunConfig
    run: str | None = None  # the run that wrote it; None in a file that does not say
    pca_seconds: float | None = None  # of the fit; None: no PCA, or one that was given
    progress: RunProgress | None = None  # of a training state; None in a published model

    @classmethod
    def from_json(cls, record: object) -> 'CheckpointRecord':
        """Reads what `checkpoint_json` wrote; raises ValueError or UsageError where a field is of another type."""
        values = _object(record, 'the record')
        seconds = values.get('pca_seconds')
        run = values.get('run')
        return cls(
            config=RunConfig.from_json(values.get('config')),
            run=str(run) if run else None,
            pca_seconds=float(seconds) if isinstance(seconds, (int, float)) else None,
            progress=_progress(values) if 'history' in values else None,
        )


def checkpoint_json(
    run: str, record: RunRecord, progress: RunProgress, pca_seconds: float | None, is_state: bool
) -> dict[str, Any]:
    """The JSON beside a checkpoint; only a training state carries the whole history."""
    history = [epoch._asdict() for epoch in progress.history]
    model = {
        'run': run,
        **record.to_json(),
        'epoch': len(history),
        'pca_seconds': pca_seconds,
        'figures': history[-1] if history else None,
    }
    return {**model, 'history': history, 'progress': progress.steps._asdict()} if is_state else model


def _progress(values: dict[str, Any]) -> RunProgress:
    history, steps = values['history'], _object(values.get('progress'), 'the progress')
    if not isinstance(history, list):
        raise ValueError('the history is not a list')
    losses, accuracies = (_numbers(steps, name) for name in StepFigures._fields)
    return RunProgress([epoch_from_json(epoch) for epoch in history], StepFigures(losses, accuracies))


def _numbers(values: dict[str, Any], name: str) -> list[float]:
    numbers = values.get(name)
    if not isinstance(numbers, list) or not all(type(number) in (int, float) for number in numbers):
        raise ValueError(f'{name} is not a list of numbers')
    return [float(number) for number in numbers]


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f'{name} is not a JSON object')
    return value


def _integer(values: dict[str, Any], name: str) -> int:
    value = values.get(name)
    if type(value) is not int:
        raise ValueError(f'{name} is {value!r:.40}, expected a whole number')
    return value


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise ValueError(f'{name} is {value!r:.40}, expected a string')
    return value


def _optional_text(values: dict[str, Any], name: str) -> str | None:
    return None if values.get(name, '') is None else _text(values, name)
