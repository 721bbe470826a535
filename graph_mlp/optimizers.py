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
    create: Callable[..., tf.train.Optimizer]  # from a learning rate, or a function of none that gives it, and numbers
    # Its own that a user can set, by the name of their field in RunConfig: their defaults.
    numbers: Mapping[str, float] = MappingProxyType({})


def tensorflow_optimizer(class_name: str, **arguments: Any) -> Callable[..., tf.train.Optimizer]:
    """A function that creates `tf.train.<class_name>(learning_rate, **arguments)`."""

    def create(learning_rate: float | Callable[[], tf.Tensor], **numbers: float) -> tf.train.Optimizer:
        import tensorflow.compat.v1 as tf

        return getattr(tf.train, class_name)(learning_rate, **{**arguments, **numbers})

    return create


# In the order in which the notebook's conclusion names them, after its own gradient descent.
OPTIMIZERS: dict[str, Optimizer] = {
    record.name: record
    for record in (
        Optimizer('sgd', '', 'gradient descent', tensorflow_optimizer('GradientDescentOptimizer')),
        Optimizer('momentum', 'MO', 'momentum', tensorflow_optimizer('MomentumOptimizer', momentum=0.9),
                  {'momentum': 0.9}),
        Optimizer('nesterov', 'NAG', "Nesterov's accelerated gradient",
                  tensorflow_optimizer('MomentumOptimizer', momentum=0.9, use_nesterov=True), {'momentum': 0.9}),
        Optimizer('adagrad', 'ADAGRAD', 'Adagrad', tensorflow_optimizer('AdagradOptimizer')),
        Optimizer('rmsprop', 'RMS', 'RMSProp', tensorflow_optimizer('RMSPropOptimizer'),
                  {'momentum': 0.0, 'decay': 0.9, 'epsilon': 1e-10}),
        Optimizer('adam', 'ADAM', 'Adam', tensorflow_optimizer('AdamOptimizer'),
                  {'beta1': 0.9, 'beta2': 0.999, 'epsilon': 1e-8}),
    )
}  # fmt: skip


def defaults_of(number: str) -> str:
    """The default of one of the optimizers' numbers for people: 'momentum 0.9, nesterov 0.9, rmsprop 0'."""
    having = [(one.name, one.numbers[number]) for one in OPTIMIZERS.values() if number in one.numbers]
    return ', '.join(f'{name} {value:g}' for name, value in having)
