"""Restore a checkpoint into a fresh graph and measure it; `--report` shows which images it misclassifies."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Dataset, Predictions
from graph_mlp.errors import CheckpointError, DataError
from graph_mlp.files import as_json, write_file
from graph_mlp.graph import model
from graph_mlp.loops import NotFinite, exact
from graph_mlp.store.restore import RestoredNetwork, restored_network


class Evaluation(NamedTuple):
    """What a checkpoint scores on a split."""

    config: RunConfig
    run: str | None  # the run it comes from, where a manifest says so
    images: int
    metrics: model.Evaluation  # Python floats
    ties: int  # hits of accuracy_moving whose true class shares the largest logit with another one
    probabilities: np.ndarray  # float32 [images, classes], by moving averages


def evaluate(
    ckpt: str | Path,
    dataset: Dataset,
    split: str = 'test',
    activation: str | None = None,
    pca_file: str | Path | None = None,
    threads: int = 0,
    device: str = 'auto',
) -> Evaluation:
    """Measures the checkpoint `ckpt` on a split of `dataset`, all its images in one batch as the notebook does.

    Args: dataset, where the images come from; split, 'train', 'validation' or 'test'; the others as
    `graph_mlp.store.restore.restored_network` takes them.
    Raises CheckpointError, UsageError or DataError where model, data and checkpoint do not fit together.
    """
    with restored_network(ckpt, activation, pca_file, threads, device) as network:
        return evaluate_network(network, dataset, split)


def evaluate_network(network: RestoredNetwork, dataset: Dataset, split: str = 'test') -> Evaluation:
    """`evaluate` of a network that is restored already."""
    source = network.checkpoint.source
    config, record = network.config, network.manifest.dataset
    is_same = not network.checkpoint.manifest or dataset.name == config.dataset
    is_same |= record is not None and record.sha256 == dataset.sha256  # 2.0 did not know Fashion-MNIST's name
    fits = (config.height, config.width) == (dataset.height, dataset.width) and dataset.classes <= config.classes
    if not (is_same and fits):
        raise DataError(
            f'{source} was trained on {config.dataset}, not on {dataset.name}: name its data by --data-dir or --dataset'
        )
    images, labels = getattr(dataset, split)
    graph = network.graph
    measured, probabilities = network.session.run(
        (graph.evaluation, graph.probabilities), feed_dict={graph.X: network.inputs(images), graph.y: labels}
    )
    try:
        metrics = exact(measured, len(labels))
    except NotFinite:
        raise CheckpointError(f'{source} is no trained network: its loss is not a finite number; use another') from None
    ties = round(metrics.accuracy_moving * len(labels)) - int((probabilities.argmax(axis=1) == labels).sum())
    return Evaluation(config, network.manifest.run, len(labels), metrics, ties, probabilities)


def write_classification(
    folder: Path, dataset: Dataset, split: str, probabilities: np.ndarray, header: dict[str, Any]
) -> None:
    """Writes report.json, confusion_matrix.png and misclassified.png to `folder`.

    The report has the confusion matrix, [true][predicted], scikit-learn's precision, recall and F1 per class (precision
    is 0 where a class is never predicted), and every misclassified image, the most confident mistake first.

    Args: dataset, images uint8 [n, pixels]; split, 'train', 'validation' or 'test'; probabilities float32 [n, classes]
    of its images, by moving averages, so that no image's class depends on the others; header, the first fields of
    report.json. Raises RunError where it cannot write.
    """
    from sklearn.metrics import precision_recall_fscore_support

    from graph_mlp.plots.pictures import confusion_matrix, misclassified_sheet
    from graph_mlp.plots.style import rendered

    images, labels = getattr(dataset, split)
    names, predictions = dataset.class_names, Predictions.of(probabilities, labels)
    predicted, matrix = predictions.predicted, predictions.counts()
    write_file(folder / 'confusion_matrix.png', rendered(confusion_matrix(matrix, names)))
    images = images.reshape(-1, dataset.height, dataset.width)
    write_file(folder / 'misclassified.png', rendered(misclassified_sheet(images, predictions, names)))
    scores = precision_recall_fscore_support(labels, predicted, labels=range(len(matrix)), zero_division=0)
    report = {
        **header,
        'confusion_matrix': matrix.tolist(),
        'classes': [
            {'class': number, **({'name': names[number]} if names else {}), 'precision': float(precision),
             'recall': float(recall), 'f1': float(f1), 'images': int(count)}
            for number, (precision, recall, f1, count) in enumerate(zip(*scores, strict=True))
        ],
        'misclassified': [
            {'image': int(at), 'true': int(labels[at]), 'predicted': int(predicted[at]),
             'probability': float(predictions.probability[at]),
             'probability_of_true': float(probabilities[at, labels[at]])}
            for at in predictions.worst_first()
        ],
    }  # fmt: skip
    write_file(folder / 'report.json', as_json(report))
