"""The MNIST perceptron of a 2017 TensorFlow 1 notebook as a graph-mode program.

Three files hold the program: graph/model.py (the notebook's cells), train.py (its last cell) and store/run.py (what a
run leaves on disk). The packages and modules, each of which imports only from those above it:

    errors, files                       what can go wrong; atomic writes and checksums
    activations, optimizers, schedules  one table for each kind of thing
    settings, config, tags, metrics     what a run is, the names that spell it, what it measures
    data/                               images and labels as NumPy arrays: files, PCA, batches, pictures of digits
    plots/                              NumPy arrays to figures
    runtime/                            TensorFlow's import, threads, XLA's cache, signals
    graph/                              the network as a TensorFlow 1.x graph, no session and no files
    store/, summaries/                  what lies in saves/: states, published models, TensorBoard's event files
    loops, train, start                 training; evaluate, predict
    study/, export/, benchmark/, tf1/   built on these, not on one another
    cli/                                one thin module per command
    guide/                              pages for people

What `__all__` names is the library. It is imported when it is first used: until then TensorFlow stays out, and when it
comes, it comes without its log lines.
"""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph_mlp.config import RunConfig as RunConfig
    from graph_mlp.data.dataset import epoch_order as epoch_order
    from graph_mlp.data.dataset import next_batch as next_batch
    from graph_mlp.data.mnist import load_dataset as load_dataset
    from graph_mlp.data.picture import prepare_image as prepare_image
    from graph_mlp.data.pictures import read_picture as read_picture
    from graph_mlp.evaluate import evaluate as evaluate
    from graph_mlp.graph.build import build as build
    from graph_mlp.predict import predict as predict
    from graph_mlp.store.recorded import read_runs as read_runs

__version__ = '2.1.0'
_MODULES = {
    'RunConfig': 'config',
    'build': 'graph.build',
    'epoch_order': 'data.dataset',
    'evaluate': 'evaluate',
    'load_dataset': 'data.mnist',
    'next_batch': 'data.dataset',
    'predict': 'predict',
    'prepare_image': 'data.picture',
    'read_picture': 'data.pictures',
    'read_runs': 'store.recorded',
}
__all__ = tuple(_MODULES)


class _Package(ModuleType):
    def __setattr__(self, name: str, value: Any) -> None:
        # Python would put the module `graph_mlp.predict`, once it is imported, in the place of the function.
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    module = f'{__name__}.{_MODULES[name]}'
    if name in ('build', 'evaluate', 'predict'):
        from graph_mlp.runtime.startup import quiet_tensorflow

        with quiet_tensorflow():
            importlib.import_module(module)
    return getattr(importlib.import_module(module), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
