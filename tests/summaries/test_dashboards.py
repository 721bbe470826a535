import re

import numpy as np
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import plugin_data_pb2

from graph_mlp.config import RunConfig, settings
from graph_mlp.metrics import scalars
from graph_mlp.store.manifest import DatasetRecord, Manifest
from graph_mlp.summaries import dashboards


def content(summary):
    [value] = summary.value
    return plugin_data_pb2.HParamsPluginData.FromString(value.metadata.plugin_data.content)


def started(**fields):
    manifest = Manifest(config=RunConfig(**fields), started=12.5)
    return content(dashboards.session_start(manifest)).session_start_info


def test_every_setting_is_a_column_and_every_run_fills_those_it_has():
    columns = [column.name for column in content(dashboards.experiment()).experiment.hparam_infos]
    assert columns == [*settings()]
    hparams = started(hidden_sizes=(30, 10), optimizer='adam', seed=7).hparams
    assert set(hparams) == {name for name, one in settings().items() if one.default is not None}
    assert hparams['hidden_sizes'].string_value == '30-10'
    assert hparams['batch_norm'].bool_value is True
    assert (hparams['seed'].number_value, hparams['input_features'].number_value) == (7, 784)
    assert hparams['optimizer'].string_value == 'adam'


def test_repeats_with_other_seeds_are_one_group_and_nothing_else_is():
    groups = [
        started(**{'steps_per_run': 157, **fields}).group_name
        for fields in (
            {'seed': 1},
            {'seed': 2},
            {'learning_rate': 0.1},
            {'steps_per_run': 1},
            {'dataset': 'digits'},
            {'epochs': 2},
            {'init_ckpt': 'x'},
        )
    ]
    assert groups[0] == groups[1]
    assert len(set(groups)) == 6


def test_metrics_and_charts_name_tags_that_are_written():
    tags = scalars().values()
    assert set(dashboards.METRICS) <= set(tags)
    [value] = dashboards.layout(dashboards.CHARTS).value
    layout = layout_pb2.Layout.FromString(value.tensor.string_val[0])
    patterns = [chart.multiline.tag for category in layout.category for chart in category.chart]
    assert len(patterns) == 6
    assert all(any(re.match(pattern, tag) for tag in tags) for [pattern] in patterns)


def test_pictures_are_png():
    images, labels = np.zeros((3, 20 * 16), np.uint8), np.array([0, 1, 2])
    record = DatasetRecord('data-00000000', '', '', ('apple', 'pear', 'plum'))
    manifest = Manifest(config=RunConfig(height=20, width=16, classes=3, input_features=None), dataset=record)
    summary = dashboards.pictures(images, labels, np.eye(3, dtype=np.float32)[[0, 1, 1]], manifest)
    assert [value.tag for value in summary.value] == ['test/confusion_matrix', 'test/misclassified']
    assert all(value.image.encoded_image_string.startswith(b'\x89PNG') for value in summary.value)
