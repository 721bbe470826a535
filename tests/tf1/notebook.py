"""The notebook's cells under TensorFlow 1.x; started by tests/tf1/interchange.py.

Usage (Python 3.7, tensorflow==1.15.5, protobuf<3.21): python notebook.py FOLDER

FOLDER/jobs.json names the exchanges. An exchange's `folder` holds `saves/`, which bin/train published. Written there:
  ours.npz      the variables after ten steps more by the graph of `saves/model.ckpt.meta`, and of the moved draws
  theirs/       with `is_first`: the checkpoint of a plain `tf.train.Saver()` after ten steps of the cells
  theirs.npz    with `is_first`: the variables after ten steps more, and of the moved draws
  notebook.json accuracies, and the notebook's names that the imported graph lacks
Under TensorFlow 1.3 (Python 3.6, protobuf<3.18, numpy<1.17) only `older.npz`, which is `ours.npz` without moved draws;
networks with selu are left out, which TensorFlow 1.3 lacks.
"""

import json
import os
import re
import sys

import numpy as np
import tensorflow as tf
from tensorflow1 import cells, draws, session_of

# Names inside the gradients are TensorFlow's own, and the updates of the moving averages have others here.
OTHER_NAMES = re.compile('gradients/|.*/AssignMovingAvg')


def names(graph):
    return {operation.name for operation in graph.get_operations() if not OTHER_NAMES.match(operation.name)}


def by_the_cells(job, saves, data, batches):
    """What the cells compute from our checkpoint and, in the first exchange, by themselves; their names."""
    folder, train = job['folder'], (data['train_images'], data['train_labels'])
    test = {'X:0': data['test_images'], 'y:0': data['test_labels']}
    with tf.Graph().as_default() as graph, session_of(graph) as session:
        network = cells(job['settings'])
        network.saver.restore(session, tf.train.latest_checkpoint(saves))
        answer = {'ours': float(session.run(network.accuracy, test))}
        if job['is_first']:
            draws(session, lambda: session.run(network.init), network.optimizer, *train, batches, [])
            checkpoint = network.saver.save(session, os.path.join(folder, 'theirs', 'my_model_chapter10_2.ckpt'))
            answer['theirs'] = float(session.run(network.accuracy, test))
            theirs = draws(session, lambda: network.saver.restore(session, checkpoint), network.optimizer, *train,
                           batches, job['moves'])  # fmt: skip
            np.savez(os.path.join(folder, 'theirs.npz'), **theirs)
        return answer, names(graph), network.optimizer.name


def by_our_meta(optimizer, saves, data, batches, moves):
    """The variables after ten steps more by the imported graph, and its names."""
    with tf.Graph().as_default() as graph, session_of(graph) as session:
        saver = tf.train.import_meta_graph(os.path.join(saves, 'model.ckpt.meta'))
        # By their names, as one who knows the notebook types them; the collection, to bring the averages along.
        operations = ([optimizer] if optimizer else tf.get_collection('train_op')) + tf.get_collection('update_ops')
        checkpoint = tf.train.latest_checkpoint(saves)
        train = data['train_images'], data['train_labels']
        values = draws(session, lambda: saver.restore(session, checkpoint), operations, *train, batches, moves)
        return values, names(graph)


def main():
    with open(os.path.join(sys.argv[1], 'jobs.json')) as file:
        plan = json.load(file)
    is_older = tf.__version__.startswith('1.3')
    data = {name: dict(np.load(os.path.join(sys.argv[1], name + '.npz'))) for name in plan['data']}
    batches = [np.array(rows) for rows in plan['batches']]
    for job in plan['jobs']:
        folder, saves = job['folder'], os.path.join(job['folder'], 'saves')
        if is_older:
            if job['settings']['activation'] != 'selu':
                values, _ = by_our_meta(None, saves, data[job['data']], batches, [])
                np.savez(os.path.join(folder, 'older.npz'), **values)
            continue
        answer, expected, optimizer = by_the_cells(job, saves, data[job['data']], batches)
        values, found = by_our_meta(optimizer, saves, data[job['data']], batches, job['moves'])
        np.savez(os.path.join(folder, 'ours.npz'), **values)
        # The names that a leaky ReLU has in the notebook are not recorded: TensorFlow 1.x of 2017 had none.
        answer['lacking'] = [] if job['settings']['activation'] == 'leaky_relu' else sorted(expected - found)
        with open(os.path.join(folder, 'notebook.json'), 'w') as file:
            json.dump(answer, file)


if __name__ == '__main__':
    main()
