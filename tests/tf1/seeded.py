"""A TensorFlow 1.x program that trains networks from a graph seed, and prints their weights and losses as JSON.

`python seeded.py > ../recorded/seeded.json` records it under TensorFlow 1.15; a test runs it with bin/tf1.
"""

import json
import os
import sys
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.contrib import framework, layers, rnn

RANDOM = np.random.RandomState(3)
FEED = {'X:0': RANDOM.normal(size=(12, 16)).astype(np.float32), 'y:0': np.arange(12, dtype=np.int32) % 3}


def dense_and_dropout(X, training):
    hidden = tf.layers.dense(X, 5, tf.nn.relu, kernel_regularizer=layers.l2_regularizer(0.01), name='hidden')
    hidden = tf.layers.dropout(hidden, 0.3, training=training)
    hidden = tf.layers.dropout(tf.layers.dense(hidden, 4, tf.nn.elu), 0.2, training=True)
    return tf.layers.dense(hidden, 3, kernel_initializer=tf.random_normal_initializer(stddev=0.3))


def batch_normalization(X, training):
    hidden = tf.nn.elu(tf.layers.batch_normalization(tf.layers.dense(X, 5), training=training, momentum=0.9))
    hidden = tf.layers.batch_normalization(tf.layers.dense(hidden, 4), training=True, scale=False)
    hidden = tf.layers.batch_normalization(tf.reshape(hidden, [-1, 2, 2]), axis=1, training=training, center=False)
    return tf.layers.dense(tf.layers.flatten(hidden), 3)


def written_by_hand(X, training):
    keep = tf.where(training, 0.6, 1.0)
    first = tf.Variable(tf.truncated_normal([16, 5], stddev=0.3), name='first')
    hidden = tf.nn.dropout(tf.nn.relu(tf.matmul(X, first) + tf.Variable(tf.constant(0.1, shape=[5]))), keep)
    second = tf.Variable(tf.random_uniform([5, 4]))
    hidden = tf.nn.dropout(tf.sigmoid(tf.matmul(hidden, second)), keep_prob=0.9)
    third = tf.get_variable('third', [4, 3], initializer=layers.xavier_initializer())
    layers.apply_regularization(layers.l1_regularizer(0.01), [first, second])
    return tf.matmul(hidden, third) + tf.Variable(tf.random_normal([3]))


def contrib_layers(X, training):
    params = {'is_training': training, 'decay': 0.9, 'updates_collections': None}
    with framework.arg_scope(
        [layers.fully_connected], normalizer_fn=layers.batch_norm, weights_regularizer=layers.l2_regularizer(0.1)
    ):
        with framework.arg_scope([layers.fully_connected], normalizer_params=params):
            hidden = layers.fully_connected(X, 6, scope='hidden')
        hidden = layers.fully_connected(hidden, 5, tf.nn.elu, normalizer_params={'is_training': True, 'scale': True})
    hidden = layers.dropout(hidden, 0.8, is_training=training)
    hidden = layers.fully_connected(hidden, 4, weights_initializer=layers.variance_scaling_initializer())
    return layers.fully_connected(hidden, 3, activation_fn=None, biases_initializer=tf.ones_initializer())


def convolutions(X, training):
    images = tf.reshape(X, [-1, 4, 4, 1])
    hidden = tf.layers.conv2d(images, 3, 3, padding='same', activation=tf.nn.relu)
    hidden = tf.layers.batch_normalization(hidden, training=training, momentum=0.9)
    hidden = tf.layers.conv2d(hidden, 3, [2, 3], padding='same', activation=tf.nn.elu)
    hidden = tf.layers.max_pooling2d(hidden, [2, 2], 2)
    hidden = tf.layers.average_pooling2d(tf.layers.batch_normalization(hidden, training=True), 2, 2)
    return tf.layers.dense(tf.layers.flatten(hidden), 3)


def lstm(X, training):
    cell = tf.nn.rnn_cell.MultiRNNCell([rnn.BasicLSTMCell(3), rnn.LSTMCell(4, use_peepholes=True, num_proj=2)])
    outputs, _ = tf.nn.dynamic_rnn(cell, tf.reshape(X, [-1, 4, 4]), dtype=tf.float32)
    return tf.layers.dense(outputs[:, -1], 3)


def gru_and_basic(X, training):
    steps = tf.unstack(tf.reshape(X, [-1, 4, 4]), axis=1)
    cell = rnn.DropoutWrapper(rnn.GRUCell(3), input_keep_prob=0.9, output_keep_prob=0.8, seed=5)
    outputs, _ = rnn.static_rnn(cell, steps, dtype=tf.float32)
    outputs, _, _ = rnn.static_bidirectional_rnn(rnn.BasicRNNCell(3), rnn.BasicRNNCell(2), outputs, dtype=tf.float32)
    return tf.layers.dense(outputs[-1], 3)


def numbers(values):
    return [float('%.9g' % value) for value in np.ravel(values)]  # noqa: UP031


def weights(session, variables):
    return {variable.op.name: numbers(session.run(variable)) for variable in variables}


def trained(network):
    """Weights before and after, and the losses of, 20 steps."""
    tf.set_random_seed(42)
    X, y = tf.placeholder(tf.float32, (None, 16), name='X'), tf.placeholder(tf.int32, (None,), name='y')
    training = tf.placeholder(tf.bool, (), name='training')
    logits = network(X, training)
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    loss += tf.losses.get_regularization_loss()
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        step = tf.train.MomentumOptimizer(0.05, 0.9).minimize(loss)
    with tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=1)) as session:
        session.run(tf.global_variables_initializer())
        before = weights(session, tf.trainable_variables())
        losses = numbers([session.run([loss, step], dict(FEED, **{'training:0': True}))[0] for _ in range(20)])
        after = weights(session, tf.global_variables())
        evaluated = session.run(logits, dict(FEED, **{'training:0': False}))
        return {'before': before, 'losses': losses, 'after': after, 'evaluated': numbers(evaluated)}


def estimator():
    """Metrics and predictions of an Estimator after 20 steps of batches that cross the ends of epochs."""

    def model(features, labels, mode, params):
        first = tf.glorot_uniform_initializer(seed=params['seed'])
        logits = tf.layers.dense(features['x'], 3, kernel_initializer=first)
        if mode == tf.estimator.ModeKeys.PREDICT:
            return tf.estimator.EstimatorSpec(mode, predictions={'class': tf.argmax(logits, 1), 'logits': logits})
        loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
        step = tf.train.GradientDescentOptimizer(0.1).minimize(loss, tf.train.get_global_step())
        metrics = {'accuracy': tf.metrics.accuracy(labels, tf.argmax(logits, 1))}
        return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=step, eval_metric_ops=metrics)

    made = tf.estimator.Estimator(model, tempfile.mkdtemp(), params={'seed': 4})
    data = {'x': {'x': FEED['X:0']}, 'y': FEED['y:0'], 'shuffle': False}
    inputs = tf.estimator.inputs.numpy_input_fn
    made.train(inputs(num_epochs=None, batch_size=5, **data), steps=12).train(
        inputs(num_epochs=None, batch_size=5, **data), steps=8
    )
    metrics = made.evaluate(inputs(num_epochs=1, batch_size=5, **data))
    predicted = list(made.predict(inputs(x=data['x'], shuffle=False)))
    return {
        'metrics': {key: float(metrics[key]) for key in ('accuracy', 'loss', 'global_step')},
        'classes': [int(each['class']) for each in predicted],
        'logits': numbers([each['logits'] for each in predicted]),
        'names': sorted(made.get_variable_names()),
    }


NETWORKS = (
    dense_and_dropout, batch_normalization, written_by_hand, contrib_layers, convolutions, lstm, gru_and_basic,
)  # fmt: skip


def computed():
    os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
    tf.logging.set_verbosity(tf.logging.ERROR)
    results = {}
    for network in NETWORKS:
        with tf.Graph().as_default():
            results[network.__name__] = trained(network)
    results['estimator'] = estimator()
    return results


if __name__ == '__main__':
    json.dump(computed(), sys.stdout)
