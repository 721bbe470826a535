import numpy as np
import pytest

from graph_mlp.analysis.classification import classification
from graph_mlp.data.predictions import Predictions

# True classes 0, 0, 1, 1; predicted 0, 1, 1, 1.
PROBABILITIES = np.zeros((4, 10), np.float32)
PROBABILITIES[[0, 1, 2, 3], [0, 1, 1, 1]] = [0.9, 0.75, 0.8, 0.6]
PROBABILITIES[1, 0] = 0.25
REPORT = classification(Predictions.of(PROBABILITIES, np.array([0, 0, 1, 1])), PROBABILITIES)


def test_precision_and_recall_by_hand():
    zero, one = REPORT['classes'][:2]
    assert (zero['precision'], zero['recall'], zero['images']) == (1.0, 0.5, 2)
    assert (one['precision'], one['recall']) == (pytest.approx(2 / 3), 1.0)
    assert REPORT['classes'][9] == {'class': 9, 'precision': 0.0, 'recall': 0.0, 'f1': 0.0, 'images': 0}


def test_rows_of_the_confusion_matrix_are_true_classes():
    assert [row[:2] for row in REPORT['confusion_matrix'][:2]] == [[1, 1], [0, 2]]


def test_a_misclassified_image_is_named_with_both_probabilities():
    assert REPORT['misclassified'] == [
        {'image': 1, 'true': 0, 'predicted': 1, 'probability': 0.75, 'probability_of_true': 0.25}
    ]
