"""Learning-rate schedules: one table of TensorFlow 1.x's functions, which --schedule spells with numbers in epochs.

TensorFlow is imported when a schedule is built, so that the table can be read without it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tensorflow.compat.v1 as tf

# As --schedule spells them; brackets hold what can be left out, and `...` repeats the two numbers before it.
FORMS = {
    'exponential': 'exponential:EPOCHS:FACTOR[:staircase]',
    'inverse-time': 'inverse-time:EPOCHS:FACTOR[:staircase]',
    'cosine': 'cosine:EPOCHS[:ALPHA]',
    'piecewise': 'piecewise:EPOCH:RATE[:EPOCH:RATE...]',
}


def read(text: str) -> tuple[str, list[float], bool]:
    """The name, the numbers and whether it is a staircase; raises ValueError where `text` is of no form of FORMS."""
    name, *words = text.split(':')
    staircase = words[-1:] == ['staircase']
    words = words[:-1] if staircase else words
    numbers = [float(word) for word in words if re.fullmatch(r'\d+(\.\d+)?(e[+-]?\d+)?', word, re.ASCII)]
    epochs = numbers[::2] if name == 'piecewise' else numbers[:1]
    others = [number for place, number in enumerate(numbers) if place % 2 or name != 'piecewise']
    counts = {'exponential': (2,), 'inverse-time': (2,), 'cosine': (1, 2), 'piecewise': range(2, 101, 2)}
    if (
        not len(words) == len(numbers) in counts.get(name, ())
        or not all(map(math.isfinite, numbers))
        or epochs[-1] > 1e6
        or (staircase and name not in ('exponential', 'inverse-time'))
        or not epochs[0]
        or epochs != sorted(set(epochs))
        or (name == 'piecewise' and not all(others))
    ):
        raise ValueError(f'{text!r} is no schedule')
    return name, numbers, staircase


def schedule(text: str, learning_rate: float, step: tf.Tensor, steps_per_epoch: int) -> tf.Tensor:
    """The learning rate of a step, a float32 scalar, by TensorFlow 1.x's function for the schedule.

    Args:
        text: the schedule, as `read` takes it.
        learning_rate: of the first step.
        step: int64 scalar, from 0.
        steps_per_epoch: by which the schedule's epochs become steps.
    """
    import tensorflow.compat.v1 as tf

    name, numbers, staircase = read(text)
    if name == 'piecewise':
        # TensorFlow's values hold up to and including their boundary: the last step of an epoch.
        boundaries = [round(epoch * steps_per_epoch) - 1 for epoch in numbers[::2]]
        return tf.train.piecewise_constant(step, boundaries, [learning_rate, *numbers[1::2]])
    functions: dict[str, Callable[..., Any]] = {
        'exponential': tf.train.exponential_decay,
        'inverse-time': tf.train.inverse_time_decay,
        'cosine': tf.train.cosine_decay,
    }
    choice = {'staircase': True} if staircase else {}
    rate: tf.Tensor = functions[name](learning_rate, step, numbers[0] * steps_per_epoch, *numbers[1:], **choice)
    return rate
