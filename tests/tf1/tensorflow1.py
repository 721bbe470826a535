"""What the scripts that run under TensorFlow 1.x share: the notebook's cells, and draws with moved weights."""

import collections
import os

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import numpy as np
import tensorflow as tf

getattr(tf.compat, 'v1', tf).logging.set_verbosity('ERROR')

OPTIMIZERS = {
    'sgd': tf.train.GradientDescentOptimizer,
    'momentum': lambda rate: tf.train.MomentumOptimizer(rate, 0.9),
    'nesterov': lambda rate: tf.train.MomentumOptimizer(rate, 0.9, use_nesterov=True),
    'adagrad': tf.train.AdagradOptimizer,
    'rmsprop': tf.train.RMSPropOptimizer,
    'adam': tf.train.AdamOptimizer,
}
Cells = collections.namedtuple('Cells', 'loss optimizer accuracy init saver')


def cells(settings, training=None):
    """The notebook's cells, in their order, for a configuration's network; the placeholders are `X` and `y`.

    `training`, of the loss, returns the operation that trains where it is not the notebook's.
    """
    tf.set_random_seed(settings['seed'])
    name = settings['activation']
    act = (lambda z: tf.maximum(0.01 * z, z)) if name == 'leaky_relu' else getattr(tf.nn, name)
    X = tf.placeholder(tf.float32, shape=(None, settings['input_features']), name='X')
    y = tf.placeholder(tf.int32, shape=(None), name='y')
    outputs = X
    for number, units in enumerate(settings['hidden_sizes'], 1):
        if settings['batch_norm']:
            outputs = tf.layers.dense(outputs, units, name='hidden%d' % number)  # noqa: UP031
            outputs = act(tf.layers.batch_normalization(outputs, training=True, momentum=0.9))
        else:
            outputs = tf.layers.dense(outputs, units, name='hidden%d' % number, activation=act)  # noqa: UP031
    output_layer = tf.layers.dense(outputs, 10, name='output')
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=output_layer))
    training = training or OPTIMIZERS[settings['optimizer']](settings['learning_rate']).minimize
    optimizer = training(loss)
    accuracy = tf.reduce_mean(tf.cast(tf.nn.in_top_k(output_layer, y, 1), tf.float32))
    init = tf.global_variables_initializer()
    saver = tf.train.Saver()
    tf.summary.scalar('Accuracy', accuracy)
    return Cells(loss, optimizer, accuracy, init, saver)


def session_of(graph):
    return tf.Session(graph=graph, config=tf.ConfigProto(intra_op_parallelism_threads=1))


def moved(name, value, move):
    """A variable's value in one draw; `move` is a kernel and the position in it that is moved, or '*' and a seed."""
    value = value.copy()
    if move[0] == name:
        value.flat[move[1]] = np.nextafter(value.flat[move[1]], np.float32(np.inf))
    elif move[0] == '*' and name.endswith('kernel'):
        is_up = np.random.RandomState([move[1], value.size]).uniform(size=value.shape) < 0.5
        value = np.nextafter(value, np.where(is_up, np.float32(np.inf), np.float32(-np.inf)))
    return value


def draws(session, start, operations, images, labels, batches, moves):
    """Every variable after these batches, as `<draw>/<name>`: draw 0 moves nothing.

    Args: start, a function that sets the variables before each draw; moves, a list of what `moved` takes.
    """
    values = {}
    for draw, move in enumerate([None] + moves):
        start()
        for variable in tf.trainable_variables() if move else ():
            variable.load(moved(variable.op.name, session.run(variable), move), session)
        for rows in batches:
            session.run(operations, {'X:0': images[rows], 'y:0': labels[rows]})
        for variable in tf.global_variables():
            values['%d/%s' % (draw, variable.op.name)] = session.run(variable)  # noqa: UP031
    return values
