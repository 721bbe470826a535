import numpy as np
import sklearn.metrics

from graph_mlp.data.predictions import Predictions

# True classes 0, 1, 1, 2; the second and the last are taken for class 0, the last with more confidence.
PROBABILITIES = np.array([[0.9, 0.1, 0], [0.6, 0.4, 0], [0.2, 0.8, 0], [0.7, 0.1, 0.2]], np.float32)
LABELS = np.array([0, 1, 1, 2])


def test_the_most_confident_mistake_comes_first():
    predictions = Predictions.of(PROBABILITIES, LABELS)
    assert predictions.predicted.tolist() == [0, 0, 1, 0]
    assert predictions.worst_first().tolist() == [3, 1]


def test_the_counts_are_scikit_learns_confusion_matrix():
    random = np.random.RandomState(0)
    labels, predicted = random.randint(10, size=(2, 500))
    counts = Predictions(labels, predicted, np.ones(500, np.float32)).counts()
    np.testing.assert_array_equal(counts, sklearn.metrics.confusion_matrix(labels, predicted))
