"""TF1 code on today's TensorFlow: `bin/tf1 PROGRAM`, or `import graph_mlp.tf1 as tf`.

It has every name of `tensorflow.compat.v1`, and what Keras 3 and TensorFlow 2 took away, with TensorFlow 1.15's
variable names and collections: `tf.layers`, the dense part of `tf.contrib`, `tf.nn.rnn_cell`, a small `tf.estimator`,
and `tf.examples.tutorials.mnist`.

Importing it turns eager execution off for the whole process (`tf.disable_eager_execution`), so that graphs are built
without `with tf.Graph().as_default()`, as in TensorFlow 1.x. Variables and control flow stay those of TensorFlow 2;
under bin/tf1 they are 1.15's too (`version1.py`).
"""

import importlib
import sys
import types
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


compat = types.ModuleType('tf.compat')
compat.__dict__.update(vars(_tensorflow.compat), v1=sys.modules[__name__])


def __getattr__(name: str) -> Any:
    if name == 'python':
        return importlib.import_module('tensorflow.python')
    if name == 'enable_eager_execution' or not hasattr(_tensorflow, name):
        raise Missing(missing(f'tf.{name}', 'it has the names of tensorflow.compat.v1, layers, contrib and examples'))
    return getattr(_tensorflow, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(_tensorflow)})
