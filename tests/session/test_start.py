import json
import os
import subprocess
import sys

import pytest

from graph_mlp.config import RunConfig
from graph_mlp.errors import DataError, RunError, UsageError
from graph_mlp.session.options import Options
from graph_mlp.session.start import default_steps_per_run, start
from graph_mlp.store.history import Position
from graph_mlp.store.runs import Run
from graph_mlp.store.sealed import read_sealed
from tests.conftest import ROOT

FIRST_LINE = (
    "run digits_tiny on scikit-learn's bundled digits (not MNIST): "
    '784-3-10, elu, batch norm, gradient descent, rate 0.01'
)


@pytest.mark.parametrize(
    ('steps', 'epochs', 'expected'),
    [
        (785, 60, 157),
        (786, 60, 158),
        (5_000, 1, 500),
        (1_500, 1, 300),
        (1_499, 1, 1),
        (17, 88, 1),
        (17, 89, 4),
    ],
    ids=['MNIST', 'rounded up', 'at most 500', 'long enough', 'too short', '1,496 digits', '1,513 digits'],
)
def test_a_run_is_a_fifth_of_an_epoch_unless_the_job_is_short(steps, epochs, expected):
    assert default_steps_per_run(steps, epochs) == expected


def options(saves, **changes):
    """What `bin/train --tag tiny --dataset digits --hidden 3 --epochs 3` asks for, but for `changes`."""
    values = {
        'tag': 'tiny', 'fields': {'hidden_sizes': (3,), 'epochs': 3}, 'saves': saves, 'data_dir': None,
        'dataset': 'digits', 'init_ckpt': None, 'pca': None, 'steps_per_run': None, 'threads': 1, 'products': None,
        'device': 'cpu', 'overwrite': False, 'keep_all': False, 'histograms': False,
    }  # fmt: skip
    return Options(**{**values, **changes})


def config_json(saves):
    return read_sealed(saves / 'runs/digits_tiny/config.json').content


def begin(chosen):
    """Starts a run, so far that its files are its own, and ends."""
    with start(chosen) as begun:
        begun.take_effect()
    return begun


def files(folder):
    """The content of every file by its path."""
    return {path: path.read_bytes() for path in folder.rglob('*') if path.is_file() and path.name != 'lock'}


def test_a_fresh_run_is_yielded_at_its_beginning(tmp_path, digits):
    with start(options(tmp_path)) as fresh:
        assert (fresh.run.saves, fresh.run.name) == (tmp_path, 'digits_tiny')
        assert fresh.config == RunConfig((3,), dataset='digits', epochs=3)
        assert fresh.dataset.sha256 == digits.sha256
        assert fresh.state is None


def test_a_fresh_run_has_its_record_on_disk_once_it_takes_effect(tmp_path, digits):
    with start(options(tmp_path / 'saves')):
        pass
    assert list(tmp_path.iterdir()) == []
    fresh = begin(options(tmp_path))
    record = config_json(tmp_path)
    assert {**record, 'format': None} == {**json.loads(json.dumps(fresh.record.to_json())), 'format': None}
    assert record['config']['hidden_sizes'] == [3]
    # 17 steps in each of 3 epochs are a short job.
    assert (record['identity']['steps_per_run'], record['identity']['data_sha256']) == (1, digits.sha256)


def test_differing_settings_are_those_of_a_new_run_when_it_is_to_be_overwritten(tmp_path):
    begin(options(tmp_path))
    before = files(tmp_path)
    with start(options(tmp_path, fields={'hidden_sizes': (4,)}, overwrite=True)) as fresh:
        assert fresh.config == RunConfig((4,), dataset='digits')
        assert files(tmp_path) == before
        fresh.take_effect()
        assert config_json(tmp_path)['config']['hidden_sizes'] == [4]


def test_nothing_is_written_where_no_batch_would_be_whole(tmp_path):
    fields = {'hidden_sizes': (3,), 'batch_size': 1_198}
    with (
        pytest.raises(UsageError, match='larger than the 1197 training images'),
        start(options(tmp_path, fields=fields)),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_run_begins_without_tensorflow(tmp_path):
    program = f"""
import sys
from pathlib import Path
from graph_mlp.session.options import Options
from graph_mlp.session.start import start
with start({options('SAVES')!r}._replace(saves=Path({str(tmp_path)!r}))) as fresh:
    fresh.take_effect()
    assert fresh.run.record() == fresh.record
sys.exit('tensorflow' in sys.modules)
"""
    process = subprocess.run(
        [sys.executable, '-c', program], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    assert (process.returncode, process.stderr) == (0, f'{FIRST_LINE}\n')


def test_the_pca_is_fitted_before_tensorflow_is_imported_unless_a_file_holds_it(tmp_path, capsys):
    reduced = {'fields': {'hidden_sizes': (3,), 'input_features': 5}}
    with start(options(tmp_path / 'saves', **reduced)) as fresh:
        assert fresh.projection.components.shape == (5, 784)
        assert fresh.pca_seconds > 0
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith('run digits_tiny on ')
    assert second.startswith('PCA to 5 components fitted in ')
    (tmp_path / 'pca.npz').write_bytes(b'any')
    with start(options(tmp_path / 'saves', pca=tmp_path / 'pca.npz', overwrite=True, **reduced)) as given:
        assert given.projection is None


def test_states_without_a_configuration_are_refused(tmp_path):
    folder = Run(tmp_path, 'digits_tiny').folder
    (folder / 'checkpoints' / Position(1, 0).folder_name).mkdir(parents=True)
    with pytest.raises(RunError, match=r'has checkpoints but no config\.json'), start(options(tmp_path)):
        pass


def test_a_model_of_another_program_is_not_replaced(tmp_path):
    (tmp_path / 'model.ckpt.index').write_bytes(b'theirs')
    with pytest.raises(RunError, match='was not written by this program'), start(options(tmp_path)):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ['model.ckpt.index']


def test_a_pca_that_cannot_be_read_is_one_line(tmp_path):
    with pytest.raises(DataError, match=r'cannot read .*missing\.npz: No such file'):
        start(options(tmp_path, pca=tmp_path / 'missing.npz')).__enter__()
