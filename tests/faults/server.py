"""Runs commands in forked children, so that TensorFlow is imported once for hundreds of them.

Reads JSON lines {"folder", "arguments", "fault", "kill_after"} and answers with the exit status, -9 after a kill.
The arguments are those of `graph-mlp`, or ["publish", FIRST, END]: publishes a model of each of these numbers.
`fault` [KIND, N] strikes at the N-th change below the folder's `saves`, as io_faults.c numbers them; the file
`operations` names every change. `kill_after` sends SIGKILL that many seconds after the start, without it after 300.
"""

import ctypes
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path


def main():
    sys.path.insert(0, sys.argv[1])
    import sklearn.datasets
    import sklearn.decomposition  # noqa: F401

    from graph_mlp.runtime.startup import quiet_tensorflow

    with quiet_tensorflow():
        import tensorflow.compat.v1 as tf

        import graph_mlp.train  # noqa: F401
        from graph_mlp.summaries import dashboards
    dashboards.pictures = lambda *_: tf.Summary()  # to draw them would take a third of the time
    print('ready', flush=True)
    for line in sys.stdin:
        print(run(**json.loads(line)), flush=True)


def run(folder, arguments, fault=None, kill_after=300):
    child = os.fork()
    if child == 0:
        os._exit(command(folder, arguments, fault))
    timer = threading.Timer(kill_after, os.kill, (child, signal.SIGKILL))
    timer.start()
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it stays a zombie, so that no other process has its number
    timer.cancel()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def command(folder, arguments, fault):
    os.chdir(folder)
    for number, name in ((1, 'stdout'), (2, 'stderr')):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    from graph_mlp.cli.main import main

    if arguments[0] == 'publish':
        return publish(*arguments[1:])
    if fault is not None:
        log = os.open('operations', os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        ctypes.CDLL(None).io_faults(os.path.abspath('saves').encode(), fault[0], ctypes.c_long(fault[1]), log)
    status = main(arguments)
    sys.stdout.flush()
    return status


def publish(first, end):
    import numpy as np

    from graph_mlp.config import RunConfig
    from graph_mlp.data.pca import Projection
    from graph_mlp.store.manifest import Manifest
    from graph_mlp.store.publish import publish_model

    os.makedirs('saves', exist_ok=True)
    for number in range(first, end):
        values = {f'variable-{size}': np.full((size, 300), number, np.float32) for size in range(10, 800, 100)}
        projection = Projection(np.full(784, number, np.float32), np.full((2, 784), number, np.float32))
        publish_model(Path('saves'), values, b'', Manifest(config=RunConfig(input_features=2)), projection)
        time.sleep(0.05)
    return 0


if __name__ == '__main__':
    main()
