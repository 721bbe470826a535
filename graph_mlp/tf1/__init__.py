"""TF1 code on today's TensorFlow: `import graph_mlp.tf1 as tf`.

It has every name of `tensorflow.compat.v1`, and what Keras 3 took away, with TensorFlow 1.x's variable names and
collections: `tf.layers` (dense, batch_normalization, dropout and flatten) on the layers of this package, and
`graph_mlp.tf1.examples.tutorials.mnist.input_data` on its data.

Importing it turns eager execution off for the whole process (`tf.disable_eager_execution`), so that graphs are built
without `with tf.Graph().as_default()`, as in TensorFlow 1.x. Variables and control flow stay those of TensorFlow 2:
`tf.disable_v2_behavior` is not called.
"""

from typing import Any

from graph_mlp.runtime.startup import quiet_tensorflow

with quiet_tensorflow():
    import tensorflow.compat.v1 as _tensorflow

    from graph_mlp.tf1 import layers as layers
    from graph_mlp.tf1.examples.tutorials.mnist import input_data as _input_data  # noqa: F401  # tf.examples

_tensorflow.disable_eager_execution()


def __getattr__(name: str) -> Any:
    if hasattr(_tensorflow, name):
        return getattr(_tensorflow, name)
    raise AttributeError(f'graph_mlp.tf1 has no {name}: it has the names of tensorflow.compat.v1, layers and examples')


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(_tensorflow)})
