"""Images and labels as NumPy arrays; nothing here imports TensorFlow."""
