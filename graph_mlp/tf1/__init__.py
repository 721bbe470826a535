"""TF1 code on today's TensorFlow: `import graph_mlp.tf1 as tf`.

It has every name of `tensorflow.compat.v1`, and what Keras 3 took away, with TensorFlow 1.x's variable names and
collections: `tf.layers` (dense, batch_normalization, dropout and flatten) on the layers of this package, and
`graph_mlp.tf1.examples.tutorials.mnist.input_data` on its data.

Importing it turns eager execution off for the whole process (`tf.disable_eager_execution`), so that graphs are built
without `with tf.Graph().as_default()`, as in TensorFlow 1.x. Variables and control flow stay those of TensorFlow 2:
`tf.disable_v2_behavior` is not called.
"""

import importlib
from typing import Any

from graph_mlp.runtime.startup import quiet_tensorflow

with quiet_tensorflow():
    import tensorflow.compat.v1 as _tensorflow

    from graph_mlp.tf1 import contrib as contrib
    from graph_mlp.tf1 import estimator as estimator
    from graph_mlp.tf1 import layers as layers
    from graph_mlp.tf1 import rnn_cell as _rnn_cell
    from graph_mlp.tf1.examples.tutorials.mnist import input_data as _input_data  # noqa: F401  # tf.examples
    from graph_mlp.tf1.examples.tutorials.mnist import mnist as _mnist  # noqa: F401
    from graph_mlp.tf1.offered import Missing, missing

_tensorflow.disable_eager_execution()
_tensorflow.nn.rnn_cell = _rnn_cell  # TensorFlow's own need Keras 2


def __getattr__(name: str) -> Any:
    if name == 'python':
        return importlib.import_module('tensorflow.python')
    if name == 'enable_eager_execution' or not hasattr(_tensorflow, name):
        raise Missing(missing(f'tf.{name}', 'it has the names of tensorflow.compat.v1, layers, contrib and examples'))
    return getattr(_tensorflow, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(_tensorflow)})
