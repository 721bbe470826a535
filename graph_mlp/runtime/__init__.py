"""The process and its machine: TensorFlow's import, threads, the processor, and XLA's cache of compiled code."""
