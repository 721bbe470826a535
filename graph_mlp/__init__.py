"""The MNIST perceptron of a 2017 TensorFlow 1 notebook as a graph-mode program.

Read from top to bottom, the rooms follow one image from its file to a figure; each imports only from those above it:

    errors, invocation                  what can go wrong; how the user calls the program
    activations, optimizers             one table for each kind of thing
    config, tags                        what a run is, and the names that spell it
    data/                               images and labels as NumPy arrays: files, PCA, batches, pictures of digits
    plots/                              NumPy arrays to pictures
    graph/                              the network as a TensorFlow 1.x graph; build.py is the page to read first
    store/                              what lies in saves/, how it gets there and is read back
    summaries/                          what TensorBoard reads
    runtime/                            TensorFlow's import, threads, XLA's cache
    session/                            what runs the graph: train, evaluate, predict, restore
    export/                             a trained model as something else: for other programs, or one web page
    analysis/                           what runs left in saves/, compared and judged
    benchmark/                          the same network under other programs
    cli/                                one thin file per command
    guide/                              pages for people
    tf1/                                TF1 code on today's TensorFlow, on the same layers

What `__all__` names is the library. It is imported when it is first used: until then TensorFlow stays out, and when it
comes, it comes without its log lines.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph_mlp.config import RunConfig
    from graph_mlp.data.batches import epoch_order, next_batch
    from graph_mlp.data.load import load_dataset
    from graph_mlp.data.picture import prepare_image
    from graph_mlp.data.picture_file import read_picture
    from graph_mlp.graph.build import build
    from graph_mlp.session.evaluate import evaluate
    from graph_mlp.session.predict import predict
    from graph_mlp.store.recorded import read_runs

__version__ = '1.5.0'
__all__ = (
    'RunConfig',
    'build',
    'epoch_order',
    'evaluate',
    'load_dataset',
    'next_batch',
    'predict',
    'prepare_image',
    'read_picture',
    'read_runs',
)

_MODULES = {
    'RunConfig': 'config',
    'build': 'graph.build',
    'epoch_order': 'data.batches',
    'evaluate': 'session.evaluate',
    'load_dataset': 'data.load',
    'next_batch': 'data.batches',
    'predict': 'session.predict',
    'prepare_image': 'data.picture',
    'read_picture': 'data.picture_file',
    'read_runs': 'store.recorded',
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    module = f'{__name__}.{_MODULES[name]}'
    if _MODULES[name].startswith(('graph.', 'session.')):
        from graph_mlp.runtime.startup import quiet_tensorflow

        with quiet_tensorflow():
            importlib.import_module(module)
    return getattr(importlib.import_module(module), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
