"""The network as a TensorFlow 1.x graph: functions from tensors to tensors, no session, no files."""
