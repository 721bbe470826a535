"""A setting, a metric, an activation and an optimizer are added in one place; everything else follows from it."""

import csv
import json
import shutil

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2

from tests.cli import commands
from tests.conftest import ROOT

SMALL = ('train', '--dataset', 'digits', '--hidden', 4, '--activation', 'relu')
SETTING = """    label_smoothing: Annotated[
        Share, Setting('what a label shares with the other classes', in_name='smoothing', metavar='S')
    ] = 0.0
"""
METRIC = "    test_error: Annotated[float | None, metric('of the test images', 'test/error')] = None\n"
ADADELTA = "        Optimizer('adadelta', 'ADADELTA', 'Adadelta', 'AdadeltaOptimizer', {}, {'rho': 0.9}),\n"


class Extended:
    """The program with a line inserted into its modules, by module: before which text, and what."""

    def __init__(self, folder, **insertions):
        self.folder = folder
        self._package = shutil.copytree(
            ROOT / 'graph_mlp', folder / 'extended/graph_mlp', ignore=shutil.ignore_patterns('__pycache__')
        )
        for module, (before, inserted) in insertions.items():
            path = self._package / f'{module}.py'
            source = path.read_text()
            assert source.count(before) == 1
            path.write_text(source.replace(before, inserted + before))

    def run(self, *arguments, status=0):
        """Runs a command of it; returns its stdout and stderr."""
        done = commands.ended(self.folder, *arguments, root=self._package.parent)
        assert done.returncode == status, done.stderr
        return done.stdout, done.stderr

    def published(self):
        """The manifest of the published model."""
        return json.loads((self.folder / 'saves/model.ckpt.json').read_text())


def events(folder, run):
    return EventAccumulator(str(folder / 'saves/summary' / f'digits_{run}')).Reload()


@pytest.fixture(scope='module')
def with_setting(tmp_path_factory):
    """The program with another setting; a run that it trained with it, and one from before it existed."""
    folder = tmp_path_factory.mktemp('setting')
    commands.run(folder, *SMALL, '--tag', 'older', '--epochs', 1)
    program = Extended(folder, config=('    seed: Annotated[', SETTING))
    program.run(*SMALL, '--tag', 'newer', '--epochs', 1, '--label-smoothing', 0.25)
    return program


def test_a_new_setting_is_a_flag_whose_range_is_checked(with_setting):
    text, _ = with_setting.run('train', '--help')
    assert '--label-smoothing S' in text
    assert 'what a label shares' in ' '.join(text.split())
    _, message = with_setting.run(*SMALL, '--label-smoothing=1.5', status=2)
    assert '--label-smoothing 1.5' in message


def test_a_new_setting_is_in_the_json_and_an_older_run_has_its_default(with_setting):
    assert with_setting.published()['config']['label_smoothing'] == 0.25
    for tag, stored in (('newer', 0.25), ('older', 0.0)):
        _, message = with_setting.run(*SMALL, '--tag', tag, '--label-smoothing', 0.5, status=1)
        assert f'--label-smoothing {stored}' in message
    with_setting.run(*SMALL, '--tag', 'older', '--epochs', 2, '--label-smoothing', 0)


def test_a_new_setting_is_a_column_of_hparams(with_setting):
    summaries = events(with_setting.folder, 'newer').summary_metadata
    found = plugin_data_pb2.HParamsPluginData.FromString(summaries['_hparams_/session_start_info'].plugin_data.content)
    assert found.session_start_info.hparams['label_smoothing'].number_value == 0.25
    found = plugin_data_pb2.HParamsPluginData.FromString(summaries['_hparams_/experiment'].plugin_data.content)
    assert 'label_smoothing' in [column.name for column in found.experiment.hparam_infos]


def test_a_new_setting_is_a_column_of_compare(with_setting):
    rows = json.loads(with_setting.run('compare', '--format', 'json')[0])
    assert {row['run']: row['label_smoothing'] for row in rows} == {'digits_newer': '0.25', 'digits_older': '0.0'}
    assert 'label-smoothing' in with_setting.run('compare')[0].splitlines()[0]


def test_a_study_varies_a_new_setting_between_runs_of_different_names(with_setting):
    vary = ('--vary', 'label-smoothing', 0.1, 0.2, '--dataset', 'digits', '--dry-run')
    stdout, _ = with_setting.run('study', 'relu-4', *vary)
    names = {line.split('_seed-')[0] for line in stdout.splitlines() if '_seed-' in line}
    assert names == {'digits_relu-4_smoothing-0.1', 'digits_relu-4_smoothing-0.2'}


def test_a_new_metric_is_measured_from_now_on_and_an_older_run_still_reads(tmp_path):
    commands.run(tmp_path, *SMALL, '--tag', 'run', '--epochs', 2)
    program = Extended(
        tmp_path,
        metrics=('\n\ndef scalars()', METRIC),
        loops=('            evaluation_seconds=', '            test_error=1 - test.accuracy,\n'),
    )
    [before] = json.loads(program.run('compare', '--format', 'json')[0])
    program.run('evaluate', '--ckpt', 'saves', '--dataset', 'digits')
    program.run(*SMALL, '--tag', 'run', '--epochs', 3)
    [after] = json.loads(program.run('compare', '--format', 'json')[0])
    assert (before['epochs'], after['epochs']) == (2, 3)
    rows = list(csv.DictReader((tmp_path / 'saves/runs/digits_run/history.csv').read_text().splitlines()))
    assert [row['test_error'] for row in rows[:2]] == ['', '']
    expected = pytest.approx(1 - program.published()['metrics']['test_accuracy'])
    assert float(rows[2]['test_error']) == program.published()['metrics']['test_error'] == expected
    assert [event.step for event in events(tmp_path, 'run').Scalars('test/error')] == [2]


def test_a_new_activation_and_optimizer_are_tagged_trained_and_evaluated(tmp_path):
    program = Extended(
        tmp_path,
        activations=("    'selu': selu,\n", "    'softplus': tensorflow_activation('softplus'),\n"),
        optimizers=('    )\n}  # fmt: skip', ADADELTA),
    )
    text, _ = program.run('train', '--help')
    assert all(word in text for word in ('softplus', 'BN_ADADELTA_elu-300-100', 'Adadelta'))
    program.run('train', '--tag', 'BN_ADADELTA_softplus-8', '--dataset', 'digits', '--epochs', 2, '--steps-per-run', 5)
    record = program.published()
    assert (record['config']['activation'], record['config']['optimizer']) == ('softplus', 'adadelta')
    evaluation = json.loads(program.run('evaluate', '--ckpt', 'saves', '--json')[0])
    assert evaluation['accuracy'] == record['metrics']['test_accuracy']
