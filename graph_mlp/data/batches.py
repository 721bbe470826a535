"""The order of the images, and the notebook's `next_batch` that was never defined."""

from collections.abc import Iterable, Iterator

import numpy as np

from graph_mlp.data.pixels import network_inputs
from graph_mlp.errors import UsageError


def epoch_order(count: int, batch_size: int, seed: int, epoch: int, keep_last: bool = False) -> list[np.ndarray]:
    """The rows of each batch of an epoch, a function of (seed, epoch) alone.

    Consecutive slices of `numpy.random.RandomState([seed, epoch]).permutation(count)`. The whole batches come
    as one int32 array [count // batch_size, batch_size]; with `keep_last` the remainder follows as a second
    array [1, count % batch_size], where there is one. Raises UsageError where no batch would be left.
    """
    order = np.random.RandomState([seed, epoch]).permutation(count).astype(np.int32)
    whole = count // batch_size * batch_size
    parts = [order[:whole].reshape(-1, batch_size)] if whole else []
    if keep_last and whole < count:
        parts.append(order[whole:].reshape(1, -1))
    if not parts:
        raise UsageError(f'batch size {batch_size} is larger than the {count} training images: choose a smaller one')
    return parts


def next_batch(X: np.ndarray, y: np.ndarray, order: Iterable[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """What the notebook's loop iterates: batch after batch, as the placeholders take it.

    Args: X uint8 [n, 784], pixels, or float32 [n, k], principal components; y int32 [n]; order, what `epoch_order`
    returns, arrays int [steps, batch] of rows. Yields (X_batch float32 [batch, features], y_batch [batch]).
    """
    for steps in order:
        for rows in steps:
            yield network_inputs(X[rows]), y[rows]
