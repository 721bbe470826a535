"""A graph in operations that TensorFlow 1.3 has: the same values by the operations of its time.

Today's TensorFlow writes some operations under newer names, and gives others attributes that TensorFlow 1.x refuses
because it does not know them. `Selu` stays, although TensorFlow 1.3 has no such operation.
"""

import tensorflow.compat.v1 as tf

NEWER_ATTRIBUTES = ('grad_a', 'grad_b')  # labels on a matrix product; they change nothing that is computed
# In this graph SelectV2 never broadcasts, so that Select does the same.
OLDER_NAMES = {'AddV2': 'Add', 'SelectV2': 'Select'}


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
