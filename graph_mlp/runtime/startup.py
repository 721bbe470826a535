"""TensorFlow's import and settings: silent on stderr, its compiler's flags, its threads, its device."""

import contextlib
import importlib.metadata
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from graph_mlp.config import RunConfig

# What TensorFlow imports on its way where it is installed, and nothing that runs with it uses: Keras, JAX, SciPy and
# h5py. Without them it takes 1.3 s and 170 MiB less.
_UNUSED = ('keras', 'jax', 'scipy', 'h5py')
# Registers of 512 bits where the processor has them, instead of 256: an epoch of BN_elu-1568-500 takes 0.87 to 1.01 of
# the time on two threads, BN_elu-300-100 0.97 to 1.00.
_VECTORS = '--xla_cpu_prefer_vector_width=512'
# XLA leaves to YNNPACK, which shares Eigen's threads, what this flag names. By default that is the products too, and an
# epoch of BN_elu-300-100 takes 1.17 of the time on two threads.
_YNNPACK = '--xla_cpu_experimental_ynn_fusion_type=LIBRARY_FUSION_TYPE_REDUCE'
_YNNPACK_PRODUCTS = f'{_YNNPACK},LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT'
# On several threads YNNPACK multiplies faster from this size of the first kernel on: BN_elu-1000-350 takes 0.91 to 0.96
# of Eigen's time, BN_elu-1568-500 0.92 to 0.99, but 600-200 1.10 to 1.20 (two threads, an AMD EPYC with AVX-512).
_WIDE_KERNEL = 784 * 1000


def compiler_flags(config: RunConfig, threads: int) -> str:
    """The flags with which XLA compiles the loop of this network for so many threads; none for the notebook's loop.

    Only TensorFlow 2.21 gets flags: XLA ends a process whose flags it does not know.
    """
    if config.steps_per_run == 1 or not importlib.metadata.version('tensorflow').startswith('2.21.'):
        return ''
    rows, columns = config.kernel_shapes[0]
    is_wide = threads > 1 and rows * columns >= _WIDE_KERNEL
    return f'{_VECTORS} {_YNNPACK_PRODUCTS if is_wide else _YNNPACK}'


@contextlib.contextmanager
def quiet_tensorflow(flags: str = '', device: str = 'auto') -> Iterator[None]:
    """Within this block TensorFlow is imported without `_UNUSED`, with XLA's `flags`, silently on stderr.

    With the device 'cpu' it sees no GPU, and takes none of its memory.

    Without oneDNN's operations it computes with Eigen, as TensorFlow 1.15 did. What the user has set takes precedence:
    TF_ENABLE_ONEDNN_OPTS, and XLA_FLAGS, which come later in the variable. TensorFlow's C++ code prints before any log
    level can be set, and nothing that concerns the user's run; what it printed is shown if the block fails. Where the
    user has set `TF_CPP_MIN_LOG_LEVEL`, nothing is hidden.
    """
    os.environ.setdefault('TF_ENABLE_ONEDNN_OPTS', '0')
    if device == 'cpu':
        os.environ['CUDA_VISIBLE_DEVICES'] = '-1'
    if flags and flags not in os.environ.get('XLA_FLAGS', ''):
        os.environ['XLA_FLAGS'] = f'{flags} {os.environ.get("XLA_FLAGS", "")}'.strip()
    with _unimportable(_UNUSED):
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


def chosen_device(device: str) -> str:
    """'cpu' or 'gpu': for 'auto' a GPU where there is one that works.

    Raises UsageError where 'gpu' is asked for and there is none, RunError where it does not work.
    """
    if device == 'cpu':
        return 'cpu'
    import tensorflow.compat.v1 as tf

    from graph_mlp.errors import RunError, UsageError, reason

    if not tf.config.list_physical_devices('GPU'):
        if device == 'gpu':
            raise UsageError('--device gpu: TensorFlow sees no GPU; use --device cpu, or pip install graph-mlp[gpu]')
        return 'cpu'
    try:
        with tf.Graph().as_default(), tf.device('/GPU:0'):
            product = tf.linalg.matmul(tf.ones((8, 8)), tf.ones((8, 8)))
            with tf.Session(config=tf.ConfigProto(gpu_options=tf.GPUOptions(allow_growth=True))) as session:
                session.run(product)
    except Exception as error:  # whatever a busy, an old or a broken one raises
        if device == 'gpu':
            raise RunError(f'--device gpu: the GPU does not work: {reason(error)}; use --device cpu') from None
        print(f'warning: the GPU does not work ({reason(error)}): training on the processor', file=sys.stderr)
        return 'cpu'
    return 'gpu'


def session_config(threads: int, device: str) -> Any:
    """A `tf.ConfigProto`: `threads` within an op, on 'cpu' or 'gpu', of whose memory it takes what it needs."""
    import tensorflow.compat.v1 as tf

    tf.get_logger().setLevel('ERROR')
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
