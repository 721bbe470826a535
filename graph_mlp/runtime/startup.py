"""TensorFlow's import and settings: silent on stderr, its threads, its device."""

import contextlib
import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from graph_mlp.runtime.tuning import tune_tensorflow

# What TensorFlow imports on its way where it is installed, and nothing that runs with it uses: Keras and JAX take 1 s
# and 150 MiB, SciPy and h5py, for Keras' old layers, 0.3 s and 21 MiB.
_UNUSED = ('keras', 'jax', 'scipy', 'h5py')


@contextlib.contextmanager
def quiet_tensorflow(products: str = 'eigen') -> Iterator[None]:
    """Within this block TensorFlow is imported without `_UNUSED`, with `tune_tensorflow(products)`, silently on stderr.

    Python's garbage collector is off meanwhile. TensorFlow's C++ code prints before any log level can be set, and
    nothing that concerns the user's run; what it printed is shown if the block fails. Where the user has set
    `TF_CPP_MIN_LOG_LEVEL`, nothing is hidden.
    """
    tune_tensorflow(products)
    with _unimportable(_UNUSED), _garbage_collector_off():
        if 'TF_CPP_MIN_LOG_LEVEL' in os.environ:
            yield
        else:
            os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
            with _stderr_kept():
                yield


@contextlib.contextmanager
def _unimportable(names: tuple[str, ...]) -> Iterator[None]:
    """Makes `import` of these raise ImportError, which TensorFlow takes for their absence."""
    absent = [name for name in names if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own way to make an import fail
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)


@contextlib.contextmanager
def _garbage_collector_off() -> Iterator[None]:
    """Turns it off for TensorFlow's import, where it takes 0.3 of 2.1 s and frees next to nothing.

    Once TensorFlow is imported, this changes nothing.
    """
    was_on = gc.isenabled() and 'tensorflow' not in sys.modules
    if was_on:
        gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextlib.contextmanager
def _stderr_kept() -> Iterator[None]:
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as hidden:
        os.dup2(hidden.fileno(), 2)
        try:
            yield
        except Exception:
            hidden.seek(0)
            os.write(stderr, hidden.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)


def use_threads(threads: int) -> None:
    """Gives the process `threads` threads within an operation, in both loops; 0: as many as cores.

    To be called before anything is built: TensorFlow and XLA share one pool of threads per process, which is made
    with the first `tf.function` and not changed by a session's ConfigProto. Where the pool exists already, this
    does nothing.
    """
    import tensorflow.compat.v1 as tf

    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(threads)


def session_config(threads: int, device: str) -> Any:
    """A `tf.ConfigProto`: `threads` within an op, GPU memory taken as needed.

    Args: device 'auto' (a GPU where there is one), 'cpu' or 'gpu'. Raises UsageError where 'gpu' is not there.
    """
    import tensorflow.compat.v1 as tf

    from graph_mlp.errors import UsageError

    tf.get_logger().setLevel('ERROR')
    if device == 'gpu' and not tf.config.list_physical_devices('GPU'):
        raise UsageError('--device gpu: TensorFlow sees no GPU here; use --device cpu, or install its CUDA libraries')
    config = tf.ConfigProto(
        intra_op_parallelism_threads=threads,
        allow_soft_placement=True,
        device_count={'GPU': 0} if device == 'cpu' else {},
        gpu_options=tf.GPUOptions(allow_growth=True),
    )
    # TensorFlow's memory optimizer adds up large gradients in temporary variables, which XLA cannot compile.
    rewriting = config.graph_options.rewrite_options
    rewriting.memory_optimization = rewriting.NO_MEM_OPT
    return config
