"""The notebook's code cells 3 to 8: placeholders, layers, loss, training step and accuracy."""

from typing import NamedTuple

import tensorflow.compat.v1 as tf

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.config import RunConfig
from graph_mlp.graph import xla_ops
from graph_mlp.graph.layers import batch_norm, dense, dropout


class Network(NamedTuple):
    """The network on one batch."""

    logits: tf.Tensor  # float32 [batch, classes]
    hidden: tuple[tf.Tensor, ...]  # float32 [batch, units]: the outputs of every hidden layer
    updates: tuple[tf.Operation, ...]  # of batch norm's moving averages; empty unless asked for


class TrainStep(NamedTuple):
    """One step, or `steps_per_run` of them; each `session.run` that fetches any of these trains once."""

    step: tf.Operation
    loss: tf.Tensor  # float32, [] or [steps]: mean cross-entropy of each batch, before its update
    accuracy: tf.Tensor  # float32, [] or [steps]: of each batch, before its update


class Evaluation(NamedTuple):
    """What one evaluation measures; every field a float32 scalar, the losses in nats."""

    accuracy: tf.Tensor  # the notebook's: normalized by the statistics of the images evaluated together
    loss: tf.Tensor
    accuracy_moving: tf.Tensor  # normalized by the moving averages: one image at a time gives the same
    loss_moving: tf.Tensor


def placeholders(input_features: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Creates `X`, float32 [None, input_features], and `y`, int32 [None], under the notebook's names.

    The notebook writes `shape=(None)` for `y`, which is None itself; the rank it meant is given here, so that
    labels of another rank are refused while feeding.
    """
    X = tf.placeholder(tf.float32, shape=(None, input_features), name='X')
    y = tf.placeholder(tf.int32, shape=(None,), name='y')
    return X, y


def network(
    X: tf.Tensor,
    config: RunConfig,
    batch_statistics: bool,
    with_updates: bool = False,
    use_resource: bool = True,
    dropout_step: tf.Tensor | None = None,
) -> Network:
    """Builds input -> [dense -> batch norm -> activation] per hidden layer -> dense, as the notebook's cells do.

    Variables are created on the first call and shared after it. Beyond the notebook, the inputs and each activation
    are followed by dropout where the configuration asks for it.

    Args:
        X: float32 [batch, input_features].
        config: the model.
        batch_statistics: whether to normalize by this batch, as in training and in the notebook's Accuracy, or by the
            moving averages; without batch norm the two are the same.
        with_updates: whether to create the operations that update the moving averages, for training alone.
        use_resource: False creates TensorFlow 1.x's reference variables, which a compiled function cannot use.
        dropout_step: int64 scalar, the number of the training step; None: nothing is dropped.

    Returns:
        The logits, the hidden layers' outputs and the updates.

    Raises:
        ValueError: X has not `config.input_features` columns.
    """
    if X.shape[-1] != config.input_features:
        raise ValueError(f'X: wanted [batch, {config.input_features}], got {X.shape}')
    activation = ACTIVATIONS[config.activation]

    def dropped(outputs: tf.Tensor, layer: int) -> tf.Tensor:
        rate = config.dropout_rates[layer]
        if dropout_step is None or not rate:
            return outputs
        return dropout(outputs, rate, (config.seed, layer), dropout_step)

    hidden: list[tf.Tensor] = []
    updates: list[tf.Operation] = []
    with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE, use_resource=use_resource):
        outputs = dropped(X, 0)
        for layer, (names, units) in enumerate(zip(config.hidden_layer_names, config.hidden_sizes, strict=True), 1):
            outputs = dense(outputs, units, name=names.dense)
            if config.batch_norm:
                outputs, layer_updates = batch_norm(outputs, names.batch_norm, batch_statistics, with_updates)
                updates += layer_updates
            outputs = dropped(activation(outputs), layer)
            hidden.append(outputs)
        logits = dense(outputs, config.classes, name='output')
    return Network(logits, tuple(hidden), tuple(updates))


def mean_cross_entropy(logits: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Mean over the batch of `-log softmax(logits)[y]`.

    Args: logits float32 [batch, classes]; y int32 [batch]. Returns a float32 scalar, in nats.
    """
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits
    if xla_ops.is_compiling():
        cross_entropy = xla_ops.sparse_softmax_cross_entropy_with_logits
    return tf.reduce_mean(cross_entropy(labels=y, logits=logits))


def accuracy(logits: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Fraction of images whose true class has the largest logit, by the notebook's `in_top_k`.

    A tie for the largest counts as a hit, a row with a logit that is not finite as a miss.
    Args: logits float32 [batch, classes]; y int32 [batch]. Returns a float32 scalar.
    """
    correct = (xla_ops if xla_ops.is_compiling() else tf.nn).in_top_k(logits, y, 1)
    return tf.reduce_mean(tf.cast(correct, tf.float32))


def l2_penalty(config: RunConfig) -> tf.Tensor:
    """`--l2` times `tf.nn.l2_loss` of every kernel, a float32 scalar, as `tf.contrib.layers.l2_regularizer` has it."""
    kernels = [variable for variable in tf.trainable_variables() if variable.op.name.endswith('/kernel')]
    return tf.add_n([config.l2 * tf.nn.l2_loss(kernel) for kernel in kernels])


def train_step(
    X: tf.Tensor, y: tf.Tensor, config: RunConfig, optimizer: tf.train.Optimizer, counter: tf.Variable | None = None
) -> TrainStep:
    """One step of the notebook's `optimizer.minimize(loss)`, with the moving averages' updates beside it.

    Args: X float32 [batch, features]; y int32 [batch]; config, whose `input_features` are those of X: the compiled loop
    passes a narrower one (graph/compiled.py); counter, int64, of the steps done, where a step depends on its number.
    """
    number = None if counter is None else counter.read_value()
    logits, _, updates = network(X, config, batch_statistics=True, with_updates=True, dropout_step=number)
    with tf.name_scope('loss'):
        loss = mean_cross_entropy(logits, y)
    with tf.name_scope('evaluation'):
        batch_accuracy = accuracy(logits, y)
    with tf.name_scope('train'):
        gradients = optimizer.compute_gradients(loss + l2_penalty(config) if config.l2 else loss)
        gradients = clipped(gradients, config)
    # `minimize` in two parts: inside the scope, Adam's beta1_power would not have the name TensorFlow 1.x gives it.
    minimize = optimizer.apply_gradients(gradients, counter, name='train/apply')
    return TrainStep(tf.group(minimize, *updates, name='train/step'), loss, batch_accuracy)


def clipped(gradients: list[tuple[tf.Tensor, tf.Variable]], config: RunConfig) -> list[tuple[tf.Tensor, tf.Variable]]:
    """The gradients by `tf.clip_by_value`, then by `tf.clip_by_global_norm`, where the configuration asks for it."""
    values = [value for value, _ in gradients]
    if config.clip_value:
        values = [tf.clip_by_value(value, -config.clip_value, config.clip_value) for value in values]
    if config.clip_norm:
        values, _ = tf.clip_by_global_norm(values, config.clip_norm)
    return [(value, variable) for value, (_, variable) in zip(values, gradients, strict=True)]


def evaluate(X: tf.Tensor, y: tf.Tensor, config: RunConfig) -> Evaluation:
    """Accuracy and mean cross-entropy of X, float32 [n, input_features], with labels y, int32 [n].

    For the compiled loop; the notebook's takes those of its training step (graph/build.py), as the notebook did. The
    network is built twice on the same variables. Without batch norm it is built once, and both pairs are equal.
    """
    logits = network(X, config, batch_statistics=True).logits
    moving = network(X, config, batch_statistics=False).logits if config.batch_norm else logits
    return Evaluation(
        accuracy(logits, y), mean_cross_entropy(logits, y), accuracy(moving, y), mean_cross_entropy(moving, y)
    )
