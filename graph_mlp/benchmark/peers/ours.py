"""graph_mlp itself, through the classes that bin/train uses."""

import sys
import time
from pathlib import Path

import numpy as np
import protocol

sys.path.insert(0, str(Path(__file__).parents[3]))
from graph_mlp.runtime.startup import quiet_tensorflow, session_config, use_threads

with quiet_tensorflow():
    import tensorflow.compat.v1 as tf
from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Inputs, Split
from graph_mlp.graph.build import build
from graph_mlp.graph.compiled_loop import DataShape
from graph_mlp.runtime.process import return_large_blocks
from graph_mlp.runtime.tuning import fastest_products, tune_tensorflow
from graph_mlp.session.loop import Trainer, load_images
from graph_mlp.session.start import default_steps_per_run
from graph_mlp.store.history import StepFigures


class Ours(protocol.Peer):
    """The network as bin/train builds it; where `steps_per_run` is None, with its default for 60 epochs."""

    def __init__(self, job):
        super().__init__(job)
        return_large_blocks()
        settings = job.settings
        use_threads(settings['threads'])
        config = RunConfig(
            tuple(settings['hidden_sizes']), settings['activation'], settings['batch_norm'],
            learning_rate=settings['learning_rate'], batch_size=settings['batch_size'], seed=settings['seed'],
        )  # fmt: skip
        tune_tensorflow(fastest_products(config.kernel_shapes, settings['threads']))
        steps = len(job.train_labels) // config.batch_size
        steps_per_run = settings['steps_per_run'] or default_steps_per_run(steps, config.epochs)
        train, test = Split(job.pixels, job.train_labels), Split(job.test_pixels, job.test_labels)
        graph = build(config, DataShape.of(Inputs(train, test, test), config.batch_size), steps_per_run)
        self._session = tf.Session(graph=graph.graph, config=session_config(settings['threads'], settings['device']))
        self._session.run(graph.init)
        self._session.run([
            variable.initializer for variable in graph.model.values()
        ], {graph.model[name].initializer.inputs[1]: value for name, value in job.weights.items()})  # fmt: skip
        load_images(self._session, graph.loop, Inputs(train, test, test))
        self._trainer, self._epoch = Trainer(self._session, graph, config, train), 0
        self._trainer.compile()

    def epoch(self, order):
        """The trainer takes the order from the epoch's number, as it does in bin/train."""
        self._trainer.epoch(self._epoch, StepFigures.none(), lambda steps: None)
        self._epoch += 1

    def accuracy(self):
        """The notebook's, by batch statistics."""
        return self._trainer.evaluate()[0].accuracy

    def roofline(self, size=2048, repeats=4):
        """GFLOP/s of a large float32 matrix product on the same device and threads."""
        with tf.Graph().as_default() as graph:
            value = np.random.RandomState(0).rand(size, size).astype(np.float32)
            matrix = tf.get_variable('matrix', initializer=value, use_resource=True)
            product = tf.matmul(matrix, matrix)[0, 0]
            init = tf.global_variables_initializer()
        config = session_config(self.job.settings['threads'], self.job.settings['device'])
        with tf.Session(graph=graph, config=config) as session:
            session.run(init)
            session.run(product)
            start = time.perf_counter()
            for _ in range(repeats):
                session.run(product)
            return repeats * 2 * size**3 / (time.perf_counter() - start) / 1e9


if __name__ == '__main__':
    protocol.serve(Ours)
