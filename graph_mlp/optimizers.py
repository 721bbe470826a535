"""The optimizers: one table that the graph, the tags, `--help` and every message read.

TensorFlow is imported when an optimizer is created, so that the table can be read without it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import tensorflow.compat.v1 as tf


class Optimizer(NamedTuple):
    """One optimizer of `tf.compat.v1.train`; its slots have the names that TensorFlow 1.x gives them."""

    name: str  # as --optimizer takes it
    tag: str  # its letters in a tag; '' for the notebook's own
    title: str  # for people
    create: Callable[[float], tf.train.Optimizer]  # from a learning rate


def tensorflow_optimizer(class_name: str, **arguments: Any) -> Callable[[float], tf.train.Optimizer]:
    """A function that creates `tf.train.<class_name>(learning_rate, **arguments)`."""

    def create(learning_rate: float) -> tf.train.Optimizer:
        import tensorflow.compat.v1 as tf

        return getattr(tf.train, class_name)(learning_rate, **arguments)

    return create


# In the order in which the notebook's conclusion names them, after its own gradient descent.
OPTIMIZERS: dict[str, Optimizer] = {
    record.name: record
    for record in (
        Optimizer('sgd', '', 'gradient descent', tensorflow_optimizer('GradientDescentOptimizer')),
        Optimizer('momentum', 'MO', 'momentum 0.9', tensorflow_optimizer('MomentumOptimizer', momentum=0.9)),
        Optimizer(
            'nesterov', 'NAG', "Nesterov's accelerated gradient, momentum 0.9",
            tensorflow_optimizer('MomentumOptimizer', momentum=0.9, use_nesterov=True),
        ),
        Optimizer('adagrad', 'ADAGRAD', 'Adagrad', tensorflow_optimizer('AdagradOptimizer')),
        Optimizer('rmsprop', 'RMS', 'RMSProp', tensorflow_optimizer('RMSPropOptimizer')),
        Optimizer('adam', 'ADAM', 'Adam', tensorflow_optimizer('AdamOptimizer')),
    )
}  # fmt: skip
