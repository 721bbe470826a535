"""From a configuration to a finalized graph: the page to read first."""

from typing import NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Inputs
from graph_mlp.graph.evaluation import Figures, figures
from graph_mlp.graph.images import HeldImages, held_images
from graph_mlp.graph.network import network
from graph_mlp.graph.objective import accuracy, mean_cross_entropy
from graph_mlp.graph.pixels import SLOTS_CHANGE_WITHOUT_GRADIENT, used_pixels
from graph_mlp.graph.placeholders import placeholders
from graph_mlp.graph.training import OPTIMIZERS, TrainStep, train_step, train_steps


class SplitSizes(NamedTuple):
    """Numbers of images."""

    train: int
    validation: int
    test: int


class DataShape(NamedTuple):
    """What the graph must know of the data before it holds them."""

    sizes: SplitSizes
    used_pixels: np.ndarray | None  # int [used]: those that are not zero in every training image; None: not pixels

    @classmethod
    def of(cls, inputs: Inputs) -> 'DataShape':
        """The shape of three splits, of uint8 pixels or of float32 principal components."""
        images = inputs.train.images
        pixels = np.flatnonzero(images.any(axis=0)) if images.dtype == np.uint8 else None
        return cls(SplitSizes(*(len(split.labels) for split in inputs)), pixels)


class Loop(NamedTuple):
    """What the session loop needs beyond the network: images in the graph, and ops over all of them."""

    rows: tf.Tensor  # int32 [steps_per_run, batch_size], fed
    count: tf.Tensor  # int32 scalar, fed: how many of these rows to train on
    many: TrainStep | None  # None where steps_per_run is 1: then `Graph.one` is fed batch by batch
    train: HeldImages | None  # likewise
    columns: np.ndarray | None  # which columns of the training images `train` holds; None: all
    test: HeldImages
    validation: HeldImages
    test_figures: Figures
    validation_figures: Figures


class Graph(NamedTuple):
    """Every op the session needs."""

    graph: tf.Graph
    graph_def: tf.GraphDef  # the network and its training step, without the loop's machinery: for TensorBoard
    X: tf.Tensor  # float32 [batch, input_features], fed
    y: tf.Tensor  # int32 [batch], fed
    one: TrainStep  # the notebook's step on what is fed; its loss and accuracy are the notebook's tensors
    fed: Figures  # of what is fed
    probabilities: tf.Tensor  # float32 [batch, 10] of what is fed, by moving averages
    init: tf.Operation
    model: dict[str, tf.Variable]  # the notebook's variables by name
    state: dict[str, tf.Variable]  # these and the optimizer's slots: all that training changes
    model_saver: tf.train.Saver
    state_saver: tf.train.Saver
    histograms: tf.Tensor  # string scalar, a serialized Summary: every variable, and the hidden layers on what is fed
    loop: Loop | None  # only where `build` was given data


def build(config: RunConfig, data: DataShape | None = None, steps_per_run: int = 1) -> Graph:
    """Builds the graph of `config`, with the loop over data of that shape if given.

    The graph is finalized: a session on it can add nothing.
    """
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(config.seed)
        X, y = placeholders(config.input_features)
        optimizer = OPTIMIZERS[config.optimizer](config.learning_rate)
        one = train_step(X, y, config, optimizer)
        slots = {variable.name for variable in optimizer.variables()}
        state = {variable.op.name: variable for variable in tf.global_variables()}
        model = {name: variable for name, variable in state.items() if variable.name not in slots}
        with tf.name_scope('evaluation/'):  # with the slash it is the scope that train_step opened
            hidden: list[tf.Tensor] = []
            moving_logits = network(X, config, batch_statistics=False, activations=hidden)
            fed = Figures(one.accuracy, one.loss, accuracy(moving_logits, y), mean_cross_entropy(moving_logits, y))
            probabilities = tf.nn.softmax(moving_logits, name='probabilities')
        init = tf.global_variables_initializer()
        with tf.name_scope('save'):
            model_saver = tf.train.Saver(model)
            state_saver = tf.train.Saver(state, max_to_keep=None)
        graph_def = graph.as_graph_def()
        histograms = _histograms(model, hidden)
        loop = _loop(config, optimizer, data, steps_per_run, model['hidden1/kernel']) if data else None
    graph.finalize()
    savers = (model_saver, state_saver)
    return Graph(graph, graph_def, X, y, one, fed, probabilities, init, model, state, *savers, histograms, loop)


def meta_graph(built: Graph) -> bytes:
    """The notebook's `.meta`: network, training step and Saver, serialized, in words that TensorFlow 1.15 knows."""
    with built.graph.as_default():
        meta = tf.train.export_meta_graph(
            graph_def=built.graph_def,
            saver_def=built.model_saver.saver_def,
            collection_list=[tf.GraphKeys.GLOBAL_VARIABLES, tf.GraphKeys.TRAINABLE_VARIABLES],
            strip_default_attrs=True,
        )
    for node in meta.graph_def.node:
        for younger in ('debug_name', 'grad_a', 'grad_b'):  # than 1.15; labels, none changes what is computed
            node.attr.pop(younger, None)
    return meta.SerializeToString()


def _histograms(model: dict[str, tf.Variable], hidden: list[tf.Tensor]) -> tf.Tensor:
    weights = [tf.summary.histogram(f'weights/{name}', variable) for name, variable in model.items()]
    outputs = [tf.summary.histogram(f'activations/hidden{n + 1}', each) for n, each in enumerate(hidden)]
    return tf.summary.merge(weights + outputs)


def _loop(
    config: RunConfig, optimizer: tf.train.Optimizer, data: DataShape, steps_per_run: int, kernel: tf.Variable
) -> Loop:
    compiled = steps_per_run > 1
    sizes, features = data.sizes, config.input_features
    dtype = tf.float32 if data.used_pixels is None else tf.uint8
    pixels = None
    if compiled and data.used_pixels is not None and config.optimizer not in SLOTS_CHANGE_WITHOUT_GRADIENT:
        pixels = used_pixels(data.used_pixels, kernel)
    with tf.variable_scope('data'):
        # Scaled once and not in every evaluation, which has to hold them scaled anyway.
        test = held_images('test', sizes.test, features, tf.float32)
        validation = held_images('validation', sizes.validation, features, tf.float32)
        used = len(pixels.rows) if pixels else features
        train = held_images('train', sizes.train, used, dtype) if compiled else None
    with tf.name_scope('loop'):
        rows = tf.placeholder(tf.int32, (steps_per_run, config.batch_size), name='rows')
        count = tf.placeholder(tf.int32, (), name='count')
        many = train_steps(rows, count, train, config, optimizer, pixels) if train else None
        test_figures, validation_figures = _evaluation(test, validation, config, compiled)
    columns = pixels.rows if pixels else None
    return Loop(rows, count, many, train, columns, test, validation, test_figures, validation_figures)


def _evaluation(test: HeldImages, validation: HeldImages, config: RunConfig, compiled: bool) -> tuple[Figures, Figures]:
    def evaluate() -> tuple[Figures, Figures]:
        return figures(*test.all(), config), figures(*validation.all(), config)

    # One call, so that XLA sees that both statistics share the first layer's product.
    return tf.function(evaluate, jit_compile=True, autograph=False)() if compiled else evaluate()
