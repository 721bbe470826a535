"""The optimizers: one table that the graph, the tags, `--help` and every message read.

TensorFlow is imported when an optimizer is created, so that the table can be read without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import tensorflow.compat.v1 as tf


class Optimizer(NamedTuple):
    """One optimizer of `tf.compat.v1.train`; its slots have the names that TensorFlow 1.x gives them."""

    name: str  # as --optimizer takes it
    tag: str  # its letters in a tag; '' for the notebook's own
    title: str  # for people
    class_name: str  # in tf.train
    numbers: Mapping[str, float] = MappingProxyType({})  # that a user can set by fields of RunConfig: the defaults
    arguments: Mapping[str, Any] = MappingProxyType({})  # that it always has

    def create(self, learning_rate: float | Callable[[], tf.Tensor], **numbers: float) -> tf.train.Optimizer:
        """The optimizer with this rate, or a function that gives it, and with these numbers instead of the defaults."""
        import tensorflow.compat.v1 as tf

        return getattr(tf.train, self.class_name)(learning_rate, **{**self.numbers, **numbers}, **self.arguments)


# In the order in which the notebook's conclusion names them, after its own gradient descent.
OPTIMIZERS: dict[str, Optimizer] = {
    record.name: record
    for record in (
        Optimizer('sgd', '', 'gradient descent', 'GradientDescentOptimizer'),
        Optimizer('momentum', 'MO', 'momentum', 'MomentumOptimizer', {'momentum': 0.9}),
        Optimizer('nesterov', 'NAG', "Nesterov's accelerated gradient", 'MomentumOptimizer', {'momentum': 0.9},
                  {'use_nesterov': True}),
        Optimizer('adagrad', 'ADAGRAD', 'Adagrad', 'AdagradOptimizer'),
        Optimizer('rmsprop', 'RMS', 'RMSProp', 'RMSPropOptimizer', {'momentum': 0.0, 'decay': 0.9, 'epsilon': 1e-10}),
        Optimizer('adam', 'ADAM', 'Adam', 'AdamOptimizer', {'beta1': 0.9, 'beta2': 0.999, 'epsilon': 1e-8}),
    )
}  # fmt: skip


def defaults_of(number: str) -> str:
    """The default of one of the optimizers' numbers for people: 'momentum 0.9, nesterov 0.9, rmsprop 0'."""
    having = [(one.name, one.numbers[number]) for one in OPTIMIZERS.values() if number in one.numbers]
    return ', '.join(f'{name} {value:g}' for name, value in having)
