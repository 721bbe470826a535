"""The protocol of all peers: a line in, a line of JSON out. Runs under Python 3.7 too, for TensorFlow 1.15.

epoch E     trains on epoch E; answers {"seconds": ...}, the steps alone
accuracy    answers {"accuracy": ...} on the test images
roofline    answers {"gflops": ...} of a large matrix product, where the peer can tell
quit        answers {"peak_mib": ...} and ends
"""

import json
import os
import sys
import time

import numpy as np


class Job:
    """What all peers share: settings, images as uint8 pixels, labels, and the weights that all begin with."""

    def __init__(self, folder):
        with open(os.path.join(folder, 'settings.json')) as file:
            self.settings = json.load(file)
        names = ('train_images', 'train_labels', 'test_images', 'test_labels')
        self.pixels, self.train_labels, self.test_pixels, self.test_labels = (
            np.load(os.path.join(folder, name + '.npy')) for name in names
        )
        self.weights = dict(np.load(os.path.join(folder, 'weights.npz')))

    def scaled(self, pixels):
        """Pixels as float32 in [0, 1], as every peer but ours holds them."""
        return pixels.astype(np.float32) * np.float32(self.settings['pixel_scale'])

    def order(self, epoch):
        """The images of each batch, int [steps, batch_size], a function of seed and epoch: the same for every peer."""
        count, size = len(self.train_labels), self.settings['batch_size']
        order = np.random.RandomState([self.settings['seed'], epoch]).permutation(count)
        return order[: count // size * size].reshape(-1, size)

    def layers(self):
        """The initial weights: a list of [kernel, bias, gamma, beta] per hidden layer, and the output's (kernel, bias).

        Without batch norm gamma and beta are None.
        """
        hidden = []
        for dense, batch_norm in self.settings['hidden_layer_names']:
            names = [f'{dense}/kernel', f'{dense}/bias', f'{batch_norm}/gamma', f'{batch_norm}/beta']
            hidden.append([self.weights.get(name) for name in names])
        return hidden, (self.weights['output/kernel'], self.weights['output/bias'])


def serve(peer_class):
    """Creates the peer from the folder that the command line names, then answers requests until `quit`."""
    answers = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)  # whatever a library prints must not be taken for an answer
    job = Job(sys.argv[1])
    peer = peer_class(job)
    _answer(answers, {'ready': True})
    for line in sys.stdin:
        words = line.split()
        if words[0] == 'epoch':
            order = peer.prepared(job.order(int(words[1])))
            start = time.perf_counter()
            peer.epoch(order)
            _answer(answers, {'seconds': time.perf_counter() - start})
        elif words[0] == 'accuracy':
            _answer(answers, {'accuracy': float(peer.accuracy())})
        elif words[0] == 'roofline':
            _answer(answers, {'gflops': peer.roofline()})
        else:
            _answer(answers, {'peak_mib': _peak_mib()})
            return


class Peer:
    """A program under test: a subclass adds `epoch(order)`, which trains, and `accuracy()` on the test images.

    The accuracy is by batch statistics, as the notebook's, where the program can compute it.
    """

    def __init__(self, job):
        self.job = job

    def prepared(self, order):
        """The order in the form that `epoch` takes; not timed."""
        return order


def _peak_mib():
    """The most memory that this program held. Not `ru_maxrss`, which begins at what the benchmark itself holds."""
    with open('/proc/self/status') as file:
        peak = next(line for line in file if line.startswith('VmHWM:'))
    return int(peak.split()[1]) / 1024


def _answer(answers, record):
    answers.write(json.dumps(record) + '\n')
    answers.flush()
