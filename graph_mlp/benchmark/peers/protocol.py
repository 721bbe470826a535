"""What all peers share: what to train, and the protocol, a line in, a number out. Runs under Python 3.7 too.

ready       answers 0 as soon as the network is built
epoch E     trains on epoch E; answers its seconds, of the steps alone
accuracy    answers the fraction of test images classified correctly, by batch statistics if the program has them
peak        answers the most memory that it held, in MiB
"""

import json
import os
import sys
import time

import numpy as np


class Job:
    """What to train: `config` of the run, `kernel_shapes`, `threads` and `device`, images and labels."""

    def __init__(self):
        """Reads what the command line names, FOLDER VARIANT; whatever a library prints from now on is no answer."""
        self._answers = os.fdopen(os.dup(1), 'w')
        os.dup2(2, 1)
        folder, self.variant = sys.argv[1:3]
        with open(os.path.join(folder, 'job.json')) as file:
            vars(self).update(json.load(file))
        if self.device == 'cpu':
            os.environ['CUDA_VISIBLE_DEVICES'] = '-1'
        data = np.load(os.path.join(folder, 'data.npz'))  # pixels uint8 [n, 784], labels int32 [n]
        self.pixels, self.labels, self.test_pixels, self.test_labels = (data[f'arr_{number}'] for number in range(4))

    @staticmethod
    def scaled(pixels):
        """Pixels as float32 in [0, 1], as every peer but ours holds them."""
        return pixels.astype(np.float32) * np.float32(1 / 255)

    def kernels(self):
        """What every peer begins with: Glorot uniform, float32, from the first layer on; biases and betas are zero."""
        random = np.random.RandomState(self.config['seed'])
        kernels = [random.uniform(-1, 1, shape) * np.sqrt(6 / sum(shape)) for shape in self.kernel_shapes]
        return [kernel.astype(np.float32) for kernel in kernels]

    def order(self, epoch):
        """The rows of each batch, int [steps, batch_size], a function of seed and epoch: the same for every peer."""
        count, size = len(self.labels), self.config['batch_size']
        order = np.random.RandomState([self.config['seed'], epoch]).permutation(count)
        return order[: count // size * size].reshape(-1, size)

    def in_order(self, images, epoch):
        """The training images and labels in the order of an epoch."""
        rows = self.order(epoch).ravel()
        return images[rows], self.labels[rows]

    def serve(self, prepared, epoch, accuracy):
        """Answers requests; `prepared` makes of an epoch's number what `epoch` takes, and is not timed."""
        for line in sys.stdin:
            request, *numbers = line.split()
            answer = 0
            if request == 'epoch':
                batches = prepared(int(numbers[0]))
                start = time.perf_counter()
                epoch(batches)
                answer = time.perf_counter() - start
            elif request == 'accuracy':
                answer = float(accuracy())
            elif request == 'peak':
                # Not `ru_maxrss`, which begins at what the benchmark itself holds.
                with open('/proc/self/status') as file:
                    answer = int(next(line for line in file if line.startswith('VmHWM:')).split()[1]) / 1024
            print(answer, file=self._answers, flush=True)
