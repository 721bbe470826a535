"""TensorFlow's start: silence on stderr, threads, device."""

import contextlib
import os
import platform
import sys
import tempfile
from collections.abc import Iterator


@contextlib.contextmanager
def quiet_tensorflow() -> Iterator[None]:
    """Keeps what TensorFlow's C++ side prints while it is imported off stderr; shown if the block fails.

    Those lines come before any log level can be set, and none of them is about the user's run.
    `TF_CPP_MIN_LOG_LEVEL`, where the user set it, is left alone and nothing is hidden.
    """
    if 'TF_CPP_MIN_LOG_LEVEL' in os.environ:
        yield
        return
    os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
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


def available_threads() -> int:
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


def processor_name() -> str:
    """The processor's name where the system tells it, else its architecture."""
    with contextlib.suppress(OSError), open('/proc/cpuinfo', encoding='utf-8', errors='replace') as file:
        for line in file:
            if line.startswith('model name'):
                return line.split(':', 1)[1].strip()
    return platform.processor() or platform.machine()


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
