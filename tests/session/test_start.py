import contextlib
import dataclasses
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
from graph_mlp.store.resumption import TrainingState
from graph_mlp.store.runs import Run
from graph_mlp.store.sealed import read_sealed
from tests.analysis.synthetic import history
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
        'dataset': 'digits', 'init_ckpt': None, 'pca': None, 'steps_per_run': None, 'threads': 1, 'device': 'cpu',
        'overwrite': False, 'keep_all': False, 'histograms': False,
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


@pytest.mark.parametrize(
    ('changes', 'said'),
    [
        ({'fields': {'hidden_sizes': (4,)}}, r'--hidden 4 \(stored: --hidden 3\)'),
        ({'fields': {'epochs': 2}}, r'--epochs 2 \(stored: --epochs 3\)'),
        ({'steps_per_run': 5}, r'steps per run 5 \(stored: 1\)'),
    ],
    ids=['model', 'fewer epochs', 'loop'],
)
def test_differing_settings_are_refused_and_the_record_stays(tmp_path, changes, said):
    begin(options(tmp_path))
    before = files(tmp_path)
    with pytest.raises(RunError, match=said), start(options(tmp_path, **changes)):
        pass
    assert files(tmp_path) == before


def test_differing_settings_are_those_of_a_new_run_when_it_is_to_be_overwritten(tmp_path):
    begin(options(tmp_path))
    before = files(tmp_path)
    with start(options(tmp_path, fields={'hidden_sizes': (4,)}, overwrite=True)) as fresh:
        assert fresh.config == RunConfig((4,), dataset='digits')
        assert files(tmp_path) == before
        fresh.take_effect()
        assert config_json(tmp_path)['config']['hidden_sizes'] == [4]


def finished(saves):
    """A run that was trained for its 3 epochs, without its states."""
    run, epochs = begin(options(saves)).run, history([0.8, 0.9, 0.9])
    run.finish(epochs, run.write_history(epochs))
    return run


def test_of_a_finished_run_there_is_nothing_to_train(tmp_path, capsys):
    finished(tmp_path)
    with start(options(tmp_path)) as nothing:
        assert nothing is None
    assert 'run digits_tiny is finished (3 epochs): --epochs 6 goes on' in capsys.readouterr().err


def test_a_finished_run_without_a_state_is_not_trained_anew_unasked(tmp_path):
    run = finished(tmp_path)
    with pytest.raises(RunError, match=r'no training state is left in .*or start again with --overwrite'):
        begin(options(tmp_path, fields={'epochs': 4}))
    assert run.finished_epochs() == 3
    with start(options(tmp_path, overwrite=True)) as again:
        assert again.state is None


def test_a_finished_run_goes_on_for_more_epochs(tmp_path, monkeypatch):
    finished(tmp_path)

    @contextlib.contextmanager
    def state(*_):
        yield TrainingState(None, None)

    monkeypatch.setattr('graph_mlp.session.continuation.newest_state', state)
    with start(options(tmp_path, fields={'epochs': 4})) as more:
        assert more.config == dataclasses.replace(RunConfig((3,), dataset='digits'), epochs=4)
        assert config_json(tmp_path)['config']['epochs'] == 3
        more.take_effect()
    assert config_json(tmp_path)['config']['epochs'] == 4


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


def test_a_run_that_was_stopped_before_its_first_state_begins_again_as_recorded(tmp_path):
    first = begin(options(tmp_path, steps_per_run=3))
    with start(options(tmp_path)) as second:
        assert second.state is None
        assert second.identity == first.identity
        assert second.record.started == first.record.started


def test_states_without_a_configuration_are_refused(tmp_path):
    folder = Run(tmp_path, 'digits_tiny').folder
    (folder / 'checkpoints' / Position(1, 0).folder_name).mkdir(parents=True)
    with pytest.raises(RunError, match=r'has checkpoints but no config\.json'), start(options(tmp_path)):
        pass


def test_files_that_a_run_began_from_are_asked_for_again(tmp_path):
    (tmp_path / 'pca.npz').write_bytes(b'any')
    reduced = {'fields': {'hidden_sizes': (3,), 'input_features': 5}}
    begin(options(tmp_path, pca=tmp_path / 'pca.npz', **reduced))
    with pytest.raises(RunError, match='name its --pca again'), start(options(tmp_path, **reduced)):
        pass


def test_a_machine_that_changed_is_a_warning_but_for_threads_that_were_not_asked_for(tmp_path, capsys):
    begin(options(tmp_path))
    capsys.readouterr()
    with start(options(tmp_path, threads=None)):
        pass
    assert capsys.readouterr().err.splitlines() == [FIRST_LINE]
    with start(options(tmp_path, threads=5, device='auto')):
        pass
    assert capsys.readouterr().err.splitlines() == [
        'warning: threads 5 now, 1 before: the last bits may differ',
        'warning: device auto now, cpu before: the last bits may differ',
        FIRST_LINE,
    ]


def test_a_model_of_another_program_is_not_replaced(tmp_path):
    (tmp_path / 'model.ckpt.index').write_bytes(b'theirs')
    with pytest.raises(RunError, match='was not written by this program'), start(options(tmp_path)):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ['model.ckpt.index']


@pytest.mark.parametrize('damaged', [(0,), (1,), (0, 1)], ids=['history', 'copy', 'both'])
@pytest.mark.parametrize('damage', ['changed', 'missing'])
def test_a_finished_runs_history_is_written_again_where_one_of_its_files_is_whole(tmp_path, capsys, damaged, damage):
    run = finished(tmp_path)
    whole = run.histories[0].read_bytes()
    for number in damaged:
        run.histories[number].write_bytes(whole.replace(b'0.9', b'0.8')) if damage == 'changed' else run.histories[
            number
        ].unlink()
    if damaged == (0, 1):
        with pytest.raises(RunError, match='restore one of them from a copy'), start(options(tmp_path)):
            pass
        return
    with start(options(tmp_path)) as nothing:
        assert nothing is None
    assert [path.read_bytes() for path in run.histories] == [whole, whole]
    assert 'was damaged or missing and is written again' in capsys.readouterr().err


def weights(folder, number):
    """A checkpoint without a record whose fingerprint is the number's."""
    folder.mkdir(exist_ok=True)
    for suffix in ('index', 'data-00000-of-00001'):
        (folder / f'w.ckpt.{suffix}').write_text(str(number))
    return folder / 'w.ckpt'


def test_a_run_with_a_state_goes_on_though_the_file_it_began_from_was_replaced(tmp_path, capsys):
    named = options(tmp_path / 'saves', init_ckpt=weights(tmp_path, 1))
    run = begin(named).run
    weights(tmp_path, 2)
    with pytest.raises(RunError, match='stopped before its first checkpoint: begin again'), start(named):
        pass
    (run.folder / 'checkpoints' / Position(1, 0).folder_name).mkdir()
    with pytest.raises(RunError, match='no state in'), start(named):  # past the settings, at the damaged state
        pass
    assert 'w.ckpt holds other weights than run digits_tiny began from: it goes on' in capsys.readouterr().err


def test_other_weights_by_another_name_are_another_run(tmp_path):
    begin(options(tmp_path / 'saves', init_ckpt=weights(tmp_path / 'a', 1)))
    other = options(tmp_path / 'saves', init_ckpt=weights(tmp_path / 'b', 2))
    with pytest.raises(RunError, match='exists with other settings: init ckpt'), start(other):
        pass


def test_a_pca_that_cannot_be_read_is_one_line(tmp_path):
    with pytest.raises(DataError, match=r'cannot read .*missing\.npz: No such file'):
        start(options(tmp_path, pca=tmp_path / 'missing.npz')).__enter__()
