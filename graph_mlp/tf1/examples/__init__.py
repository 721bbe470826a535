"""TensorFlow 1.x's examples: `tutorials.mnist.input_data` is all there is."""
