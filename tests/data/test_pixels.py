import numpy as np

from graph_mlp.data.pixels import network_inputs


def test_pixels_are_scaled_to_the_unit_interval_in_float32():
    inputs = network_inputs(np.array([0, 1, 51, 255], np.uint8))
    assert inputs.dtype == np.float32
    # 0.2 is not what 51 / 255 gives: the product with the rounded reciprocal is one bit above, as in TensorFlow 1.x.
    assert inputs.tolist() == [0.0, np.float32(1 / 255), np.nextafter(np.float32(0.2), np.float32(1)), 1.0]


def test_principal_components_are_taken_as_they_are():
    components = np.array([[-3.0, 200.0]], np.float32)
    assert network_inputs(components) is components
