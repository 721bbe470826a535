"""Records what TensorFlow 1.15's optimizers computed, for tests/session/test_loop.py.

Usage (Python 3.7, tensorflow==1.15.5, protobuf<3.21, scikit-learn):
    python record_optimizers.py ../recorded/BN_elu-300-100/init.ckpt ../recorded/optimizers.json

The notebook's BN_elu-300-100 graph starts from the recorded weights and takes 200 batches of 70 of the bundled
digits (drawn as graph_mlp/data/digits.py draws them, training rows 200 to 1396), epoch after epoch in the order of
`numpy.random.RandomState([42, epoch]).permutation(1197)`; the losses of all 200 batches are kept.
"""

import json
import sys

import numpy as np
import sklearn.datasets
import tensorflow as tf
from tensorflow1_tables import OPTIMIZERS


def digits():
    bundled = sklearn.datasets.load_digits()
    levels = np.round(bundled.images * (255 / 16)).astype(np.uint8)
    images = np.pad(np.kron(levels, np.ones((1, 3, 3), np.uint8)), ((0, 0), (2, 2), (2, 2)), mode='constant')
    part = slice(200, -400)
    return images[part].reshape(-1, 784).astype(np.float32) * np.float32(1 / 255), bundled.target[part]


def record(name, init_ckpt, rate, X_train, y_train):
    tf.reset_default_graph()
    X = tf.placeholder(tf.float32, shape=(None, 784), name='X')
    y = tf.placeholder(tf.int32, shape=(None), name='y')
    hidden1 = tf.layers.dense(X, 300, name='hidden1')
    hidden1 = tf.nn.elu(tf.layers.batch_normalization(hidden1, training=True, momentum=0.9))
    hidden2 = tf.layers.dense(hidden1, 100, name='hidden2')
    hidden2 = tf.nn.elu(tf.layers.batch_normalization(hidden2, training=True, momentum=0.9))
    logits = tf.layers.dense(hidden2, 10, name='output')
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    saver = tf.train.Saver()
    step = OPTIMIZERS[name](rate).minimize(loss)
    losses, epoch = [], 0
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        saver.restore(session, init_ckpt)
        while len(losses) < 200:
            order = np.random.RandomState([42, epoch]).permutation(len(X_train))
            for at in range(0, len(order) - 69, 70):
                rows = order[at : at + 70]
                losses.append(float(session.run([loss, step], feed_dict={X: X_train[rows], y: y_train[rows]})[0]))
            epoch += 1
    return losses[:200]


if __name__ == '__main__':
    rates = {'rmsprop': 0.001, 'adam': 0.001}
    data = digits()
    losses = {name: record(name, sys.argv[1], rates.get(name, 0.01), *data) for name in OPTIMIZERS}
    with open(sys.argv[2], 'w') as file:
        json.dump(
            {'tensorflow': tf.__version__, 'rates': {n: rates.get(n, 0.01) for n in losses}, 'losses': losses}, file
        )
        file.write('\n')
