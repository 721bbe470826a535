"""Keras 3 on TensorFlow: `Sequential`, `compile`, `fit`, as its documentation writes them."""

import os

os.environ['KERAS_BACKEND'] = 'tensorflow'
import keras
import protocol
import tensorflow as tf

job = protocol.Job()
tf.config.threading.set_intra_op_parallelism_threads(job.threads)
images, test_images = job.scaled(job.pixels), job.scaled(job.test_pixels)

model = keras.Sequential([keras.Input((784,))])
for number, kernel in enumerate(job.kernels(), 1):
    model.add(keras.layers.Dense(kernel.shape[1], kernel_initializer=keras.initializers.Constant(kernel)))
    if number <= len(job.config['hidden_sizes']):
        if job.config['batch_norm']:
            model.add(keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-3))
        model.add(keras.layers.Activation(job.config['activation']))
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(keras.optimizers.SGD(job.config['learning_rate']), loss, metrics=['accuracy'])

job.serve(
    prepared=lambda number: job.in_order(images, number),
    epoch=lambda data: model.fit(*data, batch_size=job.config['batch_size'], epochs=1, shuffle=False, verbose=0),
    # By moving averages: `evaluate` has no other.
    accuracy=lambda: model.evaluate(test_images, job.test_labels, batch_size=1000, verbose=0)[1],
)
