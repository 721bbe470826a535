"""Learning-rate schedules: one table of TensorFlow 1.x's functions, which --schedule spells with numbers in epochs.

TensorFlow is imported when a schedule is built, so that the table can be read without it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow.compat.v1 as tf

# As --schedule spells them; brackets hold what can be left out, and `...` repeats the two numbers before it.
FORMS = {
    'exponential': 'exponential:EPOCHS:FACTOR[:staircase]',
    'inverse-time': 'inverse-time:EPOCHS:FACTOR[:staircase]',
    'cosine': 'cosine:EPOCHS[:ALPHA]',
    'piecewise': 'piecewise:EPOCH:RATE[:EPOCH:RATE...]',
}
_NUMBER = r':\d+(?:\.\d+)?(?:e[+-]?\d+)?'
_PATTERN = re.compile(
    rf'(?:(exponential|inverse-time)((?:{_NUMBER}){{2}})(:staircase)?'
    rf'|(cosine)((?:{_NUMBER}){{1,2}})|(piecewise)((?:{_NUMBER}{_NUMBER}){{1,50}}))', re.ASCII
)  # fmt: skip


def read(text: str) -> tuple[str, list[float], bool]:
    """The name, the numbers and whether it is a staircase; raises ValueError where `text` is of no form of FORMS."""
    match = _PATTERN.fullmatch(text)
    name, words, *rest = filter(None, match.groups()) if match else ('', ':0')
    numbers = [float(word) for word in words[1:].split(':')]
    epochs = numbers[::2] if name == 'piecewise' else numbers[:1]
    rates = numbers[1::2] if name in ('piecewise', 'exponential') else []
    is_sound = all(map(math.isfinite, numbers)) and all(epochs + rates)
    if not is_sound or epochs[-1] > 1e6 or epochs != sorted({*epochs}):
        raise ValueError(f'{text!r} is no schedule')
    return name, numbers, bool(rest)


def schedule(text: str, learning_rate: float, steps_per_epoch: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function from a step, int64 scalar from 0, to its learning rate, float32 scalar.

    Args:
        text: the schedule, as `read` takes it, of which TensorFlow 1.x's function gives the rate.
        learning_rate: of the first step.
        steps_per_epoch: by which the schedule's epochs become steps.
    """
    import tensorflow.compat.v1 as tf

    name, numbers, staircase = read(text)
    if name == 'piecewise':
        # TensorFlow's values hold up to and including their boundary: the last step of an epoch.
        boundaries = [round(epoch * steps_per_epoch) - 1 for epoch in numbers[::2]]
        return lambda step: tf.train.piecewise_constant(step, boundaries, [learning_rate, *numbers[1::2]])
    functions: dict[str, Callable[..., tf.Tensor]] = {
        'exponential': tf.train.exponential_decay,
        'inverse-time': tf.train.inverse_time_decay,
        'cosine': tf.train.cosine_decay,
    }
    choice = {'staircase': True} if staircase else {}
    return lambda step: functions[name](learning_rate, step, numbers[0] * steps_per_epoch, *numbers[1:], **choice)
