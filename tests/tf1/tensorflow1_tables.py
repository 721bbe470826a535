"""Activations and optimizers of TensorFlow 1.15 under this program's names, for the scripts that run under it."""

import tensorflow as tf

ACTIVATIONS = {
    'relu': tf.nn.relu,
    'elu': tf.nn.elu,
    'leaky_relu': lambda z: tf.maximum(0.01 * z, z),
    'tanh': tf.nn.tanh,
    'selu': tf.nn.selu,
}
OPTIMIZERS = {
    'sgd': tf.train.GradientDescentOptimizer,
    'momentum': lambda rate: tf.train.MomentumOptimizer(rate, 0.9),
    'nesterov': lambda rate: tf.train.MomentumOptimizer(rate, 0.9, use_nesterov=True),
    'adagrad': tf.train.AdagradOptimizer,
    'rmsprop': tf.train.RMSPropOptimizer,
    'adam': tf.train.AdamOptimizer,
}
