"""Errors that name what there is, for whatever else TensorFlow 1.x had."""

import functools
import inspect
import types
from collections.abc import Callable
from typing import Any

# What to write for names that TensorFlow 1.x had and this package has not; of TensorFlow 0.x where 1.0 renamed them.
INSTEAD = {
    'tf.mul': 'tf.multiply',
    'tf.sub': 'tf.subtract',
    'tf.neg': 'tf.negative',
    'tf.pack': 'tf.stack',
    'tf.unpack': 'tf.unstack',
    'tf.inv': 'tf.reciprocal',
    'tf.select': 'tf.where',
    'tf.batch_matmul': 'tf.matmul',
    'tf.scalar_summary': 'tf.summary.scalar',
    'tf.histogram_summary': 'tf.summary.histogram',
    'tf.image_summary': 'tf.summary.image',
    'tf.merge_summary': 'tf.summary.merge',
    'tf.merge_all_summaries': 'tf.summary.merge_all',
    'tf.train.SummaryWriter': 'tf.summary.FileWriter',
    'tf.nn.rnn': 'tf.nn.static_rnn',
    'tf.nn.bidirectional_rnn': 'tf.nn.static_bidirectional_rnn',
    'tf.contrib.layers.convolution2d': 'tf.contrib.layers.conv2d',
    'tf.contrib.layers.summarize_tensor': 'tf.summary.histogram',
    'tf.contrib.slim': 'tf.layers or tf.contrib.layers',
    'tf.contrib.keras': 'tf.keras',
    'tf.contrib.metrics': 'tf.metrics',
    'tf.contrib.losses': 'tf.losses',
    'tf.estimator.DNNClassifier': 'tf.estimator.Estimator with a model_fn of tf.layers.dense',
    'tf.estimator.DNNRegressor': 'tf.estimator.Estimator with a model_fn of tf.layers.dense',
    'tf.estimator.LinearClassifier': 'tf.estimator.Estimator with a model_fn of one tf.layers.dense',
    'tf.estimator.LinearRegressor': 'tf.estimator.Estimator with a model_fn of one tf.layers.dense',
}
OUT_OF_SCOPE = {
    'tf.contrib.eager': 'eager execution',
    'tf.enable_eager_execution': 'eager execution',
    'tf.contrib.factorization': 'k-means and matrix factorization',
    'tf.contrib.tensor_forest': 'random forests',
    'tf.contrib.boosted_trees': 'boosted trees',
    'tf.estimator.BoostedTreesClassifier': 'boosted trees',
    'tf.estimator.BoostedTreesRegressor': 'boosted trees',
}


class Missing(AttributeError):
    """A name of TensorFlow 1.x that is not here."""


def missing(name: str, there_is: str = '') -> str:
    """One line: the package has no `name`, and what to write instead, or else what there is."""
    for known, what in OUT_OF_SCOPE.items():
        if name == known or name.startswith(f'{known}.'):
            return f'graph_mlp.tf1 has no {name}: {what} are out of its scope'.replace('execution are', 'execution is')
    if name in INSTEAD:
        return f'graph_mlp.tf1 has no {name}: use {INSTEAD[name]}'
    return f'graph_mlp.tf1 has no {name}: {there_is or "TensorFlow 2.21 dropped it, or no TensorFlow had it"}'


def only_these_arguments(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with a TypeError that lists its arguments where it is called with others."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            names = ', '.join(signature.parameters)
            raise TypeError(f'{function.__name__}: {error}; graph_mlp.tf1 has the arguments {names}') from None
        return function(*args, **kwargs)

    return checked


def only_these_names(module: str, names: tuple[str, ...]) -> Callable[[str], Any]:
    """A module's `__getattr__`: an AttributeError that lists its names for every other one."""

    def refuse(name: str) -> Any:
        if name.startswith('__'):
            raise AttributeError(name)
        raise Missing(missing(f'{module}.{name}', f'{module} has {", ".join(names)}'))

    return refuse


def module(name: str, doc: str, **names: Any) -> types.ModuleType:
    """A small module that has these names, and an error for every other one."""
    made = types.ModuleType(name, doc)
    made.__dict__.update(names, __getattr__=only_these_names(name, tuple(names)))
    return made
