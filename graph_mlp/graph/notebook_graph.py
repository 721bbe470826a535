"""The notebook's own graph under the notebook's own names, for the `.meta` file that TensorFlow 1.x imports."""

import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.graph.network import Network, network
from graph_mlp.graph.objective import accuracy, mean_cross_entropy
from graph_mlp.graph.placeholders import placeholders
from graph_mlp.optimizers import OPTIMIZERS

# What the notebook's graph has: `variables`, `trainable_variables`, `train_op`, `summaries`, `update_ops`.
COLLECTIONS = (
    tf.GraphKeys.GLOBAL_VARIABLES,
    tf.GraphKeys.TRAINABLE_VARIABLES,
    tf.GraphKeys.TRAIN_OP,
    tf.GraphKeys.SUMMARIES,
    tf.GraphKeys.UPDATE_OPS,
)


def notebook_graph(config: RunConfig) -> tuple[tf.Graph, tf.train.Saver]:
    """The graph of the notebook's cells and its `tf.train.Saver()`, with TensorFlow 1.x's reference variables.

    Stated in the notebook's order and in no scope, so that TensorFlow gives every tensor the name that it had there:
    `Mean` is the loss, `Mean_1` the accuracy, `Accuracy` its summary, and the optimizer's operation has its class's
    name, `GradientDescent` for instance. Beyond the notebook there are `loss`, the loss under the name of its Python
    variable; `train/step`, the optimizer's operation with the moving averages' updates beside it; and
    `evaluation/probabilities`, float32 [batch, 10] by the moving averages.
    """
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(config.seed)
        X, y = placeholders(config.input_features)
        outputs = network(X, config, batch_statistics=True, with_updates=True, use_resource=False)
        loss = mean_cross_entropy(outputs.logits, y)
        train_op = OPTIMIZERS[config.optimizer].create(config.learning_rate).minimize(loss)
        batch_accuracy = accuracy(outputs.logits, y)
        tf.global_variables_initializer()
        saver = tf.train.Saver()
        tf.summary.scalar('Accuracy', batch_accuracy)
        for update in outputs.updates:
            tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update)
        tf.identity(loss, name='loss')
        tf.group(train_op, *outputs.updates, name='train/step')
        if not config.batch_norm:
            _name_activations(outputs, config)
        with tf.name_scope('evaluation'):
            moving = network(X, config, batch_statistics=False, use_resource=False)
            tf.nn.softmax(moving.logits, name='probabilities')
    return graph, saver


def _name_activations(outputs: Network, config: RunConfig) -> None:
    """Names every activation as `tf.layers.dense(activation=...)` did, `hidden1/Relu` for instance."""
    for names, hidden in zip(config.hidden_layer_names, outputs.hidden, strict=True):
        with tf.name_scope(f'{names.dense}/'):
            tf.identity(hidden, name=hidden.op.type)
