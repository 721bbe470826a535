"""Small TF1 programs that run unchanged under TensorFlow 1.15 and under graph_mlp.tf1 (Python 3.7 and newer).

Each takes the module `tf` and builds in the default graph; each returns what can be written as JSON.
tests/tf1/record.py records what they return under TensorFlow 1.15.
"""

import numpy as np

RANDOM = np.random.RandomState(3)
X_BATCH = RANDOM.normal(size=(12, 4)).astype(np.float32)
Y_BATCH = np.arange(12, dtype=np.int32) % 3


def inputs(tf):
    return tf.placeholder(tf.float32, (None, 4), name='X'), tf.placeholder(tf.int32, (None,), name='y')


def mean_loss(tf, logits, y):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))


def session_with_known_weights(tf):
    """A session whose trainable variables are drawn by NumPy, in the order of the collection."""
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    random = np.random.RandomState(4)
    for variable in tf.trainable_variables():
        variable.load(random.normal(0, 0.5, variable.shape.as_list()).astype(np.float32), session)
    return session


def collections(tf):
    """The names in every collection that a layer writes to."""
    keys = ('TRAINABLE_VARIABLES', 'GLOBAL_VARIABLES', 'MODEL_VARIABLES', 'REGULARIZATION_LOSSES')
    names = {key: [each.op.name for each in tf.get_collection(getattr(tf.GraphKeys, key))] for key in keys}
    names['UPDATE_OPS'] = len(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
    return names


def values(session, variables):
    return {variable.op.name: np.ravel(session.run(variable)).tolist() for variable in variables}


def trained(tf, loss, step, fed=None, after=lambda session: {}):
    """What five steps compute; `after` returns more of it, from the session."""
    with session_with_known_weights(tf) as session:
        feed = {'X:0': X_BATCH, 'y:0': Y_BATCH, **(fed or {})}
        losses = [float(session.run([loss, step], feed)[0]) for _ in range(5)]
        weights = values(session, tf.trainable_variables())
        return {'losses': losses, 'collections': collections(tf), **after(session), 'weights': weights}


def two_dense_without_names(tf):
    X, y = inputs(tf)
    logits = tf.layers.dense(tf.layers.dense(X, 5, activation=tf.nn.tanh), 3)
    loss = mean_loss(tf, logits, y)
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    return trained(tf, loss, step, after=lambda session: {'output': logits.name})


def batch_normalization_with_a_placeholder(tf):
    """As the documentation of TensorFlow 1.x shows it."""
    X, y = inputs(tf)
    training = tf.placeholder(tf.bool, name='training')
    hidden = tf.layers.batch_normalization(tf.layers.dense(X, 5), training=training)
    logits = tf.layers.dense(tf.nn.elu(hidden), 3)
    loss = mean_loss(tf, logits, y)
    update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies(update_ops):
        step = tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)

    def after(session):
        feed = {X: X_BATCH, y: Y_BATCH, training: False}
        moving = [each for each in tf.global_variables() if '/moving_' in each.name]
        after_training, evaluated = values(session, moving), session.run(logits, feed).ravel().tolist()
        session.run(update_ops, feed)
        updated = {'moving after updates outside training': values(session, moving)}
        return {'moving': after_training, 'evaluated': evaluated, **updated}

    return trained(tf, loss, step, {training: True}, after)


def reuse(tf):
    X, _ = inputs(tf)
    first = tf.layers.dense(X, 4, name='shared')
    second = tf.layers.dense(first, 4, name='shared', reuse=True)
    with tf.variable_scope('tower'):
        third = tf.layers.batch_normalization(tf.layers.dense(second, 4), training=True)
    with tf.variable_scope('tower', reuse=True):
        fourth = tf.layers.batch_normalization(tf.layers.dense(third, 4))
    fifth = tf.layers.dense(fourth, 4)
    sixth = tf.layers.dense(fifth, 4, reuse=True)
    outputs = [first, second, third, fourth, fifth, sixth]
    with session_with_known_weights(tf) as session:
        return {
            'outputs': [each.name for each in outputs],
            'collections': collections(tf),
            'values': [each.ravel().tolist() for each in session.run(outputs, {X: X_BATCH})],
        }


def l2_by_kernel_regularizer(tf):
    X, y = inputs(tf)
    l2 = {'kernel_regularizer': lambda kernel: 0.05 * tf.nn.l2_loss(kernel)}
    logits = tf.layers.dense(tf.layers.dense(X, 5, tf.nn.tanh, name='hidden', **l2), 3, name='output', **l2)
    tf.layers.dense(X, 5, name='hidden', reuse=True, **l2)  # adds no loss a second time
    loss = mean_loss(tf, logits, y) + tf.losses.get_regularization_loss()
    return trained(tf, loss, tf.train.GradientDescentOptimizer(0.5).minimize(loss))


def names_and_scopes(tf):
    """How layers are numbered, with and without names, in scopes, and what each puts into the collections."""
    X, _ = inputs(tf)
    training, layers, grid = tf.placeholder(tf.bool, (), name='training'), tf.layers, tf.zeros((2, 3, 4))
    outputs = [
        layers.dense(X, 3, activation=tf.nn.relu), layers.dense(X, 3, reuse=True), layers.dense(X, 3),
        layers.dense(X, 3, use_bias=False, trainable=False), layers.batch_normalization(X, training=training),
        layers.batch_normalization(X, center=False, training=True), layers.batch_normalization(X, scale=False),
        layers.dense(X, 3, name='dense_7'), layers.dense(X, 3), layers.dense(X, 3, reuse=tf.AUTO_REUSE),
        layers.flatten(grid), layers.flatten(grid, name='flat'),
        layers.dropout(X), layers.dropout(X, name='drop'), layers.dropout(X, name='drop'),
    ]  # fmt: skip
    with tf.variable_scope('tower', regularizer=tf.nn.l2_loss, initializer=tf.ones_initializer()):
        outputs += [layers.dense(X, 3), layers.dense(X, 3), layers.batch_normalization(X, training=training)]
    with tf.variable_scope('tower', reuse=True):
        outputs += [layers.dense(X, 3), layers.dense(X, 3)]
    with tf.variable_scope('tower_2'):
        outputs.append(layers.dense(X, 3))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        kernel = [each for each in tf.global_variables() if each.op.name == 'tower/dense/kernel']
        shapes = [each.shape.as_list() for each in outputs]
        results = {'outputs': [each.name for each in outputs], 'shapes': shapes, 'collections': collections(tf)}
        return {**results, 'kernel of the scope': values(session, kernel)}


def next_batch(input_data, folder):
    """Labels and sums of pixels, across the end of an epoch."""
    train = input_data.read_data_sets(folder, seed=7, validation_size=4000).train
    batches = []
    for size in (5, 30000, 30000, 26000, 5):
        images, labels = train.next_batch(size)
        batches.append([labels[:9].tolist(), float(images[:9].sum()), labels[-9:].tolist(), train.epochs_completed])
    _, labels = input_data.read_data_sets(folder, one_hot=True).test.next_batch(3, shuffle=False)
    return {'batches': batches, 'dtypes': [str(images.dtype), str(train.labels.dtype)], 'one hot': labels.tolist()}


NAMES = 'two_dense_without_names batch_normalization_with_a_placeholder reuse l2_by_kernel_regularizer names_and_scopes'
PROGRAMS = {name: globals()[name] for name in NAMES.split()}
