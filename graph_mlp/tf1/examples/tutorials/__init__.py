"""TensorFlow 1.x's tutorials: `mnist.input_data` is all there is."""
