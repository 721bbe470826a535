"""What a run computes, whether it is interrupted or not."""

import os
import signal

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from graph_mlp.config import RunConfig
from graph_mlp.data.pca import Projection
from graph_mlp.errors import Interrupted, RunError
from graph_mlp.loops import NotebookLoop
from graph_mlp.store.manifest import read_sealed, write_sealed
from graph_mlp.store.run import Run
from tests.store.models import published


def test_a_line_per_epoch_is_printed_and_the_model_is_published(train, capsys):
    run = train('BN_elu-4')
    lines = capsys.readouterr().out.splitlines()
    history = run.newest_state().history
    assert lines == [f'{row.epoch} {row.test_accuracy:.4f} digits' for row in history]
    assert read_sealed(run.saves / 'model.ckpt.json')['run'] == run.name
    assert run.finished_epochs() == 2


BEYOND = {'dropout': (0.3,), 'input_dropout': 0.1, 'schedule': 'exponential:1:0.5', 'l2': 1e-3, 'clip_norm': 1.0}


@pytest.mark.parametrize(
    ('tag', 'given'),
    [
        ('PCA9_MO_relu-5', {'steps_per_run': 1}),
        ('BN_ADAM_elu-5', {'steps_per_run': 1, **BEYOND}),
        pytest.param('BN_ADAM_elu-5', {'steps_per_run': 5, **BEYOND}, marks=pytest.mark.heavy),
        pytest.param('BN_ADAM_elu-5', {'steps_per_run': 5}, marks=pytest.mark.heavy),
    ],
)
def test_a_run_of_more_epochs_computes_what_it_would_have_at_once(train, results, tag, given):
    whole = results(train(tag, 'whole', epochs=3, **given))
    train(tag, 'parts', epochs=1, **given)
    assert results(train(tag, 'parts', epochs=3, **given)) == whole


@pytest.mark.parametrize('steps_per_run', [1, 5])
def test_a_signal_within_an_epoch_keeps_its_steps_and_the_bits_stay_the_same(
    train, results, steps_per_run, monkeypatch
):
    def left(self, *arguments):
        for rows in real(self, *arguments):
            session_runs.append(rows)
            if len(session_runs) == 3:
                os.kill(os.getpid(), signal.SIGTERM)
            yield rows

    given = {'steps_per_run': steps_per_run, 'keep_last_batch': True}
    whole, session_runs, real = results(train('BN_elu-5', 'whole', **given)), [], NotebookLoop._left
    monkeypatch.setattr(NotebookLoop, '_left', left)
    with pytest.raises(Interrupted, match=rf'epoch 0, step {3 * steps_per_run}$') as ending:
        train('BN_elu-5', 'parts', **given)
    assert ending.value.exit_status == 143
    assert results(train('BN_elu-5', 'parts', **given)) == whole


def test_a_run_that_was_killed_between_two_commits_computes_the_same_bits(train, results, monkeypatch):
    class Killed(BaseException):
        pass

    def commit(self, session, metrics, images):
        if metrics.epoch == 1:
            raise Killed
        real(self, session, metrics, images)

    whole, real = results(train(saves='whole', epochs=3)), Run.commit
    with monkeypatch.context() as patched:
        patched.setattr(Run, 'commit', commit)
        with pytest.raises(Killed):
            train(epochs=3)
    assert results(train(epochs=3)) == whole


def test_both_loops_leave_the_same_files_and_metrics(train):
    one, many = (train('BN_elu-6', str(steps), steps_per_run=steps) for steps in (1, 7))
    files = [
        {str(path.relative_to(run.saves)) for path in run.saves.rglob('*') if 'tfevents' not in path.name}
        for run in (one, many)
    ]
    assert files[0] == files[1]
    for row, other in zip(one.newest_state().history, many.newest_state().history, strict=True):
        assert row.test_accuracy == pytest.approx(other.test_accuracy, abs=0.003)
        assert row.train_loss == pytest.approx(other.train_loss, rel=1e-5)


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
    (tmp_path / 'pca.npz').write_bytes(b'changed')  # which the run does not read again
    assert len(train('PCA5_relu-4', 'given', pca=str(tmp_path / 'pca.npz'), epochs=3).newest_state().history) == 3


def test_a_loss_that_is_no_number_ends_the_run_and_names_the_step_and_the_rate(train):
    with pytest.raises(RunError, match=r'epoch 0, step .*1e\+30.*--learning-rate.*epoch-00000'):
        train('relu-9-9', learning_rate=1e30)


def test_weights_that_give_no_loss_are_blamed_not_the_learning_rate(train, tmp_path):
    network = RunConfig(hidden_sizes=(4,), activation='relu', batch_norm=False)
    ckpt = str(published(tmp_path, 3e38, network))  # whose logits overflow
    with pytest.raises(RunError, match='use another --init-ckpt'):
        train('relu-4', init_ckpt=ckpt)


@pytest.mark.parametrize('dataset', ['digits', None])
def test_digits_as_a_stand_in_do_not_replace_a_model_of_other_data(train, capsys, monkeypatch, digits, dataset):
    monkeypatch.setattr('graph_mlp.start.load_dataset', lambda *arguments: digits)
    path = train().saves / 'model.ckpt.json'
    record = read_sealed(path)
    record['config']['dataset'] = 'mnist'
    write_sealed(path, record)
    run = train('relu-5', options={'dataset': dataset})
    assert (read_sealed(path) == record) == (dataset is None)
    kept = run.states()[0][1] / 'model.ckpt'
    assert (f'checkpoint: {kept} ' in capsys.readouterr().err) == (dataset is None)


def model_of(run):
    """The published variables."""
    reader = tf.train.load_checkpoint(str(run.saves / 'model.ckpt'))
    return {name: reader.get_tensor(name).tobytes() for name in reader.get_variable_to_shape_map()}


def test_training_ends_once_patience_is_spent_and_the_same_command_has_nothing_to_do(train, capsys):
    # At this rate nothing is learned: no epoch is better than the first.
    given = {'learning_rate': 1e-30, 'patience': 3, 'steps_per_run': 1}
    run = train('elu-4', epochs=9, **given)
    assert len(run.newest_state().history) == run.finished_epochs() == 4
    capsys.readouterr()
    train('elu-4', epochs=20, **given)
    assert capsys.readouterr().out == ''


def test_the_best_epoch_is_published_and_its_record_says_so(train, results):
    # So high a rate makes the last epoch no better than an earlier one.
    given = {'learning_rate': 3.0, 'epochs': 6, 'monitor': 'loss', 'steps_per_run': 1}
    run = train('BN_relu-4', publish='best', pictures=True, **given)
    history = run.newest_state().history
    best = min(range(6), key=lambda epoch: history[epoch].validation_loss_moving)
    assert best < 5
    record = read_sealed(run.saves / 'model.ckpt.json')
    assert (record['epoch'], record['config']['publish']) == (best + 1, 'best')
    assert record['metrics']['validation_loss_moving'] == history[best].validation_loss_moving
    weights, _ = results(train('BN_relu-4', 'shorter', **{**given, 'epochs': best + 1}))
    assert model_of(run) == weights
    pictures = EventAccumulator(str(run.summary)).Reload().Images('test/confusion_matrix')
    assert [picture.step for picture in pictures] == [best]
    resumed = train('BN_relu-4', publish='best', **{**given, 'epochs': 8})
    assert results(resumed) == results(train('BN_relu-4', 'whole', **{**given, 'epochs': 8}))


def test_a_damaged_best_state_gives_way_to_the_next_best_with_a_warning(train, capsys):
    given = {'learning_rate': 3.0, 'epochs': 6, 'monitor': 'loss', 'steps_per_run': 1, 'publish': 'best'}
    run = train('BN_relu-4', **given)
    best = read_sealed(run.saves / 'model.ckpt.json')['epoch']
    (run.folder / 'checkpoints' / f'epoch-{best:05d}' / 'model.ckpt.data-00000-of-00001').write_bytes(b'')
    (run.folder / 'finished.json').unlink()
    capsys.readouterr()
    train('BN_relu-4', **given)
    assert f'warning: {run.folder}/checkpoints/epoch-{best:05d}' in capsys.readouterr().err
    assert best < read_sealed(run.saves / 'model.ckpt.json')['epoch'] <= 6


def test_the_step_is_part_of_the_training_state_and_not_of_the_model(train, results):
    run = train('elu-4', steps_per_run=1, schedule='cosine:2')
    weights, _ = results(run)
    assert weights.keys() - model_of(run).keys() == {'global_step'}
    assert np.frombuffer(weights['global_step'], np.int64) == 2 * 17
    other = train('elu-4', 'other', steps_per_run=1, schedule='cosine:2', init_ckpt=str(run.saves / 'model.ckpt'))
    assert np.frombuffer(results(other)[0]['global_step'], np.int64) == 2 * 17
