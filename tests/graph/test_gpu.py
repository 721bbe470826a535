"""What a GPU needs of the graphs, as far as a machine without one can tell."""

import msgspec
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from tensorflow.python.framework.kernels import get_registered_kernels_for_op

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.config import RunConfig
from graph_mlp.graph.build import build
from graph_mlp.loops import make_loop
from graph_mlp.optimizers import OPTIMIZERS

CONFIG = RunConfig(hidden_sizes=(6,), dataset='digits', batch_size=70, steps_per_run=5)
CHANGES = [*({'activation': name} for name in ACTIVATIONS), *({'optimizer': name} for name in OPTIMIZERS),
           {'batch_norm': False}, {'steps_per_run': 1}, {'input_features': 5}]  # fmt: skip


def dtypes_on_gpu(operation):
    kernels = get_registered_kernels_for_op(operation).kernel
    return {
        dtype
        for kernel in kernels if kernel.device_type in ('GPU', 'DEFAULT')
        for constraint in kernel.constraint if constraint.name == 'dtype'
        for dtype in constraint.allowed_values.list.type
    }  # fmt: skip


@pytest.mark.parametrize('change', CHANGES, ids=str)
def test_a_gpu_can_hold_every_variable(digits, change):
    images = digits.map_images(lambda images: images[:, :5] / np.float32(255)) if 'input_features' in change else digits
    graph_def = build(msgspec.structs.replace(CONFIG, **change), images, on_gpu=True).graph.as_graph_def()
    nodes = [*graph_def.node, *(node for function in graph_def.library.function for node in function.node_def)]
    variables = [node for node in nodes if node.op == 'VarHandleOp']
    assert variables
    assert {node.attr['dtype'].type for node in variables} <= dtypes_on_gpu('VarHandleOp')


def test_the_loop_for_a_gpu_learns_the_same(digits):
    found = []
    for on_gpu in (False, True):
        graph = build(CONFIG, digits, on_gpu)
        with tf.Session(graph=graph.graph) as session:
            session.run(graph.init)
            loop = make_loop(session, graph, digits, CONFIG)  # 17 steps an epoch: three runs of five and two alone
            found.append([loop.epoch(number) for number in range(2)])
    for one, other in zip(*found, strict=True):
        assert one.test_accuracy == other.test_accuracy
        assert one.train_loss == pytest.approx(other.train_loss, rel=1e-6)
