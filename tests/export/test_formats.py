"""Each format gives the probabilities of an independent forward pass in NumPy, and its classes."""

import os
import subprocess

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from scipy.special import softmax

from graph_mlp.export.formats import onnx_bytes, serving_graph, tflite_bytes, write_saved_model
from tests.export.networks import NETWORKS, model, network_input
from tests.graph import reference


@pytest.fixture(scope='module', params=NETWORKS, ids=str)
def network(request):
    return model(NETWORKS[request.param])


@pytest.fixture(scope='module')
def images(digits):
    return digits.test.images.astype(np.float32) * np.float32(1 / 255)


@pytest.fixture(scope='module')
def expected(network, digits):
    logits, _ = reference.forward(network.values, network_input(network, digits.test.images), network.config, True)
    return softmax(logits, axis=1)


def assert_same(expected, classes, probabilities):
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=1e-6)
    assert (classes == expected.argmax(axis=1)).all()


def in_saved_model(folder, images):
    signature = tf.compat.v2.saved_model.load(str(folder)).signatures['serving_default']
    outputs = signature(images=tf.compat.v2.constant(images))
    return outputs['classes'].numpy(), outputs['probabilities'].numpy()


def in_onnxruntime(content, images):
    onnxruntime = pytest.importorskip('onnxruntime', reason='needs onnxruntime: pip install -e .[test]')
    return onnxruntime.InferenceSession(content).run(['classes', 'probabilities'], {'images': images})


def in_litert(content, images):
    litert = pytest.importorskip('ai_edge_litert.interpreter', reason='needs ai-edge-litert: pip install -e .[test]')
    outputs = litert.Interpreter(model_content=content).get_signature_runner('serving_default')(images=images)
    return outputs['classes'], outputs['probabilities']


def test_a_saved_model(network, images, expected, tmp_path):
    write_saved_model(network, tmp_path / 'model')
    assert_same(expected, *in_saved_model(tmp_path / 'model', images))


def test_onnx(network, images, expected):
    pytest.importorskip('tf2onnx', reason='needs tf2onnx: pip install -e .[test]')
    assert_same(expected, *in_onnxruntime(onnx_bytes(network), images))


def test_tflite(network, images, expected):
    assert_same(expected, *in_litert(tflite_bytes(network), images))


def test_the_graph_holds_its_weights_and_no_variable():
    operations = {node.op for node in serving_graph(model(NETWORKS['PCA_BN_selu'])).node}
    assert {'Placeholder', 'MatMul', 'Softmax', 'ArgMax'} <= operations
    assert not [name for name in operations if 'Var' in name]


LOAD = """
import sys
import numpy as np
import tensorflow as tf
with tf.Session(graph=tf.Graph()) as session:
    loaded = tf.saved_model.loader.load(session, ['serve'], sys.argv[1])
    signature = loaded.signature_def['serving_default']
    names = [signature.outputs[name].name for name in ('classes', 'probabilities')]
    feed_dict = {signature.inputs['images'].name: np.load(sys.argv[2])}
    np.savez(sys.argv[3], *session.run(names, feed_dict=feed_dict))
"""


def test_tensorflow_1_loads_a_saved_model(request, network, images, expected, tmp_path):
    python = request.config.getoption('--tf1-python')
    if python is None:
        pytest.skip('needs TensorFlow 1.15: name a Python 3.7 that has it by bin/test --tf1-python PATH')
    write_saved_model(network, tmp_path / 'model')
    np.save(tmp_path / 'images.npy', images)
    files = ('model', 'images.npy', 'outputs.npz')
    # Without XLA_FLAGS: the flags of today's XLA end a process of TensorFlow 1.15.
    environment = {name: value for name, value in os.environ.items() if name != 'XLA_FLAGS'}
    subprocess.run([python, '-c', LOAD, *files], cwd=tmp_path, env=environment, check=True, capture_output=True)
    outputs = np.load(tmp_path / 'outputs.npz')
    assert_same(expected, outputs['arr_0'], outputs['arr_1'])
