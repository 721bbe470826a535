"""`bin/evaluate --report`: confusion matrix, precision and recall per class, and the misclassified images."""

from pathlib import Path
from typing import Any

import numpy as np

from graph_mlp.config import CLASSES
from graph_mlp.data.dataset import Split
from graph_mlp.data.predictions import Predictions
from graph_mlp.plots import mistakes
from graph_mlp.plots.style import rendered
from graph_mlp.store.files import as_json, write_file


def write_classification(folder: Path, split: Split, probabilities: np.ndarray, header: dict[str, Any]) -> None:
    """Writes report.json, confusion_matrix.png and misclassified.png to `folder`.

    Args: split with uint8 images [n, 784]; probabilities float32 [n, 10], by moving averages, so that no image's
    class depends on the other images; header, the first fields of report.json. Raises RunError where it cannot write.
    """
    predictions = Predictions.of(probabilities, split.labels)
    report = classification(predictions, probabilities)
    matrix = np.array(report['confusion_matrix'])
    write_file(folder / 'confusion_matrix.png', rendered(mistakes.confusion_matrix(matrix)))
    write_file(folder / 'misclassified.png', rendered(mistakes.misclassified_sheet(split.images, predictions)))
    write_file(folder / 'report.json', as_json({**header, **report}))


def classification(predictions: Predictions, probabilities: np.ndarray) -> dict[str, Any]:
    """The confusion matrix, scikit-learn's precision, recall and F1 per class, and every misclassified image.

    `confusion_matrix[true][predicted]` counts images. A class that is never predicted has precision 0. The
    images are numbered as in their split, the most confident mistake first.
    """
    from sklearn.metrics import precision_recall_fscore_support

    labels, predicted = predictions.labels, predictions.predicted
    scores = precision_recall_fscore_support(labels, predicted, labels=range(CLASSES), zero_division=0)
    return {
        'confusion_matrix': predictions.counts().tolist(),
        'classes': [
            {'class': number, 'precision': float(precision), 'recall': float(recall), 'f1': float(f1),
             'images': int(count)}
            for number, (precision, recall, f1, count) in enumerate(zip(*scores, strict=True))
        ],
        'misclassified': [
            {'image': int(at), 'true': int(labels[at]), 'predicted': int(predicted[at]),
             'probability': float(predictions.probability[at]),
             'probability_of_true': float(probabilities[at, labels[at]])}
            for at in predictions.worst_first()
        ],
    }  # fmt: skip
