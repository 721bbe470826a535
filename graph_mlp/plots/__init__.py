"""NumPy arrays in, pictures out: no TensorFlow, no knowledge of what lies in saves/."""
