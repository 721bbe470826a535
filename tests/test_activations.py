import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.activations import ACTIVATIONS
from tests.graph import reference


def test_every_activation_has_its_numpy_twin():
    assert reference.ACTIVATIONS.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('relu', [0, 0, 2]),
        ('elu', [np.expm1(-1), 0, 2]),
        ('leaky_relu', [-0.01, 0, 2]),
        ('tanh', [np.tanh(-1), 0, np.tanh(2)]),
        ('selu', [reference.SCALE * reference.ALPHA * np.expm1(-1), 0, reference.SCALE * 2]),
    ],
)
def test_activations(name, expected):
    with tf.Graph().as_default(), tf.Session() as session:
        found = session.run(ACTIVATIONS[name](tf.constant([-1.0, 0.0, 2.0])))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize('name', ['elu', 'selu'])
def test_a_compiled_exponential_unit_is_that_of_tensorflows_kernels(name):
    # exp(-1e-8) - 1 is 0 in float32, where expm1 gives -1e-8; exp(100) is infinite and must not reach the gradient.
    values = [-100.0, -1.0, -0.25, -1e-8, 0.0, 2.0, 100.0]

    def outputs_and_gradient(activation):
        z = tf.constant(values)
        outputs = activation(z)
        return outputs, tf.gradients(outputs, z)[0]

    with tf.Graph().as_default(), tf.Session() as session:
        compiled = tf.function(lambda: outputs_and_gradient(ACTIVATIONS[name]), jit_compile=True)()
        found, expected = session.run((compiled, outputs_and_gradient(getattr(tf.nn, name))))
    assert found[0][3] == 0
    np.testing.assert_allclose(found, expected, rtol=1e-6)
