"""Temperature scaling: probabilities that are as often right as they say (Guo, Pleiss, Sun and Weinberger 2017).

All logits are divided by one temperature, fitted on the validation images, so that no class changes its rank.
"""

import numpy as np

COLDEST, HOTTEST = 0.1, 10.0


def scaled(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Float32 [n, classes] as they are where the logits are divided by the temperature; at 1 unchanged."""
    if temperature == 1:
        return probabilities
    from scipy.special import softmax

    smallest = np.finfo(np.float32).tiny  # a probability of 0 has no logarithm
    logits = np.log(np.maximum(probabilities, smallest, dtype=np.float64))
    return np.asarray(softmax(logits / temperature, axis=1), probabilities.dtype)


def fitted_temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The temperature of the least mean cross-entropy, between 0.1 and 10; 1 where a probability is no number.

    Args: float32 [n, classes], by moving averages; labels int [n].
    """
    if not np.isfinite(probabilities).all():
        return 1.0
    from scipy.optimize import minimize_scalar

    def loss(logarithm: float) -> float:
        true = scaled(probabilities.astype(np.float64), np.exp(logarithm))[np.arange(len(labels)), labels]
        return -float(np.log(np.maximum(true, np.finfo(np.float64).tiny)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=np.log((COLDEST, HOTTEST)), method='bounded').x))
