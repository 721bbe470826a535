"""What TensorFlow and its compiler, XLA, are told before they begin: which libraries compute, and in what order."""

import importlib.metadata
import os
from collections.abc import Sequence

# What the XLA in TensorFlow 2.21 leaves to YNNPACK, which shares Eigen's threads; by default both.
PRODUCTS = {
    'eigen': '--xla_cpu_experimental_ynn_fusion_type=LIBRARY_FUSION_TYPE_REDUCE',
    'ynnpack': '--xla_cpu_experimental_ynn_fusion_type=LIBRARY_FUSION_TYPE_REDUCE,LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT',
}
_COMPILER_FLAGS = (
    # Registers of 512 bits where the processor has them, instead of 256: 0.97 to 1.00 of an epoch's time.
    '--xla_cpu_prefer_vector_width=512',
    # Use buffers again as early as possible: the other order takes 32 MiB more to evaluate MNIST, and no less time.
    '--xla_cpu_enable_concurrency_optimized_scheduler=false',
)
# On several threads YNNPACK is faster from this size of the first kernel on. BN_elu-1000-350 takes 0.91 to 0.96 of
# Eigen's time and BN_elu-1568-500 0.92 to 0.99; 600-200 takes 1.10 to 1.20, 300-100 1.17 and 100-50 1.21 (two threads,
# an AMD EPYC with AVX-512). On one thread it is slower at every size that was tried.
_WIDE_KERNEL = 784 * 1000


def fastest_products(kernel_shapes: Sequence[tuple[int, int]], threads: int) -> str:
    """The library, one of PRODUCTS, that trains a network on so many threads fastest, where both were measured.

    Args: kernel_shapes, rows and columns of every kernel, from the input to the output.
    """
    rows, columns = kernel_shapes[0]
    return 'ynnpack' if threads > 1 and rows * columns >= _WIDE_KERNEL else 'eigen'


def tune_tensorflow(products: str = 'eigen') -> None:
    """Tells TensorFlow and XLA which libraries to use; to be called before TensorFlow computes anything.

    Without oneDNN's operations TensorFlow computes with Eigen, as TensorFlow 1.15 did, and gives memory that is freed
    back to the system, which the allocator that comes with oneDNN never does.
    Args: products, one of PRODUCTS. What the user has set takes precedence: TF_ENABLE_ONEDNN_OPTS, and XLA_FLAGS, which
    come later in the variable. Only TensorFlow 2.21 gets the flags: XLA ends a process whose flags it does not know.
    """
    os.environ.setdefault('TF_ENABLE_ONEDNN_OPTS', '0')
    if not importlib.metadata.version('tensorflow').startswith('2.21.'):
        return
    ours = {*PRODUCTS.values(), *_COMPILER_FLAGS}
    users = [flag for flag in os.environ.get('XLA_FLAGS', '').split() if flag not in ours]
    os.environ['XLA_FLAGS'] = ' '.join([PRODUCTS[products], *_COMPILER_FLAGS, *users])
