"""What TensorBoard's dashboards beside the scalars show of a run: hparams, custom scalars, images."""

import time
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar import summary as custom_scalar
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams import summary as hparams

from graph_mlp.config import settings
from graph_mlp.data.dataset import Predictions
from graph_mlp.settings import Setting
from graph_mlp.store.manifest import Manifest, shared_settings

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
    'Loss': {'test': 'test/loss.*', 'validation': 'validation/loss.*', 'training': 'train/loss'},
}
MAX_MISCLASSIFIED = 90  # misclassified images in TensorBoard; bin/evaluate --report draws more


def opening(manifest: Manifest) -> tuple[tf.Summary, ...]:
    """What every event file of a run begins with: the columns of the hparams dashboard, its line, the charts."""
    return experiment(), session_start(manifest), layout(CHARTS)


def experiment() -> tf.Summary:
    """Columns and metrics of the hparams dashboard; TensorBoard reads them from any run, so all write the same."""
    columns = [_column(setting) for setting in settings().values()]
    metrics = [
        api_pb2.MetricInfo(name=api_pb2.MetricName(tag=tag), display_name=title) for tag, title in METRICS.items()
    ]
    return hparams.experiment_pb(columns, metrics, time_created_secs=0)


def session_start(manifest: Manifest) -> tf.Summary:
    """The run's line in the hparams dashboard; runs that differ in their seed alone are a session group."""
    config = manifest.config
    given = [(one, getattr(config, one.name)) for one in settings().values()]
    values = {one.name: _shown(one, value) for one, value in given if value is not None}
    group = [f'{config.dataset} {config.model_tag}']
    for name, value in shared_settings(config, manifest.identity).items():
        setting = settings()[name]
        # The epochs always: a file whose settings are renewed gets no shorter.
        if name == 'epochs' or not (setting.in_tag or name == 'dataset' or value in (None, setting.default)):
            group.append(f'{setting.flag} {setting.spelled(value)}')
    return hparams.session_start_pb(values, group_name=', '.join(group), start_time_secs=manifest.started)


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


def pictures(images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, manifest: Manifest) -> tf.Summary:
    """Confusion matrix and misclassified images, by moving averages.

    Args: images uint8 [n, pixels]; labels int32 [n]; probabilities float32 [n, classes]; manifest of the run.
    """
    # 0.3 s that the first epoch need not wait for, nor a run that is interrupted pay.
    from graph_mlp.plots.pictures import confusion_matrix, misclassified_sheet
    from graph_mlp.plots.style import rendered

    predictions, names = Predictions.of(probabilities, labels), manifest.class_names
    images = images.reshape(-1, manifest.config.height, manifest.config.width)
    figures = {
        'test/confusion_matrix': confusion_matrix(predictions.counts(), names),
        'test/misclassified': misclassified_sheet(images, predictions, names, MAX_MISCLASSIFIED),
    }
    return tf.Summary(value=[
        tf.Summary.Value(tag=tag, image=tf.Summary.Image(encoded_image_string=rendered(figure, dpi=90)))
        for tag, figure in figures.items()
    ])  # fmt: skip


def _shown(setting: Setting, value: Any) -> bool | float | str:
    if setting.kind is bool:
        return bool(value)
    return float(value) if setting.kind in (int, float) else setting.spelled(value)


def _column(setting: Setting) -> api_pb2.HParamInfo:
    column = api_pb2.HParamInfo(name=setting.name, display_name=setting.name.replace('_', ' '))
    kinds = {bool: api_pb2.DATA_TYPE_BOOL, int: api_pb2.DATA_TYPE_FLOAT64, float: api_pb2.DATA_TYPE_FLOAT64}
    column.type = kinds.get(setting.kind, api_pb2.DATA_TYPE_STRING)
    if choices := [False, True] if setting.kind is bool else [*setting.choices]:
        column.domain_discrete.extend(choices)
    return column
