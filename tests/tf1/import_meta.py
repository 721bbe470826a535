"""Imports our .meta under an older TensorFlow and takes ten steps more; started by tests/tf1/interchange.py.

Usage (Python 3.6, tensorflow==1.3.0, protobuf<3.18, numpy<1.17): python import_meta.py FOLDER

FOLDER/jobs.json is the one that tests/tf1/notebook.py reads. Into the `folder` of each exchange goes `older.npz`: every
variable after the ten steps, as `0/<name>`. Networks with selu are left out, which TensorFlow 1.3 lacks.
"""

import json
import os
import sys

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import numpy as np
import tensorflow as tf


def ten_steps_more(saves, data, batches):
    with tf.Graph().as_default(), tf.Session() as session:
        saver = tf.train.import_meta_graph(os.path.join(saves, 'model.ckpt.meta'))
        saver.restore(session, tf.train.latest_checkpoint(saves))
        operations = tf.get_collection('train_op') + tf.get_collection('update_ops')
        for rows in batches:
            session.run(operations, {'X:0': data['train_images'][rows], 'y:0': data['train_labels'][rows]})
        return {'0/' + variable.op.name: session.run(variable) for variable in tf.global_variables()}


if __name__ == '__main__':
    with open(os.path.join(sys.argv[1], 'jobs.json')) as file:
        plan = json.load(file)
    data = {name: dict(np.load(os.path.join(sys.argv[1], name + '.npz'))) for name in plan['data']}
    batches = [np.array(rows) for rows in plan['batches']]
    for job in plan['jobs']:
        if job['settings']['activation'] != 'selu':
            values = ten_steps_more(os.path.join(job['folder'], 'saves'), data[job['data']], batches)
            np.savez(os.path.join(job['folder'], 'older.npz'), **values)
