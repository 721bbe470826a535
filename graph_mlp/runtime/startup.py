"""TensorFlow's import and settings: silent on stderr, its threads, its device."""

import contextlib
import importlib.metadata
import os
import sys
import tempfile
from collections.abc import Iterator

# What TensorFlow imports on its way where it is installed, and nothing here uses: 1 s and 150 MiB.
_UNUSED = ('keras', 'jax')
# By default the XLA in TensorFlow 2.21 gives matrix products to YNNPACK, which brings a thread pool of its own beside
# Eigen's: on two cores a training epoch then takes 1.15 to 1.2 times as long as with nothing but reductions there.
_PRODUCTS_IN_EIGEN = '--xla_cpu_experimental_ynn_fusion_type=LIBRARY_FUSION_TYPE_REDUCE'


@contextlib.contextmanager
def quiet_tensorflow() -> Iterator[None]:
    """For the block that imports TensorFlow: without `_UNUSED`, as `tune_xla` wants it, and silent on stderr.

    What TensorFlow's C++ side prints then comes before any log level can be set, and none of it is about the
    user's run; it is shown if the block fails. `TF_CPP_MIN_LOG_LEVEL`, where the user set it, is left alone and
    nothing is hidden.
    """
    tune_xla()
    with _unimportable(_UNUSED):
        if 'TF_CPP_MIN_LOG_LEVEL' in os.environ:
            yield
        else:
            os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
            with _stderr_kept():
                yield


def tune_xla() -> None:
    """Has XLA leave matrix products to Eigen; to be called before anything is compiled.

    What the user's XLA_FLAGS say comes after it and so wins. Another TensorFlow may not know the flag, and XLA
    ends a process over an unknown flag.
    """
    flags = os.environ.get('XLA_FLAGS', '')
    if _PRODUCTS_IN_EIGEN not in flags and importlib.metadata.version('tensorflow').startswith('2.21.'):
        os.environ['XLA_FLAGS'] = f'{_PRODUCTS_IN_EIGEN} {flags}'.strip()


@contextlib.contextmanager
def _unimportable(names: tuple[str, ...]) -> Iterator[None]:
    """Makes `import` of these raise ImportError, which TensorFlow takes for their absence."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)


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
    """Gives the process `threads` threads within an op, in the plain and in the compiled loop; 0: as many as cores.

    To be called before anything is built: TensorFlow and XLA share one pool per process, and it is made, whatever
    a session's ConfigProto says later, when the first `tf.function` is. In a process that has it already this
    does nothing.
    """
    import tensorflow.compat.v1 as tf

    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(threads)


def session_config(threads: int, device: str):
    """A `tf.ConfigProto`: `threads` within an op, GPU memory taken as needed.

    Args: device 'auto' (a GPU where there is one), 'cpu' or 'gpu'. Raises UsageError where 'gpu' is not there.
    """
    import tensorflow.compat.v1 as tf

    from graph_mlp.errors import UsageError

    tf.get_logger().setLevel('ERROR')
    if device == 'gpu' and not tf.config.list_physical_devices('GPU'):
        raise UsageError('--device gpu: TensorFlow sees no GPU here; use --device cpu, or install its CUDA libraries')
    return tf.ConfigProto(
        intra_op_parallelism_threads=threads,
        allow_soft_placement=True,
        device_count={'GPU': 0} if device == 'cpu' else {},
        gpu_options=tf.GPUOptions(allow_growth=True),
    )
