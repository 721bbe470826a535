"""Keras 3 on TensorFlow: `Sequential`, `compile`, `fit`."""

import os

os.environ['KERAS_BACKEND'] = 'tensorflow'
import keras
import protocol
import tensorflow as tf


class KerasFit(protocol.Peer):
    """The network as the Keras documentation writes one."""

    def __init__(self, job):
        super().__init__(job)
        tf.config.threading.set_intra_op_parallelism_threads(job.settings['threads'])
        hidden, output = job.layers()
        self._model = keras.Sequential([keras.Input((784,))])
        for kernel, bias, gamma, beta in hidden:
            layer = keras.layers.Dense(kernel.shape[1])
            self._model.add(layer)
            layer.set_weights([kernel, bias])
            if gamma is not None:
                norm = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-3)
                self._model.add(norm)
                norm.set_weights([gamma, beta, gamma * 0, gamma * 0 + 1])
            self._model.add(keras.layers.Activation(job.settings['activation']))
        logits = keras.layers.Dense(10)
        self._model.add(logits)
        logits.set_weights(output)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self._model.compile(keras.optimizers.SGD(job.settings['learning_rate']), loss, metrics=['accuracy'])
        self._images = job.scaled(job.pixels)

    def prepared(self, order):
        """The images in order, so that `fit` need not shuffle."""
        rows = order.ravel()
        return self._images[rows], self.job.train_labels[rows]

    def epoch(self, order):
        """One call of `fit`."""
        self._model.fit(*order, batch_size=self.job.settings['batch_size'], epochs=1, shuffle=False, verbose=0)

    def accuracy(self):
        """By moving averages; `evaluate` has no other."""
        images = self.job.scaled(self.job.test_pixels)
        return self._model.evaluate(images, self.job.test_labels, batch_size=1000, verbose=0)[1]


if __name__ == '__main__':
    protocol.serve(KerasFit)
