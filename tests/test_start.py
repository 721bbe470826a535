"""Whether a run begins, resumes or is refused, and what it then computes."""

import os
import signal
import subprocess
import sys

import msgspec
import numpy as np
import pytest

from graph_mlp.config import RunConfig
from graph_mlp.data.pca import Projection
from graph_mlp.errors import DataError, Interrupted, RunError, UsageError
from graph_mlp.loops import NotebookLoop
from graph_mlp.start import Options, default_steps_per_run
from graph_mlp.store.manifest import read_sealed, write_sealed
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ('steps', 'epochs', 'expected'), [(785, 60, 157), (785, 1, 1), (750, 2, 150), (17, 100, 4), (5000, 1, 500)]
)
def test_a_run_is_a_fifth_of_an_epoch_unless_the_job_is_short(steps, epochs, expected):
    assert default_steps_per_run(steps, epochs) == expected


def test_options_travel_as_json():
    options = Options(saves='here', threads=2, histograms=True)
    assert msgspec.json.decode(msgspec.json.encode(options), type=Options) == options


def test_a_line_per_epoch_is_printed_and_the_model_is_published(train, capsys):
    run = train('BN_elu-4')
    lines = capsys.readouterr().out.splitlines()
    history = run.newest_state().history
    assert lines == [f'{row.epoch} {row.test_accuracy:.4f} digits' for row in history]
    assert read_sealed(run.saves / 'model.ckpt.json')['run'] == run.name
    assert run.finished_epochs() == 2


@pytest.mark.parametrize('steps_per_run', [1, 5])
@pytest.mark.parametrize('tag', ['BN_ADAM_elu-5', 'PCA9_MO_relu-5'])
def test_a_resumed_run_computes_the_same_bits(train, results, tag, steps_per_run):
    whole = results(train(tag, 'whole', epochs=3, steps_per_run=steps_per_run))
    train(tag, 'parts', epochs=1, steps_per_run=steps_per_run)
    assert results(train(tag, 'parts', epochs=3, steps_per_run=steps_per_run)) == whole


@pytest.mark.parametrize('steps_per_run', [1, 5])
def test_a_signal_within_an_epoch_keeps_its_steps_and_the_bits_stay_the_same(
    train, results, steps_per_run, monkeypatch
):
    whole = results(train('BN_elu-5', 'whole', steps_per_run=steps_per_run, keep_last_batch=True))
    runs_of_the_session = []
    real = NotebookLoop._left

    def left(self, *args):
        for rows in real(self, *args):
            runs_of_the_session.append(len(rows))
            if len(runs_of_the_session) == 3:
                os.kill(os.getpid(), signal.SIGTERM)
            yield rows

    monkeypatch.setattr(NotebookLoop, '_left', left)
    with pytest.raises(Interrupted, match='without --overwrite, resumes from epoch 0, step') as ending:
        train('BN_elu-5', 'parts', steps_per_run=steps_per_run, keep_last_batch=True)
    assert ending.value.exit_status == 143
    assert results(train('BN_elu-5', 'parts', steps_per_run=steps_per_run, keep_last_batch=True)) == whole


def test_means_over_the_batches_are_those_of_its_steps(train):
    [row] = train(epochs=1).newest_state().history
    assert 0 < row.train_accuracy < 1
    assert row.train_loss == pytest.approx(2.2, abs=0.6)
    assert row.train_seconds > 0


@pytest.mark.parametrize(
    ('given', 'said'),
    [({'seed': 7}, '--seed 7 (stored: --seed 42)'), ({'batch_size': 60}, '--batch-size 60 (stored: --batch-size 70)'),
     ({'epochs': 1}, '--epochs 1 (stored: --epochs 2)'), ({'steps_per_run': 3}, '--steps-per-run 3')],
)  # fmt: skip
def test_other_settings_are_refused_by_name_and_the_run_stays(train, results, given, said):
    run = train()
    before = results(run)
    with pytest.raises(RunError, match='exists with other settings') as refusal:
        train(**given)
    assert said in str(refusal.value)
    assert results(run) == before


def test_what_the_command_line_leaves_open_the_stored_run_settles(train):
    train('label', hidden_sizes=(3,), learning_rate=0.5)
    assert train('label', epochs=3).newest_state().manifest.config.learning_rate == 0.5


def test_a_finished_run_is_left_alone(train, capsys):
    run = train()
    before = sorted(path.stat().st_mtime_ns for path in run.folder.rglob('*') if path.name != 'lock')
    train()
    assert '--epochs 4 resumes it' in capsys.readouterr().err
    assert sorted(path.stat().st_mtime_ns for path in run.folder.rglob('*') if path.name != 'lock') == before


def test_overwrite_begins_again_and_leaves_nothing_of_the_old_run(train):
    train(epochs=3, options={'keep_all': True})
    run = train(epochs=1, seed=7, options={'overwrite': True})
    state = run.newest_state()
    assert (state.manifest.config.seed, len(state.history)) == (7, 1)
    assert [position.epoch for position, _ in run.states()] == [1, 0]


def test_what_is_refused_with_overwrite_leaves_the_old_run(train, results, tmp_path):
    run = train()
    before = results(run)
    (tmp_path / 'pca.npz').touch()
    with pytest.raises(UsageError, match='takes all 784 pixels'):
        train(pca=str(tmp_path / 'pca.npz'), options={'overwrite': True})
    assert results(run) == before


def test_what_is_refused_of_a_new_run_leaves_nothing(train, tmp_path):
    with pytest.raises(UsageError, match='batch size 5000'):
        train(batch_size=5000)
    assert not (tmp_path / 'saves').exists()


def test_a_machine_that_changed_is_a_warning(train, capsys):
    run = train()
    path = run.newest_state().checkpoint.prefix.with_name('model.ckpt.json')
    record = read_sealed(path)
    record['identity']['processor'] = 'Pentium'
    write_sealed(path, record)
    train(epochs=3)
    warnings = [line for line in capsys.readouterr().err.splitlines() if line.startswith('warning')]
    assert len(warnings) == 1
    assert 'Pentium before' in warnings[0]


def test_trained_epochs_without_a_state_are_not_trained_anew_unasked(train):
    run = train()
    for _, folder in run.states():
        folder.rename(run.folder / folder.name)
    with pytest.raises(RunError, match='no training state is left'):
        train(epochs=3)


def test_initial_weights_are_taken_and_their_file_is_not_needed_again(train, capsys):
    first = train('MO_relu-4')
    run = train('MO_relu-4', 'second', init_ckpt=str(first.saves / 'model.ckpt'), epochs=1)
    assert 'took 4 variables of the network and 4 of momentum' in capsys.readouterr().err
    assert run.newest_state().manifest.identity.init_ckpt
    assert len(train('MO_relu-4', 'second', epochs=2).newest_state().history) == 2


def test_other_initial_weights_are_another_run_but_a_changed_file_is_not(train, capsys):
    saves = [train(saves=name, seed=seed).saves for seed, name in enumerate('ab')]
    train(saves='c', init_ckpt=str(saves[0] / 'model.ckpt'), epochs=1)
    with pytest.raises(RunError, match='--init-ckpt'):
        train(saves='c', init_ckpt=str(saves[1] / 'model.ckpt'), epochs=2)
    for path in saves[1].glob('model.ckpt.*'):
        path.replace(saves[0] / path.name)
    train(saves='c', init_ckpt=str(saves[0] / 'model.ckpt'), epochs=2)
    assert 'it resumes with its own' in capsys.readouterr().err


def test_a_pca_is_fitted_once_and_a_given_one_is_not_fitted(train, capsys, tmp_path):
    run = train('PCA5_relu-4', epochs=1)
    assert run.newest_state().manifest.pca_seconds > 0
    train('PCA5_relu-4', epochs=2)
    assert capsys.readouterr().err.count('components fitted in') == 1
    with open(tmp_path / 'pca.npz', 'wb') as file:
        Projection(np.zeros(784, np.float32), np.eye(5, 784, k=300, dtype=np.float32)).save(file)
    given = train('PCA5_relu-4', 'given', pca=str(tmp_path / 'pca.npz'))
    assert given.newest_state().manifest.pca_seconds is None
    assert 'components fitted in' not in capsys.readouterr().err


def test_a_pca_that_cannot_be_read_is_one_line(train, tmp_path):
    with pytest.raises(DataError, match='cannot read'):
        train('PCA5_relu-4', pca=str(tmp_path / 'none.npz'))


def test_a_loss_that_is_no_number_ends_the_run_in_words(train):
    with pytest.raises(RunError, match=r'not a finite number at epoch 0, step .*learning rate 1e\+30'):
        train('relu-9-9', learning_rate=1e30)


def test_a_model_of_another_program_is_not_replaced(train, tmp_path):
    (tmp_path / 'saves').mkdir()
    (tmp_path / 'saves/model.ckpt.index').write_bytes(b'theirs')
    with pytest.raises(RunError, match='was not written by this program'):
        train()


def test_both_loops_compute_the_same_metrics(train):
    histories = [train('BN_elu-6', str(steps), steps_per_run=steps).newest_state().history for steps in (1, 7)]
    for one, other in zip(*histories, strict=True):
        assert one.test_accuracy == pytest.approx(other.test_accuracy, abs=0.003)
        assert one.train_loss == pytest.approx(other.train_loss, rel=1e-5)


def test_starting_a_run_imports_no_tensorflow_before_the_run_is_settled(train, tmp_path):
    train()
    script = f"""
import sys
from graph_mlp.errors import RunError
from graph_mlp.start import Options, start
try:
    start('relu-4', {{'seed': 7}}, Options(saves={str(tmp_path / 'saves')!r}, dataset='digits'))
except RunError:
    sys.exit('tensorflow' in sys.modules)
"""
    assert subprocess.run([sys.executable, '-c', script], cwd=ROOT, check=False).returncode == 0


def test_the_configuration_of_a_run_says_its_steps(train):
    assert train().newest_state().manifest.config == RunConfig(
        hidden_sizes=(4,), activation='relu', batch_norm=False, dataset='digits', epochs=2, steps_per_run=1
    )
