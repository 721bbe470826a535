"""TensorFlow 1.x's MNIST tutorial: `input_data` is all there is."""
