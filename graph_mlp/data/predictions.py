"""The classes that a network predicts, compared with the true ones."""

from typing import NamedTuple

import numpy as np


class Predictions(NamedTuple):
    """What a network says of n images."""

    labels: np.ndarray  # int [n], the true classes
    predicted: np.ndarray  # int [n], the most probable class
    probability: np.ndarray  # float32 [n], of the predicted class

    @classmethod
    def of(cls, probabilities: np.ndarray, labels: np.ndarray) -> 'Predictions':
        """Reads them off float32 [n, 10]."""
        return cls(labels, probabilities.argmax(axis=1), probabilities.max(axis=1))

    def counts(self) -> np.ndarray:
        """The confusion matrix: int [10, 10], images by true class (rows) and predicted class."""
        return np.bincount(10 * self.labels + self.predicted, minlength=100).reshape(10, 10)

    def worst_first(self) -> np.ndarray:
        """The rows of misclassified images, int [wrong], the most confident mistake first."""
        wrong = np.flatnonzero(self.labels != self.predicted)
        return wrong[np.argsort(-self.probability[wrong], kind='stable')]
