import shutil

import pytest

from graph_mlp.errors import RunError
from graph_mlp.session.signals import Stop
from graph_mlp.session.start import start
from graph_mlp.session.train import train
from graph_mlp.store.history_file import read_history
from graph_mlp.store.resumption import mend_finished_history, newest_state
from graph_mlp.store.runs import Run
from graph_mlp.store.sealed import read_sealed, write_sealed
from graph_mlp.store.verification import Unreadable
from tests.session.test_start import options


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """The saves/ of a run of three epochs that has all its states."""
    saves = tmp_path_factory.mktemp('trained')
    chosen = options(saves, keep_all=True)
    with start(chosen) as begun:
        train(begun, chosen, Stop())
    return saves


@pytest.fixture
def run(trained, tmp_path):
    """A copy of it for the test alone."""
    shutil.copytree(trained, tmp_path / 'saves')
    return Run(tmp_path / 'saves', 'digits_tiny')


def opened(run, record=None):
    """How many epochs the newest state that can be used has, and of which of them the history is known."""
    with newest_state(run, record or run.record()) as state:
        position = state.progress.position
        assert state.checkpoint.prefix.parent.name == position.folder_name
        return [epoch.epoch for epoch in state.progress.history]


def test_the_newest_state_has_the_whole_history(run):
    assert opened(run) == [0, 1, 2]


@pytest.mark.parametrize('damaged', [0, 1], ids=['history', 'copy'])
def test_one_damaged_history_costs_nothing(run, damaged, capsys):
    run.histories[damaged].write_bytes(b'x')
    assert opened(run) == [0, 1, 2]
    assert capsys.readouterr().err == ''


def test_two_histories_that_are_damaged_from_a_line_on_go_back_to_the_state_before_it(run, capsys):
    for path in run.histories:
        path.write_text(path.read_text().replace('\n2,', '\n3,'))
    assert opened(run) == [0, 1]
    assert 'has its 3 epochs whole; trying the state before it' in capsys.readouterr().err


def test_without_any_history_no_state_can_be_used_and_each_says_so(run, capsys):
    for path in run.histories:
        path.unlink()
    with pytest.raises(RunError, match='restore one from a copy, or start again with --overwrite'):
        opened(run)
    assert capsys.readouterr().err.count('trying the state before it') == 3


def test_epochs_that_no_state_has_yet_are_left_out(run):
    shutil.rmtree(run.folder / 'checkpoints/epoch-00003')
    assert opened(run) == [0, 1]


def change_state(run, change):
    path = run.folder / 'checkpoints/epoch-00003/model.ckpt.json'
    record = read_sealed(path).content
    change(record)
    write_sealed(path, record)


@pytest.mark.parametrize(
    ('change', 'said'),
    [
        (lambda record: record['config'].update(seed=7), 'it has seed 7'),
        (lambda record: record['identity'].update(data_sha256='x'), "it has data_sha256 'x'"),
        (lambda record: record.update(run='another'), 'it has the name another'),
        (lambda record: record.pop('history'), 'is of a model, not of a training state'),
    ],
    ids=['configuration', 'identity', 'name', 'model'],
)
def test_a_state_of_another_run_is_passed_over(run, capsys, change, said):
    change_state(run, change)
    assert opened(run) == [0, 1]
    assert said in capsys.readouterr().err


def test_a_state_of_fewer_epochs_is_no_other_run(run):
    change_state(run, lambda record: record['config'].update(epochs=1))
    assert opened(run) == [0, 1, 2]


def test_a_state_that_cannot_be_read_is_neither_passed_over_nor_overwritten(run):
    path = run.folder / 'checkpoints/epoch-00003/model.ckpt.json'
    path.unlink()
    path.symlink_to(path.name)
    with pytest.raises(Unreadable, match='mend that, then type the same command'):
        opened(run)


def test_a_finished_run_whose_states_were_removed_keeps_its_history(run, capsys):
    epochs = newest_history(run)
    shutil.rmtree(run.folder / 'checkpoints')
    mend_finished_history(run, run.record())
    assert 'is written again' in capsys.readouterr().err
    assert [read_history(path).epochs for path in run.histories] == [epochs, epochs]


def newest_history(run):
    with newest_state(run, run.record()) as state:
        return state.progress.history
