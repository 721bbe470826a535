import json
import shutil
import signal

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.errors import CheckpointError, Interrupted, RunError, UsageError
from graph_mlp.session.signals import Stop
from graph_mlp.session.start import start
from graph_mlp.session.train import train
from graph_mlp.store.publish import publish_model
from graph_mlp.store.recorded import read_run
from graph_mlp.store.runs import Run
from graph_mlp.store.sealed import read_sealed, write_sealed
from tests.session.test_start import options

SMALL = {'hidden_sizes': (4,)}


def trained(chosen, stop=None):
    """Trains in this process; returns the run."""
    with start(chosen) as begun:
        train(begun, chosen, stop or Stop())
    return begun.run


class StopAfter(Stop):
    """A signal that comes before the check of that number."""

    def __init__(self, checks):
        super().__init__()
        self.checks = checks

    def check(self):
        self.checks -= 1
        if self.checks == 0:
            self.received = signal.SIGTERM
        super().check()


def test_a_line_per_epoch_is_printed_and_the_model_is_published(tmp_path, capsys):
    run = trained(options(tmp_path, fields={**SMALL, 'epochs': 2}))
    history = read_run(run).history
    printed = [f'{epoch.epoch} {epoch.test_accuracy:.4f} digits' for epoch in history]
    assert capsys.readouterr().out.splitlines() == printed
    record = read_sealed(tmp_path / 'model.ckpt.json').content
    assert (record['epoch'], record['figures']) == (2, history[-1]._asdict())
    assert run.finished_epochs() == 2


def test_a_signal_within_an_epoch_keeps_its_steps_and_the_run_ends_as_if_it_had_not_come(tmp_path):
    fields = {'fields': {**SMALL, 'epochs': 2}}
    whole = trained(options(tmp_path / 'whole', **fields))
    chosen = options(tmp_path / 'stopped', **fields)
    with pytest.raises(Interrupted, match=r'SIGTERM received: stopped in order; .* epoch 0, step 3') as interrupted:
        trained(chosen, StopAfter(3))
    assert interrupted.value.exit_status == 143
    assert not (tmp_path / 'stopped' / 'model.ckpt.index').exists()
    run = trained(chosen)
    results = [[epoch[:-2] for epoch in read_run(each).history] for each in (whole, run)]  # without the times
    assert results[0] == results[1]


def test_means_over_the_batches_are_those_of_its_steps(tmp_path):
    run = trained(options(tmp_path, fields={**SMALL, 'epochs': 1}))
    chosen = options(tmp_path / 'again', fields={**SMALL, 'epochs': 1})
    with pytest.raises(Interrupted):
        trained(chosen, StopAfter(17))  # after the last step, before the evaluation
    [(position, folder)] = start_states(chosen)
    steps = json.loads((folder / 'model.ckpt.json').read_text())['progress']
    assert position == (0, 17)
    assert read_run(run).history[0].train_loss == pytest.approx(np.mean(steps['losses']))
    assert read_run(run).history[0].train_accuracy == pytest.approx(np.mean(steps['accuracies']))


def start_states(chosen):
    with start(chosen) as begun:
        return begun.run.states()


def files(folder):
    """The content of every file by its path."""
    return {path: path.read_bytes() for path in folder.rglob('*') if path.is_file() and path.name != 'lock'}


def test_what_is_refused_with_overwrite_leaves_the_old_run(tmp_path):
    chosen = options(tmp_path / 'saves', fields={**SMALL, 'epochs': 1})
    trained(chosen)
    before = files(tmp_path)
    other = {'fields': {'hidden_sizes': (5,), 'epochs': 1}, 'overwrite': True}
    with pytest.raises(CheckpointError, match='hidden1/kernel should be'):
        trained(chosen._replace(init_ckpt=tmp_path / 'saves/model.ckpt', **other))
    if not tf.config.list_physical_devices('GPU'):
        with pytest.raises(UsageError, match='sees no GPU'):
            trained(chosen._replace(device='gpu', **other))
    assert files(tmp_path) == before
    trained(chosen._replace(**other))
    assert read_run(Run(tmp_path / 'saves', 'digits_tiny')).config.hidden_sizes == (5,)


def test_what_is_refused_of_a_new_run_leaves_nothing(tmp_path):
    trained(options(tmp_path / 'saves', fields={**SMALL, 'epochs': 1}))
    with pytest.raises(CheckpointError, match='hidden1/kernel should be'):
        trained(options(tmp_path / 'other', fields={'hidden_sizes': (5,)}, init_ckpt=tmp_path / 'saves/model.ckpt'))
    assert [path.name for path in tmp_path.iterdir()] == ['saves']


def test_a_resumed_epoch_counts_the_seconds_before_the_interruption(tmp_path):
    chosen = options(tmp_path, fields={**SMALL, 'epochs': 1})
    with pytest.raises(Interrupted):
        trained(chosen, StopAfter(10))
    [(_, folder)] = start_states(chosen)
    path = folder / 'model.ckpt.json'
    record = read_sealed(path).content
    assert len(record['progress']['seconds']) == 10
    record['progress']['seconds'] = [100.0] * 10
    write_sealed(path, record)
    [epoch] = read_run(trained(chosen)).history
    assert 1000 < epoch.train_seconds < 1100
    assert epoch.evaluation_seconds < 100


def test_an_interrupted_overwriting_says_how_it_goes_on(tmp_path):
    chosen = options(tmp_path, fields={**SMALL, 'epochs': 1}, overwrite=True)
    with pytest.raises(Interrupted, match='the same command without --overwrite goes on from epoch 0, step 3'):
        trained(chosen, StopAfter(3))
    assert [position for position, _ in start_states(chosen._replace(overwrite=False))] == [(0, 3)]


@pytest.mark.parametrize('removed', ['checkpoints', ''])
def test_a_run_whose_folder_is_removed_ends_in_one_line(tmp_path, removed):
    class Removal(Stop):
        def check(self):
            shutil.rmtree(tmp_path / 'saves/runs/digits_tiny' / removed, ignore_errors=True)

    with pytest.raises(RunError, match=r'cannot write .*: the folder .* is gone; start the run again'):
        trained(options(tmp_path / 'saves', fields={**SMALL, 'epochs': 2}), Removal())
    assert trained(options(tmp_path / 'saves', fields={**SMALL, 'epochs': 2})).finished_epochs() == 2


UNSTABLE = {'hidden_sizes': (20, 10), 'activation': 'relu', 'batch_norm': False, 'learning_rate': 1e6}


def test_a_loss_that_is_not_finite_ends_the_run_without_a_state(tmp_path):
    chosen = options(tmp_path, fields={**UNSTABLE, 'epochs': 3})
    with pytest.raises(RunError, match=r'not a finite number at epoch 0, step \d+, learning rate 1e\+06'):
        trained(chosen)
    assert start_states(chosen) == []


def test_a_pca_for_a_run_on_pixels_is_refused(tmp_path):
    (tmp_path / 'pca.npz').write_bytes(b'any')
    with pytest.raises(UsageError, match='this run takes all 784 pixels'):
        trained(options(tmp_path / 'saves', pca=tmp_path / 'pca.npz'))


def test_a_fitted_pca_is_announced_and_recorded(tmp_path, capsys):
    trained(options(tmp_path, fields={**SMALL, 'epochs': 1, 'input_features': 5}))
    assert 'PCA to 5 components fitted in ' in capsys.readouterr().err
    assert json.loads((tmp_path / 'model.ckpt.json').read_text())['pca_seconds'] > 0
    assert np.load(tmp_path / 'model.ckpt.pca.npz')['components'].shape == (5, 784)


def test_weights_that_are_replaced_while_a_run_begins_are_not_taken_for_those_that_it_names(tmp_path, monkeypatch):
    trained(options(tmp_path / 'saves', fields=SMALL))
    monkeypatch.setattr('graph_mlp.session.train.fingerprint', lambda prefix: 'of other weights')
    with pytest.raises(RunError, match='was replaced while the run began: type the same command again'):
        trained(options(tmp_path / 'other', fields=SMALL, init_ckpt=tmp_path / 'saves/model.ckpt'))


@pytest.mark.parametrize('optimizer', ['momentum', 'adam'])
def test_momentum_at_a_pixel_that_is_black_now_moves_its_weight_in_both_loops(tmp_path, optimizer):
    fields = {**SMALL, 'optimizer': optimizer, 'epochs': 1}
    trained(options(tmp_path / 'saves', fields=fields))
    values = variables(tmp_path / 'saves/model.ckpt')
    slot = next(name for name in values if name.startswith('hidden1/kernel/'))
    values[slot][0] = 0.5  # pixel 0 is black in all digits
    publish_model(tmp_path / 'saves', values, b'', without_files(tmp_path / 'saves'), None)
    ends = []
    for steps in (1, 4):
        chosen = options(
            tmp_path / str(steps), fields=fields, init_ckpt=tmp_path / 'saves/model.ckpt', steps_per_run=steps
        )
        trained(chosen)
        ends.append(variables(tmp_path / str(steps) / 'model.ckpt'))
    assert np.abs(ends[0]['hidden1/kernel'][0] - values['hidden1/kernel'][0]).max() > 1e-4
    np.testing.assert_allclose(ends[0]['hidden1/kernel'], ends[1]['hidden1/kernel'], atol=1e-6)


def variables(prefix):
    reader = tf.train.load_checkpoint(str(prefix))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def without_files(saves):
    record = read_sealed(saves / 'model.ckpt.json').content
    return {name: value for name, value in record.items() if name not in ('files', 'previous')}
