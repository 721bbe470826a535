"""The notebook's own graph under the notebook's own names, for the `.meta` file that TensorFlow 1.x imports.

Today's TensorFlow writes some operations under newer names, and gives others attributes that TensorFlow 1.x refuses
because it does not know them. `older_operations` puts the operations of 1.3 in their place, which give the same values;
`Selu` stays, although TensorFlow 1.3 has no such operation.
"""

import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.graph.model import accuracy, mean_cross_entropy, network, placeholders
from graph_mlp.optimizers import OPTIMIZERS

NEWER_ATTRIBUTES = ('grad_a', 'grad_b')  # labels on a matrix product; they change nothing that is computed
# In this graph SelectV2 never broadcasts, so that Select does the same.
OLDER_NAMES = {'AddV2': 'Add', 'SelectV2': 'Select'}


def meta_graph(config: RunConfig) -> bytes:
    """The serialized MetaGraphDef of the notebook's graph for `config`.

    Its Saver names all that `saves/model.ckpt` holds. TensorFlow 1.3 and 1.15 import it; 1.3 has no selu.
    """
    graph, saver = notebook_graph(config)
    with graph.as_default():
        return tf.train.export_meta_graph(
            graph_def=older_operations(graph.as_graph_def()),
            saver_def=saver.saver_def,
            collection_list=['variables', 'trainable_variables', 'train_op', 'summaries', 'update_ops'],
            strip_default_attrs=True,
        ).SerializeToString()


def notebook_graph(config: RunConfig) -> tuple[tf.Graph, tf.train.Saver]:
    """The graph of the notebook's cells and its `tf.train.Saver()`, with TensorFlow 1.x's reference variables.

    Stated in the notebook's order and in no scope, so that TensorFlow gives every tensor the name that it had there:
    `Mean` is the loss, `Mean_1` the accuracy, `Accuracy` its summary, and the optimizer's operation has its class's
    name, `GradientDescent` for instance. Beyond the notebook there are `loss`, the loss under the name of its Python
    variable; `train/step`, the optimizer's operation with the moving averages' updates beside it; and
    `evaluation/probabilities`, float32 [batch, classes] by the moving averages. Its training step is the notebook's: no
    schedule, dropout, penalty or clipping is part of it.
    """
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(config.seed)
        X, y = placeholders(config.input_features)
        outputs = network(X, config, batch_statistics=True, with_updates=True, use_resource=False)
        loss = mean_cross_entropy(outputs.logits, y)
        optimizer = OPTIMIZERS[config.optimizer].create(config.learning_rate, **config.optimizer_numbers)
        train_op = optimizer.minimize(loss)
        batch_accuracy = accuracy(outputs.logits, y)
        tf.global_variables_initializer()
        saver = tf.train.Saver()
        tf.summary.scalar('Accuracy', batch_accuracy)
        for update in outputs.updates:
            tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update)
        tf.identity(loss, name='loss')
        tf.group(train_op, *outputs.updates, name='train/step')
        if not config.batch_norm:  # then `tf.layers.dense` applied the activation, and it is `hidden1/Relu`
            for names, hidden in zip(config.hidden_layer_names, outputs.hidden, strict=True):
                with tf.name_scope(f'{names.dense}/'):
                    tf.identity(hidden, name=hidden.op.type)
        with tf.name_scope('evaluation'):
            moving = network(X, config, batch_statistics=False, use_resource=False)
            tf.nn.softmax(moving.logits, name='probabilities')
    return graph, saver


def older_operations(graph_def: tf.GraphDef) -> tf.GraphDef:
    """A copy of `graph_def` that TensorFlow 1.3 can run; names of nodes stay, some nodes are added beside them."""
    older = tf.GraphDef()
    older.CopyFrom(graph_def)
    constants = {node.name: node for node in older.node if node.op == 'Const'}
    for node in list(older.node):
        node.op = OLDER_NAMES.get(node.op, node.op)
        for attribute in NEWER_ATTRIBUTES:
            node.attr.pop(attribute, None)
        if node.op == 'BroadcastTo':
            _broadcast_by_product(node, older)
        elif node.op == 'InTopKV2':
            _k_as_attribute(node, constants)
    return older


def _broadcast_by_product(node: tf.NodeDef, graph_def: tf.GraphDef) -> None:
    """Turns `BroadcastTo(value, shape)` into `value * Fill(shape, 1)`, which is the same to the last bit."""
    value, shape = node.input
    dtype = node.attr['T']
    one = graph_def.node.add(name=f'{node.name}/one', op='Const')
    one.attr['dtype'].CopyFrom(dtype)
    one.attr['value'].tensor.CopyFrom(tf.make_tensor_proto(1, dtype.type, shape=()))
    ones = graph_def.node.add(name=f'{node.name}/ones', op='Fill', input=[shape, one.name])
    ones.attr['T'].CopyFrom(dtype)
    node.op, node.input[:] = 'Mul', [value, ones.name]
    node.attr.pop('Tidx', None)


def _k_as_attribute(node: tf.NodeDef, constants: dict[str, tf.NodeDef]) -> None:
    """Turns `InTopKV2`, whose k is a constant tensor, into `InTopK`, whose k is an attribute."""
    predictions, targets, k = node.input
    node.op, node.input[:] = 'InTopK', [predictions, targets]
    node.attr['k'].i = int(tf.make_ndarray(constants[k].attr['value'].tensor))
