"""A small `tf.estimator`: an Estimator of a user's own `model_fn`, on `MonitoredTrainingSession`."""

import contextlib
import inspect
import itertools
import tempfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.tf1.offered import module, only_these_names

__getattr__ = only_these_names('tf.estimator', ('Estimator', 'EstimatorSpec', 'ModeKeys', 'RunConfig', 'inputs'))


class ModeKeys:
    """What a `model_fn` is asked for."""

    TRAIN, EVAL, PREDICT = 'train', 'eval', 'infer'


class EstimatorSpec(NamedTuple):
    """What a `model_fn` returns."""

    mode: str
    predictions: Any = None  # a tensor or a dict of tensors [batch, ...]
    loss: Any = None  # a scalar
    train_op: Any = None
    eval_metric_ops: Any = None  # a dict of what the functions of tf.metrics return
    export_outputs: Any = None  # not used
    training_chief_hooks: Any = None
    training_hooks: Any = None
    scaffold: Any = None
    evaluation_hooks: Any = None
    prediction_hooks: Any = None


class RunConfig(NamedTuple):
    """Settings of an Estimator."""

    model_dir: str | None = None
    tf_random_seed: int | None = None
    save_summary_steps: int = 100
    save_checkpoints_steps: int | None = None
    save_checkpoints_secs: float | None = 600
    session_config: Any = None


class Estimator:
    """Trains, evaluates and predicts with the graphs of a `model_fn`; weights are in checkpoints in `model_dir`."""

    def __init__(
        self, model_fn: Callable[..., EstimatorSpec], model_dir: str | None = None, config: Any = None,
        params: Any = None,
    ):  # fmt: skip
        self.config, self.params, self._model_fn = config or RunConfig(), params, model_fn
        self.model_dir = model_dir or self.config.model_dir or tempfile.mkdtemp()

    def train(self, input_fn: Any, hooks: Any = (), steps: Any = None, max_steps: Any = None) -> 'Estimator':
        """Trains from the newest checkpoint for `steps` more, up to step `max_steps`, or until the inputs end."""
        with tf.Graph().as_default():
            spec, config = self._spec(input_fn, ModeKeys.TRAIN), self.config
            tf.summary.scalar('loss', spec.loss)
            shown = {'loss': spec.loss, 'step': tf.train.get_global_step()}
            own = [tf.train.NanTensorHook(spec.loss), tf.train.LoggingTensorHook(shown, every_n_iter=100)]
            if not steps is max_steps is None:
                own.append(tf.train.StopAtStepHook(steps, max_steps))
            with tf.train.MonitoredTrainingSession(
                checkpoint_dir=self.model_dir, scaffold=spec.scaffold, config=config.session_config,
                hooks=[*own, *(hooks or ()), *(spec.training_hooks or ()), *(spec.training_chief_hooks or ())],
                save_checkpoint_secs=None if config.save_checkpoints_steps else config.save_checkpoints_secs,
                save_checkpoint_steps=config.save_checkpoints_steps, save_summaries_steps=config.save_summary_steps,
            ) as session:  # fmt: skip
                while not session.should_stop():
                    session.run([spec.train_op, spec.loss])
        return self

    def evaluate(
        self, input_fn: Any, steps: Any = None, hooks: Any = (), checkpoint_path: str | None = None, name: Any = None
    ) -> dict[str, Any]:
        """The metrics, the mean loss of the batches, and the step of the checkpoint."""
        with tf.Graph().as_default():
            spec = self._spec(input_fn, ModeKeys.EVAL)
            metrics = {**(spec.eval_metric_ops or {}), 'loss': tf.metrics.mean(spec.loss)}
            # What an update returns is the metric of all batches so far.
            values = {key: update for key, (_, update) in metrics.items()}
            values['global_step'] = tf.train.get_global_step()
            found: dict[str, Any] = {}
            session = self._restored(checkpoint_path, [*(hooks or ()), *(spec.evaluation_hooks or ())])
            with session, contextlib.suppress(tf.errors.OutOfRangeError):
                for _ in itertools.count() if steps is None else range(steps):
                    found = session.run(values)
            return found

    def predict(
        self, input_fn: Any, predict_keys: Any = None, hooks: Any = (), checkpoint_path: str | None = None
    ) -> Iterator[Any]:
        """The predictions, example after example."""
        with tf.Graph().as_default():
            spec = self._spec(input_fn, ModeKeys.PREDICT)
            predictions = spec.predictions
            if predict_keys is not None:
                predictions = {key: predictions[key] for key in predict_keys}
            with self._restored(checkpoint_path, [*(hooks or ()), *(spec.prediction_hooks or ())]) as session:
                while not session.should_stop():
                    batch = session.run(predictions)
                    if isinstance(batch, dict):
                        batch = [dict(zip(batch, row, strict=True)) for row in zip(*batch.values(), strict=True)]
                    yield from batch

    def get_variable_names(self) -> list[str]:
        """Of the newest checkpoint."""
        return [name for name, _ in tf.train.list_variables(self.model_dir)]

    def get_variable_value(self, name: str) -> np.ndarray:
        """Of the newest checkpoint."""
        return tf.train.load_variable(self.model_dir, name)

    def _spec(self, input_fn: Any, mode: str) -> EstimatorSpec:
        tf.set_random_seed(self.config.tf_random_seed)
        tf.train.get_or_create_global_step()
        inputs = _called(input_fn, mode=mode, params=self.params, config=self.config)
        if isinstance(inputs, tf.data.Dataset):
            iterator = tf.data.make_initializable_iterator(inputs)
            tf.add_to_collection(tf.GraphKeys.TABLE_INITIALIZERS, iterator.initializer)
            inputs = iterator.get_next()
        features, labels = inputs if isinstance(inputs, tuple) and len(inputs) == 2 else (inputs, None)
        labels = None if mode == ModeKeys.PREDICT else labels
        more = {'mode': mode, 'params': self.params, 'config': self.config}
        return _called(self._model_fn, features, labels=labels, **more)

    def _restored(self, checkpoint_path: str | None, hooks: Any) -> Any:
        path = checkpoint_path or tf.train.latest_checkpoint(self.model_dir)
        if not path:
            raise ValueError(f'Estimator: there is no checkpoint in {self.model_dir}; train first')
        creator = tf.train.ChiefSessionCreator(checkpoint_filename_with_path=path, config=self.config.session_config)
        return tf.train.MonitoredSession(creator, hooks=hooks)


def _called(function: Any, *args: Any, **offered: Any) -> Any:
    """The function's result, given those of the arguments that it has."""
    has = inspect.signature(function).parameters
    return function(*args, **{name: value for name, value in offered.items() if name in has})


def numpy_input_fn(
    x: Any, y: Any = None, batch_size: int = 128, num_epochs: int | None = 1, shuffle: bool | None = None,
    queue_capacity: int = 1000, num_threads: int = 1,
) -> Callable[[], Any]:  # fmt: skip
    """A function that returns features and labels of the next batch, in batches that may cross the end of an epoch.

    Args: x and y, arrays [n, ...] or dicts of them; shuffle, which has to be given, whether every epoch has an order
    of its own; num_epochs, None for no end. The last two are not used.
    Raises ValueError where `shuffle` is not given, or lengths differ.
    """
    if not isinstance(shuffle, bool):
        raise ValueError(f'numpy_input_fn: shuffle is {shuffle!r}, expected True or False')
    arrays = (x,) if y is None else (x, y)
    flat = [np.asarray(each) for each in tf.nest.flatten(arrays)]
    if len({len(each) for each in flat}) != 1:
        raise ValueError(f'numpy_input_fn: lengths {[len(each) for each in flat]}, expected equal ones')

    def input_fn() -> Any:
        dataset = tf.data.Dataset.range(len(flat[0]))
        dataset = dataset.shuffle(len(flat[0])) if shuffle else dataset
        rows = tf.data.make_one_shot_iterator(dataset.repeat(num_epochs).batch(batch_size)).get_next()
        batch = tf.py_func(lambda numbers: [each[numbers] for each in flat], [rows], [each.dtype for each in flat])
        for tensor, each in zip(batch, flat, strict=True):
            tensor.set_shape([None, *each.shape[1:]])
        packed = tf.nest.pack_sequence_as(arrays, batch)
        return packed if len(packed) > 1 else packed[0]

    return input_fn


inputs = module('tf.estimator.inputs', 'Batches of arrays.', numpy_input_fn=numpy_input_fn)
