"""What TensorBoard's dashboards beside the scalars show of a run: hparams, custom scalars, images."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar import summary as custom_scalar
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
from tensorboard.plugins.hparams import summary as hparams

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.config import RunConfig
from graph_mlp.data.predictions import Predictions
from graph_mlp.optimizers import OPTIMIZERS

METRICS = {
    'Accuracy': 'test accuracy',
    'validation/accuracy_moving_averages': 'validation accuracy',
    'time/epoch_seconds': 'seconds per epoch',
}
CHARTS = {
    'Accuracy': {
        'test': 'Accuracy|test/accuracy_moving_averages',
        'validation': 'validation/accuracy.*',
        'training': 'train/accuracy',
    },
    'Loss': {
        'test': 'test/loss.*',
        'validation': 'validation/loss.*',
        'training': 'train/loss',
    },
}
HPARAMS_TAGS = (metadata.EXPERIMENT_TAG, metadata.SESSION_START_INFO_TAG)
MAX_MISCLASSIFIED = 90  # misclassified images in TensorBoard; bin/evaluate --report draws more


def experiment() -> tf.Summary:
    """Columns and metrics of the hparams dashboard; TensorBoard reads them from any run, so all write the same."""
    columns = [
        _column('activation', 'activation', [*ACTIVATIONS]),
        _column('batch_norm', 'batch norm', [False, True]),
        _column('hidden_sizes', 'hidden units', None),
        _column('input_features', 'input features', None, api_pb2.DATA_TYPE_FLOAT64),
        _column('optimizer', 'optimizer', [*OPTIMIZERS]),
        _column('learning_rate', 'learning rate', None, api_pb2.DATA_TYPE_FLOAT64),
        _column('seed', 'seed', None, api_pb2.DATA_TYPE_FLOAT64),
    ]
    metrics = [
        api_pb2.MetricInfo(name=api_pb2.MetricName(tag=tag), display_name=title) for tag, title in METRICS.items()
    ]
    return hparams.experiment_pb(columns, metrics, time_created_secs=0)


def session_start(config: RunConfig, steps_per_run: int, started: float) -> tf.Summary:
    """The run's line in the hparams dashboard; runs that differ in their seed alone are a session group.

    Args: started, when the run began, in seconds since 1970.
    """
    values = {
        'activation': config.activation,
        'batch_norm': config.batch_norm,
        'hidden_sizes': '-'.join(map(str, config.hidden_sizes)),
        'input_features': config.input_features,
        'optimizer': config.optimizer,
        'learning_rate': config.learning_rate,
        'seed': config.seed,
    }
    return hparams.session_start_pb(values, group_name=_session_group(config, steps_per_run), start_time_secs=started)


def has_other_hparams(shown: Mapping[str, tf.SummaryMetadata], opening: Sequence[tf.Summary]) -> bool:
    """Whether what TensorBoard knows of a run's hparams, `shown` by tag, is not what `opening` says of them."""
    return any(
        value.tag in HPARAMS_TAGS
        and value.tag in shown
        and _plugin_data(value.metadata) != _plugin_data(shown[value.tag])
        for summary in opening
        for value in summary.value
    )


def session_end() -> tf.Summary:
    """Marks the run as finished."""
    return hparams.session_end_pb(api_pb2.STATUS_SUCCESS, time.time())


def layout(charts: dict[str, dict[str, str]]) -> tf.Summary:
    """The custom-scalars dashboard: per category, a chart for every title, with the tags its pattern matches."""
    categories = [
        layout_pb2.Category(title=category, chart=[
            layout_pb2.Chart(title=title, multiline=layout_pb2.MultilineChartContent(tag=[f'(?:{pattern})$']))
            for title, pattern in titles.items()
        ])
        for category, titles in charts.items()
    ]  # fmt: skip
    return custom_scalar.pb(layout_pb2.Layout(category=categories))


def pictures(images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> tf.Summary:
    """Confusion matrix and misclassified images, by moving averages.

    Args: images uint8 [n, 784]; labels int32 [n]; probabilities float32 [n, 10].
    """
    # 0.3 s that the first epoch need not wait for, nor a run that is interrupted pay.
    from graph_mlp.plots import mistakes
    from graph_mlp.plots.style import rendered

    predictions = Predictions.of(probabilities, labels)
    figures = {
        'test/confusion_matrix': mistakes.confusion_matrix(predictions.counts()),
        'test/misclassified': mistakes.misclassified_sheet(images, predictions, MAX_MISCLASSIFIED),
    }
    return tf.Summary(value=[
        tf.Summary.Value(tag=tag, image=tf.Summary.Image(encoded_image_string=rendered(figure, dpi=90)))
        for tag, figure in figures.items()
    ])  # fmt: skip


def _plugin_data(described: tf.SummaryMetadata) -> plugin_data_pb2.HParamsPluginData:
    return plugin_data_pb2.HParamsPluginData.FromString(described.plugin_data.content)


def _column(name: str, title: str, choices: list[Any] | None, kind: int | None = None) -> api_pb2.HParamInfo:
    column = api_pb2.HParamInfo(name=name, display_name=title)
    column.type = kind or (api_pb2.DATA_TYPE_BOOL if choices == [False, True] else api_pb2.DATA_TYPE_STRING)
    if choices:
        column.domain_discrete.extend(choices)
    return column


def _session_group(config: RunConfig, steps_per_run: int) -> str:
    default = RunConfig()
    names = ('learning_rate', 'batch_size', 'keep_last_batch')
    changed = [f'{name} {getattr(config, name)}' for name in names if getattr(config, name) != getattr(default, name)]
    changed.append(f'{config.epochs} epochs')
    loop = ["the notebook's loop"] if steps_per_run == 1 else []
    return ', '.join([f'{config.dataset} {config.model_tag}', *changed, *loop])
