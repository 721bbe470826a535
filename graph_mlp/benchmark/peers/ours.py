"""graph_mlp itself, through the loop that bin/train uses; variant 'notebook': with `--steps-per-run 1`."""

import sys
from pathlib import Path

import protocol
from msgspec import convert
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parents[3]))
from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Dataset, Split
from graph_mlp.metrics import Steps
from graph_mlp.runtime.startup import chosen_device, compiler_flags, quiet_tensorflow, session_config, use_threads
from graph_mlp.start import default_steps_per_run

job = protocol.Job()
config = convert(job.config, RunConfig)
steps = default_steps_per_run(len(job.labels) // config.batch_size, config.epochs)
config = replace(config, steps_per_run=1 if job.variant == 'notebook' else steps)
with quiet_tensorflow(compiler_flags(config, job.threads), job.device):
    import tensorflow.compat.v1 as tf

    from graph_mlp.graph.build import build
    from graph_mlp.loops import make_loop

use_threads(job.threads)
train, test = Split(job.pixels, job.labels), Split(job.test_pixels, job.test_labels)
dataset = Dataset('', '', '', train, test, test)
device = chosen_device(job.device)
graph = build(config, dataset, on_gpu=device == 'gpu')
session = tf.Session(graph=graph.graph, config=session_config(job.threads, device))
session.run(graph.init)
setters = [variable.initializer for name, variable in graph.model.items() if name.endswith('/kernel')]
session.run(setters, {setter.inputs[1]: kernel for setter, kernel in zip(setters, job.kernels(), strict=True)})
loop = make_loop(session, graph, dataset, config)


def prepared(epoch):
    loop.steps = Steps()  # the loop makes the order itself
    return epoch


job.serve(prepared=prepared, epoch=loop.train, accuracy=lambda: loop.evaluate('test').accuracy)
