"""From a configuration to a finalized graph, with everything that a session needs."""

from typing import Any, NamedTuple

import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Dataset, steps_per_epoch
from graph_mlp.graph import model as nn
from graph_mlp.graph.compiled import CompiledSteps, compiled_steps
from graph_mlp.optimizers import OPTIMIZERS
from graph_mlp.schedules import schedule


class Graph(NamedTuple):
    """Every tensor and operation that a session needs."""

    graph: tf.Graph
    graph_def: tf.GraphDef  # the network and its training step, without the compiled loop: for TensorBoard
    X: tf.Tensor  # float32 [batch, input_features], fed
    y: tf.Tensor  # int32 [batch], fed
    train_step: nn.TrainStep  # the notebook's step on X and y; its loss and accuracy are the notebook's tensors
    evaluation: nn.Evaluation  # of X and y
    probabilities: tf.Tensor  # float32 [batch, classes] of X, by moving averages
    init: tf.Operation
    model: dict[str, tf.Variable]  # the notebook's variables by name
    published: dict[str, tf.Variable]  # these and the optimizer's slots
    state: dict[str, tf.Variable]  # these and the step, where it counts: all that training changes
    model_saver: tf.train.Saver
    published_saver: tf.train.Saver
    state_saver: tf.train.Saver
    left: dict[str, tf.Tensor]  # what training leaves beside the weights, float32 scalars by their field of Metrics
    histograms: tf.Tensor  # string scalar, a serialized Summary: every variable, and every hidden layer on X
    compiled: CompiledSteps | None  # None: the notebook's loop trains, and feeds X and y


def build(config: RunConfig, dataset: Dataset | None = None, on_gpu: bool = False) -> Graph:
    """Builds and finalizes the graph of `config`: a session on it can add nothing.

    With a data set and more than one step in a `session.run` it has the compiled loop over such data too. Raises
    ValueError where a schedule, whose numbers are epochs, has no data set to count their steps.
    """
    if config.schedule and dataset is None:
        raise ValueError(f'schedule {config.schedule}: give the data set, whose size says how many steps an epoch has')
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(config.seed)
        X, y = nn.placeholders(config.input_features)
        counter: Any = None
        logits = None
        if config.counts_steps:
            # Before the step, and as in a step without dropout: so the initial weights are the same as there.
            logits = nn.network(X, config, batch_statistics=True, with_updates=True).logits
            counter = tf.train.create_global_step()
        rate: Any = config.learning_rate
        if config.schedule and dataset:
            steps = steps_per_epoch(len(dataset.train.labels), config.batch_size, config.keep_last_batch)
            rate_of = schedule(config.schedule, config.learning_rate, steps)
            rate = lambda: rate_of(counter.read_value())  # noqa: E731
        optimizer = OPTIMIZERS[config.optimizer].create(rate, **config.optimizer_numbers)
        step = nn.train_step(X, y, config, optimizer, counter)
        slots = {variable.name for variable in optimizer.variables()}
        state = {variable.op.name: variable for variable in tf.global_variables()}
        published = {name: variable for name, variable in state.items() if variable is not counter}
        model = {name: variable for name, variable in published.items() if variable.name not in slots}
        with tf.name_scope('evaluation/'):  # with the slash it is the scope that train_step opened
            moving = nn.network(X, config, batch_statistics=False)
            evaluation = nn.Evaluation(
                step.accuracy if logits is None else nn.accuracy(logits, y),
                step.loss if logits is None else nn.mean_cross_entropy(logits, y),
                nn.accuracy(moving.logits, y),
                nn.mean_cross_entropy(moving.logits, y),
            )
            probabilities = tf.nn.softmax(moving.logits, name='probabilities')
        init = tf.global_variables_initializer()
        with tf.name_scope('save'):
            model_saver = tf.train.Saver(model)
            state_saver = published_saver = tf.train.Saver(state, max_to_keep=None)
            if counter is not None:
                published_saver = tf.train.Saver(published)
        # Of the last step: where an epoch begins with another rate, it is the one that this epoch was trained with.
        with tf.name_scope('train/'):
            last = rate_of(tf.maximum(counter - 1, 0)) if config.schedule else tf.constant(config.learning_rate)
            left = {'learning_rate': last}
            left |= {'l2_penalty': nn.l2_penalty(config)} if config.l2 else {}
        graph_def = graph.as_graph_def()
        weights = [tf.summary.histogram(f'weights/{name}', variable) for name, variable in model.items()]
        outputs = [tf.summary.histogram(f'activations/hidden{n}', hidden) for n, hidden in enumerate(moving.hidden, 1)]
        histograms = tf.summary.merge(weights + outputs)
        compiled = None
        if dataset is not None and (config.steps_per_run or 1) > 1:
            compiled = compiled_steps(config, dataset, optimizer, model['hidden1/kernel'], counter, on_gpu)
    graph.finalize()
    return Graph(
        graph=graph, graph_def=graph_def, X=X, y=y, train_step=step, evaluation=evaluation,
        probabilities=probabilities, init=init, model=model, published=published, state=state, model_saver=model_saver,
        published_saver=published_saver, state_saver=state_saver, left=left, histograms=histograms, compiled=compiled,
    )  # fmt: skip
