"""`tensorflow.examples.tutorials.mnist.mnist` of TensorFlow 1.x: a network of two hidden layers, in four functions."""

import math

import tensorflow.compat.v1 as tf

NUM_CLASSES = 10
IMAGE_SIZE = 28
IMAGE_PIXELS = IMAGE_SIZE * IMAGE_SIZE


def inference(images: tf.Tensor, hidden1_units: int, hidden2_units: int) -> tf.Tensor:
    """The logits of the network, float [batch, 10].

    Args:
        images: float [batch, 784].
        hidden1_units: of the first hidden layer.
        hidden2_units: of the second.
    """
    outputs = images
    layers = (('hidden1', hidden1_units), ('hidden2', hidden2_units), ('softmax_linear', NUM_CLASSES))
    for name, units in layers:
        with tf.name_scope(name):
            features = outputs.shape.as_list()[1]
            initial = tf.truncated_normal([features, units], stddev=1.0 / math.sqrt(float(features)))
            weights = tf.Variable(initial, name='weights')
            biases = tf.Variable(tf.zeros([units]), name='biases')
            outputs = tf.matmul(outputs, weights) + biases
            outputs = outputs if name == 'softmax_linear' else tf.nn.relu(outputs)
    return outputs


def loss(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """The mean cross-entropy of logits float [batch, 10] and labels int [batch]."""
    return tf.losses.sparse_softmax_cross_entropy(labels=tf.to_int64(labels), logits=logits)


def training(loss: tf.Tensor, learning_rate: float) -> tf.Operation:
    """A step of gradient descent, which counts `global_step`; the loss is a summary."""
    tf.summary.scalar('loss', loss)
    global_step = tf.Variable(0, name='global_step', trainable=False)
    return tf.train.GradientDescentOptimizer(learning_rate).minimize(loss, global_step=global_step)


def evaluation(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """How many of the labels have the largest logit, int32."""
    return tf.reduce_sum(tf.cast(tf.nn.in_top_k(logits, labels, 1), tf.int32))
