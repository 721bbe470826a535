"""The notebook's own loop under TensorFlow 1.15 (Python 3.7), or the whole notebook (FOLDER whole EPOCHS)."""

import os
import sys

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import protocol
import tensorflow as tf

tf.logging.set_verbosity(tf.logging.ERROR)
job = protocol.Job()
images, test_images = job.scaled(job.pixels), job.scaled(job.test_pixels)

X = tf.placeholder(tf.float32, shape=(None, 784), name='X')
y = tf.placeholder(tf.int32, shape=(None), name='y')
hidden = X
for number, units in enumerate(job.config['hidden_sizes'], 1):
    hidden = tf.layers.dense(hidden, units, name=f'hidden{number}')
    if job.config['batch_norm']:
        hidden = tf.layers.batch_normalization(hidden, training=True, momentum=0.9)
    hidden = getattr(tf.nn, job.config['activation'])(hidden)
logits = tf.layers.dense(hidden, 10, name='output')
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
training_op = tf.train.GradientDescentOptimizer(job.config['learning_rate']).minimize(loss)
correct = tf.reduce_mean(tf.cast(tf.nn.in_top_k(logits, y, 1), tf.float32))
summary, saver = tf.summary.scalar('Accuracy', correct), tf.train.Saver()

sess = tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=job.threads))
sess.run(tf.global_variables_initializer())
kernels = [variable for variable in tf.trainable_variables() if variable.op.name.endswith('/kernel')]
for variable, kernel in zip(kernels, job.kernels()):  # noqa: B905 (not in Python 3.7)
    variable.load(kernel, sess)


def epoch(order):
    for rows in order:
        sess.run(training_op, feed_dict={X: images[rows], y: job.labels[rows]})


def evaluated(metric):
    return sess.run(metric, feed_dict={X: test_images, y: job.test_labels})


if job.variant == 'whole':  # the notebook's last cell evaluates the test set twice an epoch, and saves at the end
    with tf.summary.FileWriter(os.path.join(sys.argv[1], 'summary'), tf.get_default_graph()) as writer:
        for number in range(int(sys.argv[3])):
            epoch(job.order(number))
            writer.add_summary(evaluated(summary), number)
            print(number, evaluated(correct))
        saver.save(sess, os.path.join(sys.argv[1], 'model.ckpt'))
else:
    job.serve(prepared=job.order, epoch=epoch, accuracy=lambda: evaluated(correct))
