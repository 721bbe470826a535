"""The 2017 MNIST perceptron notebook as a TF1-style graph-mode program."""

__version__ = '1.2.0'
