"""Trains the grid of tests/tf1/fidelity.py under TensorFlow 1.15; started by that script.

Usage (Python 3.7, tensorflow==1.15.5, protobuf<3.21): python record_grid.py FOLDER

FOLDER holds for configuration N: `N.json`, its settings and batches; `N.npz`, its initial weights; `N.data.npz`, its
images and labels. Each is trained from these weights, and once more per draw with one weight moved by one unit in the
last place, or with the weights of every kernel, up or down at random.
Writes `N.tf1.npz`: the trained weights, as `<draw>/<variable>`; draw 0 moved nothing.
Where that file is there already, nothing is trained.
"""

import glob
import json
import os
import sys

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import numpy as np
import tensorflow as tf
from tensorflow1_tables import ACTIVATIONS, OPTIMIZERS

tf.compat.v1.logging.set_verbosity('ERROR')


def network(settings, features):
    """The notebook's cells, for any number of layers: X, y and the training step."""
    act = ACTIVATIONS[settings['activation']]
    X = tf.placeholder(tf.float32, shape=(None, features), name='X')
    y = tf.placeholder(tf.int32, shape=(None), name='y')
    outputs = X
    for number, units in enumerate(settings['hidden_sizes'], 1):
        outputs = tf.layers.dense(outputs, units, name=f'hidden{number}')
        if settings['batch_norm']:
            outputs = tf.layers.batch_normalization(outputs, training=True, momentum=0.9)
        outputs = act(outputs)
    logits = tf.layers.dense(outputs, 10, name='output')
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    return X, y, OPTIMIZERS[settings['optimizer']](settings['learning_rate']).minimize(loss)


def moved_value(name, value, moved):
    """A variable's initial value in one draw; `moved` is None, a kernel and a position in it, or '*' and a seed."""
    value = value.copy()
    if moved and moved[0] == name:
        value.flat[moved[1]] = np.nextafter(value.flat[moved[1]], np.float32(np.inf))
    elif moved and moved[0] == '*' and name.endswith('kernel'):
        is_up = np.random.RandomState([moved[1], value.size]).uniform(size=value.shape) < 0.5
        value = np.nextafter(value, np.where(is_up, np.float32(np.inf), np.float32(-np.inf)))
    return value


def train(settings, initial, images, labels):
    """The trained weights of each draw."""
    batches = [np.array(batch) for batch in settings['batches']]
    with tf.Graph().as_default(), tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=1)) as session:
        X, y, step = network(settings, images.shape[1])
        init = tf.global_variables_initializer()
        trained = {}
        for draw, moved in enumerate([None] + settings['moved']):
            session.run(init)
            for variable in tf.trainable_variables():
                variable.load(moved_value(variable.op.name, initial[variable.op.name], moved), session)
            for rows in batches:
                session.run(step, feed_dict={X: images[rows], y: labels[rows]})
            for variable in tf.trainable_variables():
                trained[f'{draw}/{variable.op.name}'] = session.run(variable)
    return trained


if __name__ == '__main__':
    for path in sorted(glob.glob(os.path.join(sys.argv[1], '*.json'))):
        stem = path[: -len('.json')]
        if os.path.exists(stem + '.tf1.npz'):
            continue
        with open(path) as file:
            settings = json.load(file)
        data = np.load(stem + '.data.npz')
        np.savez(stem + '.tf1.npz', **train(settings, np.load(stem + '.npz'), data['images'], data['labels']))
