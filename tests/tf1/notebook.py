"""The notebook's cells under TensorFlow 1.15; started by tests/tf1/interchange.py.

Usage (Python 3.7, tensorflow==1.15.5, protobuf<3.21): python notebook.py FOLDER

FOLDER/jobs.json names the exchanges. An exchange's `folder` holds `saves/`, which bin/train published. Written there:
  ours.npz      the variables after ten steps more by the graph of `saves/model.ckpt.meta`, and of the moved draws
  theirs/       with `is_first`: the checkpoint of a plain `tf.train.Saver()` after ten steps of the cells
  theirs.npz    with `is_first`: the variables after ten steps more, and of the moved draws
  notebook.json accuracies, and the notebook's names that the imported graph lacks
A draw moves one weight by one unit in the last place before the ten steps.
"""

import json
import os
import re
import sys

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import numpy as np
import tensorflow as tf
from tensorflow1_tables import ACTIVATIONS, OPTIMIZERS

tf.compat.v1.logging.set_verbosity('ERROR')

# Names inside the gradients are TensorFlow's own, and the updates of the moving averages have others here.
OTHER_NAMES = re.compile('gradients/|.*/AssignMovingAvg')


def cells(settings):
    """The notebook's cells, in their order; returns the training operation, the accuracy, init and the Saver."""
    tf.set_random_seed(settings['seed'])
    act = ACTIVATIONS[settings['activation']]
    X = tf.placeholder(tf.float32, shape=(None, settings['input_features']), name='X')
    y = tf.placeholder(tf.int32, shape=(None), name='y')
    outputs = X
    for number, units in enumerate(settings['hidden_sizes'], 1):
        if settings['batch_norm']:
            outputs = tf.layers.dense(outputs, units, name=f'hidden{number}')
            outputs = act(tf.layers.batch_normalization(outputs, training=True, momentum=0.9))
        else:
            outputs = tf.layers.dense(outputs, units, name=f'hidden{number}', activation=act)
    output_layer = tf.layers.dense(outputs, 10, name='output')
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=output_layer))
    optimizer = OPTIMIZERS[settings['optimizer']](settings['learning_rate']).minimize(loss)
    accuracy = tf.reduce_mean(tf.cast(tf.nn.in_top_k(output_layer, y, 1), tf.float32))
    init = tf.global_variables_initializer()
    saver = tf.train.Saver()
    tf.summary.scalar('Accuracy', accuracy)
    return optimizer, accuracy, init, saver


def session_of(graph):
    return tf.Session(graph=graph, config=tf.ConfigProto(intra_op_parallelism_threads=1))


def moved_weight(session, images, draw):
    """Moves one weight of a kernel, never that of a dead pixel, by one unit in the last place."""
    random = np.random.RandomState(draw)
    kernels = [variable for variable in tf.trainable_variables() if variable.op.name.endswith('kernel')]
    kernel = kernels[draw % len(kernels)]
    value = session.run(kernel)
    rows = np.flatnonzero(images.any(axis=0)) if kernel.op.name == 'hidden1/kernel' else np.arange(len(value))
    row, column = random.choice(rows), random.randint(value.shape[1])
    value[row, column] = np.nextafter(value[row, column], np.float32(np.inf))
    kernel.load(value, session)


def ten_steps_more(session, saver, checkpoint, operations, data, batches, draws):
    """Every variable after these batches, as `<draw>/<name>`; draw 0 moves nothing."""
    values = {}
    for draw in range(draws + 1):
        saver.restore(session, checkpoint)
        if draw:
            moved_weight(session, data['train_images'], draw)
        for rows in batches:
            session.run(operations, {'X:0': data['train_images'][rows], 'y:0': data['train_labels'][rows]})
        values.update({f'{draw}/{variable.op.name}': session.run(variable) for variable in tf.global_variables()})
    return values


def exchange(job, data, batches, draws):
    """Both directions of one exchange."""
    folder, settings = job['folder'], job['settings']
    saves = os.path.join(folder, 'saves')
    test = {'X:0': data['test_images'], 'y:0': data['test_labels']}
    answer = {}
    with tf.Graph().as_default() as graph, session_of(graph) as session:
        optimizer, accuracy, init, saver = cells(settings)
        names = {operation.name for operation in graph.get_operations() if not OTHER_NAMES.match(operation.name)}
        saver.restore(session, tf.train.latest_checkpoint(saves))
        answer['ours'] = float(session.run(accuracy, test))
        if job['is_first']:
            session.run(init)
            for rows in batches:
                session.run(optimizer, {'X:0': data['train_images'][rows], 'y:0': data['train_labels'][rows]})
            checkpoint = saver.save(session, os.path.join(folder, 'theirs', 'my_model_chapter10_2.ckpt'))
            answer['theirs'] = float(session.run(accuracy, test))
            theirs = ten_steps_more(session, saver, checkpoint, optimizer, data, batches, draws)
            np.savez(os.path.join(folder, 'theirs.npz'), **theirs)
    with tf.Graph().as_default() as graph, session_of(graph) as session:
        saver = tf.train.import_meta_graph(os.path.join(saves, 'model.ckpt.meta'))
        # By their names, as one who knows the notebook types them; the collection, to bring the averages along.
        operations = [optimizer.name] + tf.get_collection('update_ops')
        checkpoint = tf.train.latest_checkpoint(saves)
        ours = ten_steps_more(session, saver, checkpoint, operations, data, batches, draws)
        np.savez(os.path.join(folder, 'ours.npz'), **ours)
        # The names that a leaky ReLU has in the notebook are not recorded: TensorFlow 1.x of 2017 had none.
        if settings['activation'] != 'leaky_relu':
            names -= {operation.name for operation in graph.get_operations()}
            answer['lacking'] = sorted(names)
    with open(os.path.join(folder, 'notebook.json'), 'w') as file:
        json.dump(answer, file)


def main():
    with open(os.path.join(sys.argv[1], 'jobs.json')) as file:
        plan = json.load(file)
    data = {name: dict(np.load(os.path.join(sys.argv[1], name + '.npz'))) for name in plan['data']}
    for number, job in enumerate(plan['jobs'], 1):
        exchange(job, data[job['data']], [np.array(rows) for rows in plan['batches']], plan['draws'])
        print(f'{number}/{len(plan["jobs"])} {job["folder"]}', file=sys.stderr)


if __name__ == '__main__':
    main()
