"""What XLA is told before it compiles: which library multiplies matrices, and how wide the registers are."""

import importlib.metadata
import os
from collections.abc import Sequence

# What the XLA in TensorFlow 2.21 leaves to YNNPACK, which shares Eigen's threads; by default both.
PRODUCTS = {
    'eigen': '--xla_cpu_experimental_ynn_fusion_type=LIBRARY_FUSION_TYPE_REDUCE',
    'ynnpack': ('--xla_cpu_experimental_ynn_fusion_type=LIBRARY_FUSION_TYPE_REDUCE,LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT'),
}
# 512 bits where the processor has such registers, instead of 256: 0.97 to 1.00 of an epoch's time.
_WIDEST_REGISTERS = '--xla_cpu_prefer_vector_width=512'
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


def tune_xla(products: str = 'eigen') -> None:
    """Tells XLA which library multiplies, one of PRODUCTS; to be called before anything is compiled.

    The user's own XLA_FLAGS come later in the variable and so take precedence. Only TensorFlow 2.21 gets the flags:
    XLA ends a process whose flags it does not know.
    """
    if not importlib.metadata.version('tensorflow').startswith('2.21.'):
        return
    ours = {*PRODUCTS.values(), _WIDEST_REGISTERS}
    users = [flag for flag in os.environ.get('XLA_FLAGS', '').split() if flag not in ours]
    os.environ['XLA_FLAGS'] = ' '.join([PRODUCTS[products], _WIDEST_REGISTERS, *users])
