"""The notebook's own loop under TensorFlow 1.15 (Python 3.7), or the whole notebook with `--epochs N`."""

import os
import sys

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import protocol
import tensorflow as tf

tf.logging.set_verbosity(tf.logging.ERROR)


class Notebook(protocol.Peer):
    """The notebook's cells, in its order, for its two hidden layers."""

    def __init__(self, job):
        super().__init__(job)
        settings = job.settings
        act, first, second = getattr(tf.nn, settings['activation']), *settings['hidden_sizes']
        self._X = tf.placeholder(tf.float32, shape=(None, 784), name='X')
        self._y = tf.placeholder(tf.int32, shape=(None), name='y')
        hidden = tf.layers.dense(self._X, first, name='hidden1')
        if settings['batch_norm']:
            hidden = tf.layers.batch_normalization(hidden, training=True, momentum=0.9)
        hidden = tf.layers.dense(act(hidden), second, name='hidden2')
        if settings['batch_norm']:
            hidden = tf.layers.batch_normalization(hidden, training=True, momentum=0.9)
        logits = tf.layers.dense(act(hidden), 10, name='output')
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=self._y, logits=logits))
        self._step = tf.train.GradientDescentOptimizer(settings['learning_rate']).minimize(loss)
        self._accuracy = tf.reduce_mean(tf.cast(tf.nn.in_top_k(logits, self._y, 1), tf.float32))
        self.summary = tf.summary.scalar('Accuracy', self._accuracy)
        self.saver = tf.train.Saver()
        self.session = tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=settings['threads']))
        self.session.run(tf.global_variables_initializer())
        for variable in tf.global_variables():
            variable.load(job.weights[variable.op.name], self.session)
        self._images = job.scaled(job.pixels)
        self.test = {self._X: job.scaled(job.test_pixels), self._y: job.test_labels}

    def epoch(self, order):
        """`sess.run(optimizer, feed_dict=...)`, batch by batch."""
        for rows in order:
            feed = {self._X: self._images[rows], self._y: self.job.train_labels[rows]}
            self.session.run(self._step, feed_dict=feed)

    def accuracy(self):
        """By batch statistics."""
        return self.session.run(self._accuracy, feed_dict=self.test)


def whole(job, epochs):
    """The notebook's last cell: evaluates the test set twice an epoch and saves at the end."""
    peer = Notebook(job)
    folder = os.path.join(sys.argv[1], 'tensorflow1')
    writer = tf.summary.FileWriter(os.path.join(folder, 'summary'), tf.get_default_graph())
    for epoch in range(epochs):
        peer.epoch(job.order(epoch))
        writer.add_summary(peer.session.run(peer.summary, feed_dict=peer.test), epoch)
        print(epoch, peer.accuracy())
    peer.saver.save(peer.session, os.path.join(folder, 'model.ckpt'))
    writer.close()


if __name__ == '__main__':
    if '--epochs' in sys.argv:
        whole(protocol.Job(sys.argv[1]), int(sys.argv[sys.argv.index('--epochs') + 1]))
    else:
        protocol.serve(Notebook)
