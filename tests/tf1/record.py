"""Records what TensorFlow 1.x computes; tests/recorded/README.md says what each file is for.

Usage (Python 3.7, tensorflow==1.15.5, protobuf<3.21, scikit-learn), in this folder:
    python record.py layers ../recorded/layers.json MNIST
    python record.py optimizers ../recorded/optimizers.json ../recorded/BN_elu-300-100/init.ckpt
    python record.py techniques ../recorded/techniques.json ../recorded/BN_elu-300-100/init.ckpt
(Python 3.6, tensorflow==1.3.0, protobuf<3.18, numpy<1.17):
    python record.py operations ../recorded/tensorflow-1.3-operations.txt
Started by tests/tf1/fidelity.py:
    python record.py grid FOLDER
"""

import glob
import json
import os
import sys

import numpy as np
import tensorflow as tf
from tensorflow1 import OPTIMIZERS, cells, draws, session_of


def operations():
    """The operations that there are, with their attributes."""
    from tensorflow.python.framework import op_def_registry

    known = sorted(op_def_registry.get_registered_ops().items())
    lines = [' '.join([name] + sorted(attribute.name for attribute in known.attr)) for name, known in known]
    return ''.join(line + '\n' for line in lines if not line.startswith('_'))


def layers(mnist):
    """What the programs of programs.py return."""
    import programs
    from tensorflow.examples.tutorials.mnist import input_data

    recorded = {'tensorflow': tf.__version__}
    for name, program in programs.PROGRAMS.items():
        with tf.Graph().as_default():
            recorded[name] = program(tf)
    with tf.Graph().as_default():
        recorded['next_batch'] = programs.next_batch(input_data, mnist)
    return json.dumps(recorded) + '\n'


def optimizers(init_ckpt):
    """The losses of 200 batches of the digits for every optimizer."""
    rates = {name: 0.001 if name in ('rmsprop', 'adam') else 0.01 for name in OPTIMIZERS}
    losses = {name: losses_of(init_ckpt, OPTIMIZERS[name](rate).minimize) for name, rate in rates.items()}
    return json.dumps({'tensorflow': tf.__version__, 'rates': rates, 'losses': losses}) + '\n'


STEPS = 17  # of an epoch of the digits


def scheduled(function, *arguments, **others):
    def training(loss):
        step = tf.train.create_global_step()
        return tf.train.GradientDescentOptimizer(function(step, *arguments, **others)).minimize(loss, step)

    return training


def decayed(function, *arguments, **others):
    return scheduled(lambda step: function(0.02, step, *arguments, **others))


def penalized(loss):
    kernels = [variable for variable in tf.trainable_variables() if variable.op.name.endswith('/kernel')]
    penalty = tf.add_n([tf.contrib.layers.l2_regularizer(0.01)(kernel) for kernel in kernels])
    return tf.train.GradientDescentOptimizer(0.01).minimize(loss + penalty)


def clipped(by_value=None, by_norm=None):
    def training(loss):
        optimizer = tf.train.GradientDescentOptimizer(0.01)
        gradients, variables = zip(*optimizer.compute_gradients(loss))  # noqa: B905 (not in Python 3.7)
        if by_value:
            gradients = [tf.clip_by_value(gradient, -by_value, by_value) for gradient in gradients]
        if by_norm:
            gradients, _ = tf.clip_by_global_norm(gradients, by_norm)
        return optimizer.apply_gradients(zip(gradients, variables))  # noqa: B905

    return training


def techniques(init_ckpt):
    """The losses of 200 batches of the digits for every technique; test_loops.py has the configurations."""
    step = tf.train.exponential_decay
    trainings = {
        'exponential': decayed(step, 2.5 * STEPS, 0.5),
        'exponential staircase': decayed(step, 3.0 * STEPS, 0.5, staircase=True),
        'inverse-time': decayed(tf.train.inverse_time_decay, 2.0 * STEPS, 0.7),
        'cosine': decayed(tf.train.cosine_decay, 10.0 * STEPS, 0.1),
        'piecewise': scheduled(
            lambda step: tf.train.piecewise_constant(step, [3 * STEPS - 1, 6 * STEPS - 1], [0.02, 0.005, 0.001])
        ),
        'l2': penalized,
        'clip-value': clipped(by_value=0.01),
        'clip-norm': clipped(by_norm=0.2),
        'momentum': tf.train.MomentumOptimizer(0.01, 0.5).minimize,
        'nesterov': tf.train.MomentumOptimizer(0.01, 0.5, use_nesterov=True).minimize,
        'rmsprop': tf.train.RMSPropOptimizer(0.001, decay=0.8, momentum=0.3, epsilon=1e-3).minimize,
        'adam': tf.train.AdamOptimizer(0.001, beta1=0.8, beta2=0.99, epsilon=1e-3).minimize,
    }
    losses = {name: losses_of(init_ckpt, training) for name, training in trainings.items()}
    return json.dumps({'tensorflow': tf.__version__, 'losses': losses}) + '\n'


def losses_of(init_ckpt, training):
    """The losses of 200 batches of the digits, drawn as graph_mlp/data draws them, from the recorded weights."""
    import sklearn.datasets

    bundled = sklearn.datasets.load_digits()
    levels = np.round(bundled.images[200:-400] * (255 / 16)).astype(np.uint8)
    images = np.pad(np.kron(levels, np.ones((1, 3, 3), np.uint8)), ((0, 0), (2, 2), (2, 2)), mode='constant')
    images = images.reshape(-1, 784).astype(np.float32) * np.float32(1 / 255)
    orders = [np.random.RandomState([42, epoch]).permutation(len(images)) for epoch in range(12)]
    batches = [order[at : at + 70] for order in orders for at in range(0, len(order) - 69, 70)][:200]
    settings = {'seed': 42, 'activation': 'elu', 'batch_norm': True, 'input_features': 784, 'hidden_sizes': [300, 100]}
    with tf.Graph().as_default(), tf.Session() as session:
        network = cells(settings, training)
        session.run(network.init)
        known = dict(tf.train.list_variables(init_ckpt))
        tf.train.Saver([each for each in tf.global_variables() if each.op.name in known]).restore(session, init_ckpt)
        feeds = [{'X:0': images[rows], 'y:0': bundled.target[200:-400][rows]} for rows in batches]
        return [float(session.run([network.loss, network.optimizer], feed)[0]) for feed in feeds]


def grid(folder):
    """Trains configurations N from `N.npz`, their weights, as `N.json` says, on `N.data.npz`; writes `N.tf1.npz`.

    Where that is there already, nothing is trained.
    """
    for path in sorted(glob.glob(os.path.join(folder, '*.json'))):
        stem = path[: -len('.json')]
        if os.path.exists(stem + '.tf1.npz'):
            continue
        with open(path) as file:
            settings = json.load(file)
        initial, data = np.load(stem + '.npz'), dict(np.load(stem + '.data.npz'))
        with tf.Graph().as_default() as graph, session_of(graph) as session:
            network = cells(settings)

            def start():
                session.run(network.init)  # noqa: B023 (called before the next configuration)
                for variable in tf.trainable_variables():
                    variable.load(initial[variable.op.name], session)  # noqa: B023

            batches, train = [np.array(batch) for batch in settings['batches']], (data['images'], data['labels'])
            np.savez(stem + '.tf1.npz', **draws(session, start, network.optimizer, *train, batches, settings['moves']))


if __name__ == '__main__':
    _, what, target, *arguments = sys.argv
    if what == 'grid':
        grid(target)
    else:
        content = {
            'layers': layers,
            'optimizers': optimizers,
            'techniques': techniques,
            'operations': operations,
        }[what](*arguments)
        with open(target, 'w') as file:
            file.write(content)
