"""One web page with the network inside: it needs no server and requests nothing."""

import base64
import hashlib
import html
import json
import string
from importlib import resources
from typing import Any

import numpy as np

from graph_mlp import __version__
from graph_mlp.config import LayerNames
from graph_mlp.data.dataset import Dataset, Split
from graph_mlp.errors import UsageError
from graph_mlp.export.formats import Model
from graph_mlp.graph.layers import BATCH_NORM_EPSILON

# network.js has the same table.
ACTIVATIONS = ('relu', 'elu', 'leaky_relu', 'tanh', 'selu')
SCRIPTS = ('network.js', 'shapes.js', 'picture.js', 'drawing.js', 'views.js', 'page.js')
SAMPLES = 20  # test images to try
WRONG_SAMPLES = 8  # at most so many of them misclassified
# Nothing may be fetched, sent or framed, and no script but the page's own runs.
POLICY = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; img-src data:; base-uri 'none'; form-action 'none'"
)


def page(model: Model, dataset: Dataset, accuracy: float, classes: np.ndarray) -> bytes:
    """The page as UTF-8.

    Args: accuracy on the test images of `dataset`, by moving averages; classes int [n], what the network says of each.
    Raises UsageError where the data are no digits, or the page's script does not have the model's activation.
    """
    if (dataset.height, dataset.width, dataset.classes, dataset.class_names) != (28, 28, 10, ()):
        raise UsageError('--format html: the page is for ten digits of 28 x 28; use saved-model, onnx or tflite')
    if model.config.activation not in ACTIVATIONS:
        raise UsageError(
            f'--format html: the page computes {", ".join(ACTIVATIONS)}, not {model.config.activation}; '
            'use another format'
        )
    script = "'use strict';\n" + '\n'.join(_part(script) for script in SCRIPTS)
    style = _part('style.css')
    policy = POLICY.format(script=_hash(script), style=_hash(style))
    content = _content(model, dataset, accuracy, classes)
    template = string.Template(_part('template.html'))
    text = template.substitute(
        policy=html.escape(policy, quote=False),  # its quotation marks are single ones, the attribute's double ones
        title=html.escape(f'Draw a digit: {content["name"]}'),
        style=style,
        script=script,
        model=embedded_json(content),
    )
    return text.encode()


def _content(model: Model, dataset: Dataset, accuracy: float, classes: np.ndarray) -> dict[str, Any]:
    """What the scripts read: names as they are, arrays in base64."""
    return {
        'name': model.manifest.run or model.config.model_tag,
        # A page may be passed on: without the folder that the data lie in.
        'dataset': dataset.title if dataset.name in ('mnist', 'digits') else f'{dataset.name} (not MNIST)',
        'accuracy': accuracy,
        'images': len(dataset.test.labels),
        'version': __version__,
        'activation': model.config.activation,
        'batch_norm': model.config.batch_norm,
        'temperature': model.manifest.temperature,
        'projection': _projection(model),
        'layers': _layers(model),
        'samples': _samples(dataset.test, classes),
    }


def embedded_json(content: Any) -> str:
    """JSON that can stand in a script element: no `<`, so that no text in it ends the element."""
    return json.dumps(content, allow_nan=False).replace('<', '\\u003c')


def sample_rows(labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """The rows of the test images that the page offers: int [at most 20], the same for the same network.

    The first correctly classified image of every class, then the second of every class; the last up to eight are
    the first misclassified ones.
    """
    wrong = np.flatnonzero(labels != classes)[:WRONG_SAMPLES]
    right = np.flatnonzero(labels == classes)
    by_class = [right[labels[right] == label][:SAMPLES] for label in range(10)]
    in_turn = [rows[place] for place in range(SAMPLES) for rows in by_class if place < len(rows)]
    return np.array([*in_turn[: SAMPLES - len(wrong)], *wrong], dtype=int)


def _samples(split: Split, classes: np.ndarray) -> list[dict[str, Any]]:
    return [
        {'pixels': base64.b64encode(split.images[row].tobytes()).decode(), 'label': int(split.labels[row])}
        for row in sample_rows(split.labels, classes)
    ]


def _layers(model: Model) -> list[dict[str, Any]]:
    """Every dense layer with its batch norm as `(inputs @ kernel) * scale + offset`, the output last."""
    names = [*model.config.hidden_layer_names, LayerNames('output', '')]
    layers = []
    for dense, batch_norm in names:
        kernel = model.values[f'{dense}/kernel']
        scale, offset = np.ones(kernel.shape[1]), model.values[f'{dense}/bias'].astype(np.float64)
        if model.config.batch_norm and batch_norm:
            gamma, beta, mean, variance = (
                model.values[f'{batch_norm}/{name}'].astype(np.float64)
                for name in ('gamma', 'beta', 'moving_mean', 'moving_variance')
            )
            scale = gamma / np.sqrt(variance + BATCH_NORM_EPSILON)
            offset = (offset - mean) * scale + beta
        arrays = {'kernel': _floats(kernel), 'scale': _floats(scale), 'offset': _floats(offset)}
        layers.append({'rows': kernel.shape[0], 'columns': kernel.shape[1], **arrays})
    return layers


def _projection(model: Model) -> dict[str, str] | None:
    if model.projection is None:
        return None
    return {'mean': _floats(model.projection.mean), 'components': _floats(model.projection.components)}


def _floats(values: np.ndarray) -> str:
    """Little-endian float32 in base64."""
    return base64.b64encode(np.ascontiguousarray(values, '<f4').tobytes()).decode()


def _part(name: str) -> str:
    return resources.files('graph_mlp.export').joinpath('page_parts').joinpath(name).read_text(encoding='utf-8')


def _hash(text: str) -> str:
    return 'sha256-' + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
