"""The one rule by which pixels become what the network takes."""

import numpy as np

PIXEL_SCALE = np.float32(1 / 255)


def network_inputs(images: np.ndarray) -> np.ndarray:
    """Images as the placeholder X takes them, float32 of the same shape.

    uint8 is pixels, 0 to 255, which become `float32(pixel) * float32(1 / 255)` in [0, 1], as TensorFlow's 2017
    helper did; float32 is what the network takes already, scaled pixels or principal components.
    """
    return images.astype(np.float32) * PIXEL_SCALE if images.dtype == np.uint8 else images
