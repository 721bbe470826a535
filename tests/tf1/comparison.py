"""How far apart an exchange ends, and whether that is no further than TensorFlow 1.15 ends from itself."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.tf1.exchanges import Exchange

WITHIN = 1e-6
SLOTS = ('/Momentum', '/Adagrad', '/RMSProp', '/RMSProp_1', '/Adam', '/Adam_1', 'beta1_power', 'beta2_power')
Variables = dict[str, np.ndarray]


class Distance(NamedTuple):
    """How far variables of one kind end apart, and how far TensorFlow 1.15 ends from itself after one ulp."""

    ours: float
    one_ulp: float

    @property
    def holds(self) -> bool:
        return self.ours <= max(WITHIN, 1.5 * self.one_ulp)

    def __str__(self) -> str:
        return f'{self.ours:.0e} ({self.one_ulp:.0e})'


def kind(name: str, batch_norm: bool) -> str:
    if name.endswith(SLOTS):
        return 'slots'
    # Batch norm subtracts the mean, and with it the bias: its gradient is rounding alone, which Adam scales up.
    is_taken_away = batch_norm and (name.endswith('/moving_mean') or (name.startswith('hidden') and '/bias' in name))
    return 'biases' if is_taken_away else 'weights'


def recorded(path: Path, with_averages: bool) -> list[Variables]:
    """What TensorFlow 1.x trained, draw by draw; the first moved nothing."""
    draws: dict[int, Variables] = {}
    for key, value in np.load(path).items():
        draw, name = key.split('/', 1)
        if with_averages or '/moving_' not in name:
            draws.setdefault(int(draw), {})[name] = value
    return [draws[draw] for draw in sorted(draws)]


def distances(ours: Path, theirs: Variables, draws: list[Variables], batch_norm: bool) -> dict[str, Distance]:
    """Compares the checkpoint `ours` with what TensorFlow 1.x trained, for each kind of variable.

    Args: draws, what TensorFlow 1.15 trained with nothing moved, and with one weight moved.
    """
    import tensorflow.compat.v1 as tf

    unmoved, *moved = draws
    reader = tf.train.load_checkpoint(str(ours))
    here = {name: reader.get_tensor(name) for name in theirs}
    names: dict[str, list[str]] = {}
    for name in theirs:
        names.setdefault(kind(name, batch_norm), []).append(name)
    return {
        kind: Distance(largest(here, theirs, each), max(largest(draw, unmoved, each) for draw in moved))
        for kind, each in names.items()
    }


def largest(values: Variables, others: Variables, names: list[str]) -> float:
    return max(float(np.abs(values[name] - others[name]).max()) for name in names)


def result(exchange: Exchange) -> tuple[str, bool]:
    """A line about the exchange, and whether all of it holds."""
    folder, theirs, batch_norm = exchange.folder, exchange.theirs, exchange.config.batch_norm
    answer = json.loads((folder / 'notebook.json').read_text())
    ours = json.loads((folder / 'saves/model.ckpt.json').read_text())['figures']['test_accuracy']
    their_accuracy = json.loads((theirs / 'notebook.json').read_text())['theirs']
    evaluated = json.loads((theirs / 'evaluated/stdout').read_text().splitlines()[-1])['accuracy']
    again, from_theirs = folder / 'saves-again/model.ckpt', folder / 'saves-theirs/model.ckpt'
    imported = recorded(folder / 'ours.npz', with_averages=True)
    gone_on = recorded(theirs / 'theirs.npz', with_averages=False)
    compared = {
        'meta': distances(again, imported[0], imported, batch_norm),
        'continued': distances(from_theirs, gone_on[0], gone_on, batch_norm),
    }
    if (folder / 'older.npz').exists():
        older = recorded(folder / 'older.npz', with_averages=True)
        compared['older'] = distances(again, older[0], imported, batch_norm)
    holds = {
        'cells': f'{ours:.4f}' == f'{answer["ours"]:.4f}',
        'evaluated': f'{their_accuracy:.4f}' == f'{evaluated:.4f}',
        f'names {answer.get("lacking", [])[:3]}': not answer.get('lacking'),
        **{name: all(distance.holds for distance in kinds.values()) for name, kinds in compared.items()},
    }
    line = f'{exchange.config.model_tag} x{exchange.steps_per_run}: cells {ours:.4f} {answer["ours"]:.4f}; '
    line += f'evaluated {their_accuracy:.4f} {evaluated:.4f}; ' + '; '.join(
        f'{name} ' + ', '.join(f'{kind} {distance}' for kind, distance in kinds.items())
        for name, kinds in compared.items()
    )
    fails = ', '.join(name for name, held in holds.items() if not held)
    return f'{line}; {f"FAILS: {fails}" if fails else "holds"}', not fails
