"""From a configuration to a finalized graph: the page to read first."""

from typing import NamedTuple

import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.graph.compiled_loop import DataShape, Loop, build_loop
from graph_mlp.graph.evaluation import Figures
from graph_mlp.graph.network import Network, network
from graph_mlp.graph.objective import accuracy, mean_cross_entropy
from graph_mlp.graph.placeholders import placeholders
from graph_mlp.graph.training import TrainStep, train_step
from graph_mlp.optimizers import OPTIMIZERS


class Graph(NamedTuple):
    """Every tensor and operation that the session needs."""

    graph: tf.Graph
    graph_def: tf.GraphDef  # the network and its training step, without the compiled loop: for TensorBoard
    X: tf.Tensor  # float32 [batch, input_features], fed
    y: tf.Tensor  # int32 [batch], fed
    train_step: TrainStep  # the notebook's step on X and y; its loss and accuracy are the notebook's tensors
    figures: Figures  # of X and y
    probabilities: tf.Tensor  # float32 [batch, 10] of X, by moving averages
    init: tf.Operation
    model: dict[str, tf.Variable]  # the notebook's variables by name
    state: dict[str, tf.Variable]  # these and the optimizer's slots: all that training changes
    model_saver: tf.train.Saver
    state_saver: tf.train.Saver
    histograms: tf.Tensor  # string scalar, a serialized Summary: every variable, and every hidden layer on X
    loop: Loop | None  # only where `build` was given data


def build(config: RunConfig, data: DataShape | None = None, steps_per_run: int = 1) -> Graph:
    """Builds the graph of `config`, with the loop over data of that shape if given.

    The graph is finalized: a session on it can add nothing.
    """
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(config.seed)
        X, y = placeholders(config.input_features)
        optimizer = OPTIMIZERS[config.optimizer].create(config.learning_rate)
        step = train_step(X, y, config, optimizer)
        slots = {variable.name for variable in optimizer.variables()}
        state = {variable.op.name: variable for variable in tf.global_variables()}
        model = {name: variable for name, variable in state.items() if variable.name not in slots}
        with tf.name_scope('evaluation/'):  # with the slash it is the scope that train_step opened
            moving = network(X, config, batch_statistics=False)
            moving_figures = accuracy(moving.logits, y), mean_cross_entropy(moving.logits, y)
            probabilities = tf.nn.softmax(moving.logits, name='probabilities')
        init = tf.global_variables_initializer()
        with tf.name_scope('save'):
            model_saver = tf.train.Saver(model)
            state_saver = tf.train.Saver(state, max_to_keep=None)
        graph_def = graph.as_graph_def()
        histograms = _histograms(model, moving)
        loop = build_loop(config, optimizer, data, steps_per_run, model['hidden1/kernel']) if data else None
    graph.finalize()
    return Graph(
        graph=graph, graph_def=graph_def, X=X, y=y,
        train_step=step, figures=Figures(step.accuracy, step.loss, *moving_figures), probabilities=probabilities,
        init=init, model=model, state=state, model_saver=model_saver, state_saver=state_saver,
        histograms=histograms, loop=loop,
    )  # fmt: skip


def _histograms(model: dict[str, tf.Variable], outputs: Network) -> tf.Tensor:
    weights = [tf.summary.histogram(f'weights/{name}', variable) for name, variable in model.items()]
    activations = [
        tf.summary.histogram(f'activations/hidden{number}', hidden) for number, hidden in enumerate(outputs.hidden, 1)
    ]
    return tf.summary.merge(weights + activations)
