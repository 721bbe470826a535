"""Records what tests/tf1/programs.py returns under TensorFlow 1.15, for the tests of tf1/layers.py and input_data.py.

Usage (Python 3.7, tensorflow==1.15.5, protobuf<3.21): python record_layers.py MNIST ../recorded/layers.json
"""

import json
import os
import sys

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import programs
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

if __name__ == '__main__':
    tf.compat.v1.logging.set_verbosity('ERROR')
    recorded = {'tensorflow': tf.__version__}
    for name, program in programs.PROGRAMS.items():
        with tf.Graph().as_default():
            recorded[name] = program(tf)
    with tf.Graph().as_default():
        recorded['next_batch'] = programs.next_batch(input_data, sys.argv[1])
    with open(sys.argv[2], 'w') as file:
        json.dump(recorded, file)
        file.write('\n')
