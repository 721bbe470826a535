"""What is kept as JSON beside runs and checkpoints, typed.

A field that is absent, in a file of an older version, takes its default; one of another type is refused.
"""

import dataclasses
import math
from typing import Any

from graph_mlp.config import RunConfig
from graph_mlp.store.history import Epoch, RunProgress, StepFigures, epoch_from_json
from graph_mlp.store.history_file import HistoryEnd


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
    products: str = 'eigen'  # the library that multiplies matrices (runtime/tuning.py); until 1.5.0 always this one

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
        products = _text({'products': 'eigen', **values}, 'products')
        return cls(
            steps_per_run, init_ckpt, pca, data_sha256, threads, tensorflow, device, processor, version, products
        )


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
    init_ckpt_file: str | None = None  # what --init-ckpt named; until 1.4.0 it was not recorded

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
        init_ckpt_file = _optional_text({'init_ckpt_file': None, **values}, 'init_ckpt_file')
        return cls(_text(values, 'tag'), config, names, identity, began, init_ckpt_file)


@dataclasses.dataclass(frozen=True)
class CheckpointRecord:
    """What a checkpoint's `.json` says of it, but for the checksums of its files."""

    config: RunConfig
    run: str | None = None  # the run that wrote it; None in a file that does not say
    pca_seconds: float | None = None  # of the fit; None: no PCA, or one that was given
    identity: Identity | None = None  # None in a file that does not say
    # Both of a training state; None in a published model. Until 1.4.0 a state held the history itself.
    history: HistoryEnd | list[Epoch] | None = None
    steps: StepFigures | None = None

    @classmethod
    def from_json(cls, record: object) -> 'CheckpointRecord':
        """Reads what `checkpoint_json` wrote; raises ValueError or UsageError where a field is of another type."""
        values = _object(record, 'the record')
        is_state = 'history' in values
        return cls(
            config=RunConfig.from_json(values.get('config')),
            run=_optional_text({'run': None, **values}, 'run'),
            pca_seconds=pca_seconds(values),
            identity=Identity.from_json(values['identity']) if 'identity' in values else None,
            history=_history(values['history']) if is_state else None,
            steps=_steps(values) if is_state else None,
        )


def pca_seconds(values: dict[str, Any]) -> float | None:
    """The seconds of the PCA's fit in a checkpoint's `.json`; raises ValueError where they are not seconds."""
    seconds = values.get('pca_seconds')
    if seconds is not None and not (type(seconds) in (int, float) and 0 <= seconds < math.inf):
        raise ValueError(f'pca_seconds is {seconds!r:.40}, expected seconds')
    return None if seconds is None else float(seconds)


def checkpoint_json(
    run: str, record: RunRecord, progress: RunProgress, pca_seconds: float | None, history: HistoryEnd | None
) -> dict[str, Any]:
    """The JSON beside a checkpoint.

    Args: history, where the run's history.csv ends that belongs to a training state; None for a model to publish.
    """
    epochs = progress.history
    model = {
        'run': run,
        **record.to_json(),
        'epoch': len(epochs),
        'pca_seconds': pca_seconds,
        'figures': epochs[-1]._asdict() if epochs else None,
    }
    return {**model, 'history': history._asdict(), 'progress': progress.steps._asdict()} if history else model


def _history(value: object) -> HistoryEnd | list[Epoch]:
    if isinstance(value, list):
        return [epoch_from_json(epoch) for epoch in value]
    values = _object(value, 'the history')
    end = HistoryEnd(_integer(values, 'epochs'), _text(values, 'checksum'))
    if end.epochs < 0:
        raise ValueError(f'the history has {end.epochs} epochs')
    return end


def _steps(values: dict[str, Any]) -> StepFigures:
    steps = {'seconds': [], **_object(values.get('progress'), 'the progress')}  # until 1.4.0 without seconds
    figures = StepFigures(*(_numbers(steps, name) for name in StepFigures._fields))
    if len(figures.losses) != len(figures.accuracies):
        raise ValueError(f'the progress has {len(figures.losses)} losses and {len(figures.accuracies)} accuracies')
    return figures


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
