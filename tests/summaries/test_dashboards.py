import numpy as np
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import metadata, plugin_data_pb2

from graph_mlp.config import RunConfig
from graph_mlp.summaries import dashboards
from graph_mlp.summaries.scalars import SCALARS


def started(config, steps_per_run=157):
    [value] = dashboards.session_start(config, steps_per_run, 12.5).value
    assert value.tag == metadata.SESSION_START_INFO_TAG
    return plugin_data_pb2.HParamsPluginData.FromString(value.metadata.plugin_data.content).session_start_info


def test_a_run_says_its_hyperparameters():
    hparams = started(RunConfig((30, 10), optimizer='adam', seed=7)).hparams
    assert hparams['hidden_sizes'].string_value == '30-10'
    assert hparams['batch_norm'].bool_value is True
    assert (hparams['seed'].number_value, hparams['input_features'].number_value) == (7, 784)
    assert hparams['optimizer'].string_value == 'adam'


def test_repeats_with_other_seeds_are_one_group_and_nothing_else_is():
    groups = [
        started(config, loop).group_name
        for config, loop in [
            (RunConfig(seed=1), 157), (RunConfig(seed=2), 157), (RunConfig(epochs=5), 157),
            (RunConfig(learning_rate=0.1), 157), (RunConfig(), 1), (RunConfig(dataset='digits'), 157),
        ]
    ]  # fmt: skip
    assert groups[0] == groups[1]
    assert len(set(groups)) == 5


def test_metrics_and_charts_name_tags_that_are_written():
    assert set(dashboards.METRICS) <= set(SCALARS)
    [value] = dashboards.layout(dashboards.CHARTS).value
    layout = layout_pb2.Layout.FromString(value.tensor.string_val[0])
    import re

    for category in layout.category:
        for chart in category.chart:
            [pattern] = chart.multiline.tag
            assert any(re.match(pattern, tag) for tag in SCALARS), pattern


def test_pictures_are_png():
    images, labels = np.zeros((3, 784), np.uint8), np.array([0, 1, 2])
    summary = dashboards.pictures(images, labels, np.eye(10, dtype=np.float32)[[0, 1, 1]])
    assert [value.tag for value in summary.value] == ['test/confusion_matrix', 'test/misclassified']
    assert all(value.image.encoded_image_string.startswith(b'\x89PNG') for value in summary.value)
