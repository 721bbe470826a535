"""Which pixels are not zero in any image of a batch: of MNIST's 784 some 500 in a batch of 70, at most about 550.

A pixel that is zero in the whole batch adds nothing to the first layer and has no gradient, so the compiled loop leaves
most of these out (graph/compiled.py).
"""

from typing import NamedTuple

import numpy as np

from graph_mlp.data.dataset import epoch_order

# The loop has room for as many pixels as the batches of one epoch need, and a little more: over 60 epochs of MNIST the
# most that a batch needs is at most 3.2 % more than in the first epoch (batches of 35 to 1,000 images, two seeds).
_MARGIN = 1.035
_MULTIPLE = 16  # numbers in the widest register of a processor: products of such sizes leave none of it idle
# With more of the pixels than this, choosing them takes longer than the products get shorter.
_WORTHWHILE = 0.85
_WORD_BYTES = 8


class PixelChoice(NamedTuple):
    """The pixels that each of several batches is trained on."""

    pixels: np.ndarray  # int32 [batches, number], ascending: every pixel that is not zero, and as many others as fit
    positions: np.ndarray  # int32 [batches, 784]: where each pixel stands among them; -1: it is left out


class NonzeroPixels:
    """A bit for every pixel of every image, uint8 [n, 784]."""

    def __init__(self, images: np.ndarray):
        bits = np.packbits(images, axis=1)  # whatever is not zero counts as one
        self._words = np.pad(bits, ((0, 0), (0, -bits.shape[1] % _WORD_BYTES))).view(np.uint64)
        self._pixels = images.shape[1]

    def of_batches(self, rows: np.ndarray) -> np.ndarray:
        """Bool [batches, 784], from int [batches, batch_size] rows: whether a pixel is not zero in an image."""
        words = np.bitwise_or.reduce(self._words.take(rows.T, axis=0), axis=0)
        return np.unpackbits(words.view(np.uint8), axis=1, count=self._pixels).view(bool)

    def choice(self, rows: np.ndarray, number: int) -> PixelChoice | None:
        """`number` pixels for each batch of rows; None where a batch has more that are not zero."""
        nonzero = self.of_batches(rows)
        others = number - nonzero.sum(axis=1, keepdims=True)
        if (others < 0).any():
            return None
        chosen = nonzero | (np.cumsum(~nonzero, axis=1, dtype=np.int32) <= others)
        all_pixels = np.broadcast_to(np.arange(self._pixels, dtype=np.int32), chosen.shape)
        positions = np.where(chosen, np.cumsum(chosen, axis=1, dtype=np.int32) - 1, -1)
        return PixelChoice(all_pixels[chosen].reshape(-1, number), positions)


def number_of_pixels(images: np.ndarray, batch_size: int) -> int | None:
    """How many pixels the compiled loop trains on in each step, or None where all of them are worth no choice.

    A function of the images, uint8 [n, 784], and the batch size alone, so that a resumed run finds the same.
    """
    if images.dtype != np.uint8 or len(images) < batch_size:
        return None
    nonzero = NonzeroPixels(images)
    first_epoch = epoch_order(len(images), batch_size, seed=0, epoch=0)[0]
    most = int(nonzero.of_batches(first_epoch).sum(axis=1).max())
    number = -(-int(most * _MARGIN) // _MULTIPLE) * _MULTIPLE
    return number if 0 < number <= _WORTHWHILE * images.shape[1] else None
