"""TensorFlow 1.15 beside itself: the weights it is run with once more, each moved by one unit in the last place."""

import os
import subprocess
from pathlib import Path

import numpy as np

from graph_mlp.config import RunConfig

Variables = dict[str, np.ndarray]


def moves(config: RunConfig, images: np.ndarray, draws: int, random: np.random.RandomState) -> list[list]:
    """For each draw a kernel in turn, and the position in it that is moved: never the weight of a dead pixel."""
    scopes = [*(names.dense for names in config.hidden_layer_names), 'output']
    chosen = []
    for draw in range(draws):
        number = draw % len(scopes)
        rows, columns = config.kernel_shapes[number]
        used = np.arange(rows) if number else np.flatnonzero(images.any(axis=0))
        chosen.append([f'{scopes[number]}/kernel', int(random.choice(used) * columns + random.randint(columns))])
    return chosen


def run_script(python: str, name: str, *arguments: object) -> None:
    """Runs a script of this folder under TensorFlow 1.x, which ends a process whose XLA_FLAGS it does not know."""
    kept = {name: value for name, value in os.environ.items() if name not in ('XLA_FLAGS', 'TF2_BEHAVIOR')}
    subprocess.run([python, Path(__file__).with_name(name), *map(str, arguments)], check=True, env=kept)


def recorded(path: Path) -> list[Variables]:
    """What tests/tf1/tensorflow1.py trained: with nothing moved, then draw by draw."""
    draws: dict[int, Variables] = {}
    for key, value in np.load(path).items():
        draw, name = key.split('/', 1)
        draws.setdefault(int(draw), {})[name] = value
    return [draws[draw] for draw in sorted(draws)]


def distance(values: Variables, others: Variables, names: list[str]) -> float:
    """The largest absolute difference."""
    return max(float(np.abs(values[name] - others[name]).max()) for name in names)
