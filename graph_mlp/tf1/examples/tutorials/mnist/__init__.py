"""TensorFlow 1.x's MNIST tutorial: `input_data` and `mnist`."""
