"""Shows with a real TensorFlow 1.15 that each side restores the other's checkpoints. Not part of bin/test.

Usage: python tests/tf1/interchange.py --python PYTHON3.7 --data-dir MNIST [--environment FOLDER]

Builds a virtual environment with tensorflow==1.15.5 in FOLDER (default: a temporary one), then
  ours     bin/train makes saves/model.ckpt; the notebook's cells under TensorFlow 1.15 restore it, by its prefix
           into their own graph and by its .meta, and their accuracy must be the one that bin/evaluate prints
  theirs   bin/evaluate measures the checkpoint that TensorFlow 1.15 wrote; it must be the recorded accuracy
Prints a line per comparison; exit status 1 where two figures differ.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / 'tests/recorded/BN_elu-300-100'

NOTEBOOK = """
import gzip, sys
import numpy as np
import tensorflow as tf

def read(name, start):
    return np.frombuffer(gzip.open(sys.argv[1] + '/' + name + '.gz').read(), np.uint8)[start:]

X_test = read('t10k-images-idx3-ubyte', 16).reshape(-1, 784).astype(np.float32) * np.float32(1 / 255)
y_test = read('t10k-labels-idx1-ubyte', 8)
if sys.argv[3] == 'cells':
    X = tf.placeholder(tf.float32, shape=(None, 784), name='X')
    y = tf.placeholder(tf.int32, shape=(None), name='y')
    hidden_layer_1 = tf.layers.dense(X, 300, name='hidden1')
    bn1 = tf.layers.batch_normalization(hidden_layer_1, training=True, momentum=0.9)
    bn1_act = tf.nn.elu(bn1)
    hidden_layer_2 = tf.layers.dense(bn1_act, 100, name='hidden2')
    bn2 = tf.layers.batch_normalization(hidden_layer_2, training=True, momentum=0.9)
    bn2_act = tf.nn.elu(bn2)
    output_layer = tf.layers.dense(bn2_act, 10, name='output')
    saver = tf.train.Saver()
else:
    saver = tf.train.import_meta_graph(sys.argv[2] + '.meta')
    output_layer = tf.get_default_graph().get_tensor_by_name('output/BiasAdd:0')
    X, y = (tf.get_default_graph().get_tensor_by_name(name) for name in ('X:0', 'y:0'))
accuracy = tf.reduce_mean(tf.cast(tf.nn.in_top_k(output_layer, y, 1), tf.float32))
with tf.Session() as sess:
    saver.restore(sess, sys.argv[2])
    print('%.4f' % accuracy.eval(feed_dict={X: X_test, y: y_test}))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--python', required=True, help='a Python 3.7')
    parser.add_argument('--data-dir', required=True, help="folder with MNIST's four .gz files")
    parser.add_argument('--environment', type=Path, help='kept and used again')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        python = environment(args.python, args.environment or Path(folder) / 'tf1')
        run(ROOT / 'bin/train', '--tag', 'BN_elu-300-100', '--epochs', 2, '--data-dir', args.data_dir, cwd=folder)
        ours = evaluate('saves/model.ckpt', args.data_dir, folder)
        rows = []
        for how in ('cells', 'meta'):
            accuracy = run(python, '-c', NOTEBOOK, args.data_dir, 'saves/model.ckpt', how, cwd=folder)
            rows.append((f'ours, restored by TensorFlow 1.15 ({how})', f'{ours:.4f}', accuracy))
        theirs = evaluate(RECORDED / 'model.ckpt', args.data_dir, folder, '--activation', 'elu')
        recorded = json.loads((RECORDED / 'expected.json').read_text())['test_accuracy'][-1]
        rows.append(('theirs, restored by bin/evaluate', f'{recorded:.4f}', f'{theirs:.4f}'))
    for what, wanted, got in rows:
        print(f'{what}: wanted {wanted}, got {got}')
    return any(wanted != got for _, wanted, got in rows)


def environment(python, folder):
    made = folder / 'bin/python'
    if not made.exists():
        run(python, '-m', 'venv', folder)
        run(made, '-m', 'pip', 'install', '--quiet', 'tensorflow==1.15.5', 'protobuf<3.21')
    return made


def evaluate(ckpt, data_dir, folder, *more):
    line = run(ROOT / 'bin/evaluate', '--ckpt', ckpt, '--data-dir', data_dir, '--json', *more, cwd=folder)
    return json.loads(line)['accuracy']


def run(*command, cwd=None):
    done = subprocess.run([str(each) for each in command], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f'{command[0]} ended with {done.returncode}:\n{done.stderr}')
    return done.stdout.strip()


if __name__ == '__main__':
    sys.exit(main())
