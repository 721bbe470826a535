import pytest

from graph_mlp.config import RunConfig
from graph_mlp.errors import RunError
from graph_mlp.store.history import Position
from graph_mlp.store.history_file import HistoryEnd
from graph_mlp.store.records import DatasetRecord, Identity, RunRecord
from graph_mlp.store.runs import RequestedSettings, Run, differences, run_name, start_again, write_record
from tests.store.test_history import epoch


@pytest.fixture
def run(tmp_path):
    """A run with the states of epochs 1 to 5 and one within the sixth."""
    made = Run(tmp_path, 'relu-3')
    for position in (*(Position(number, 0) for number in range(1, 6)), Position(5, 7)):
        (made.folder / 'checkpoints' / position.folder_name).mkdir(parents=True)
    return made


def names(run):
    return sorted(path.name for path in (run.folder / 'checkpoints').iterdir())


def test_states_come_newest_first(run):
    assert [position for position, _ in run.states()][:3] == [Position(5, 7), Position(5, 0), Position(4, 0)]


def test_the_newest_two_and_the_best_are_kept(run):
    run.prune(Position(5, 7), 1)  # the second epoch; its state is named by the epochs done
    assert names(run) == ['epoch-00002', 'epoch-00005', 'epoch-00005-step-00007']


def test_without_an_epoch_the_newest_two_are_kept(run):
    run.prune(Position(5, 7), None)
    assert names(run) == ['epoch-00005', 'epoch-00005-step-00007']


def test_the_newest_two_are_those_of_a_run_that_went_on_before_damaged_states(run):
    run.prune(Position(3, 0), None)
    assert names(run) == ['epoch-00002', 'epoch-00003']


def test_overwriting_leaves_nothing_of_the_old_run(run):
    run.write_history([epoch(0)])
    run.summary.mkdir(parents=True)
    (run.summary / 'events.out.tfevents.1.host').write_text('')
    start_again(run)
    assert names(run) == []
    assert list(run.summary.iterdir()) == []


IDENTITY = Identity(
    steps_per_run=1, init_ckpt=None, pca=None, data_sha256='a', threads=1, tensorflow='2.21.0', device='auto',
    processor='a processor',
)  # fmt: skip
STORED = RunRecord('x', RunConfig(epochs=60), DatasetRecord('mnist', 'MNIST', 'a'), IDENTITY, 0.0)


def test_a_record_comes_back_and_says_that_it_is_checked(run):
    write_record(run, STORED)
    assert run.checked_record() == (STORED, True)


def test_a_record_that_was_changed_by_hand_is_refused(run):
    write_record(run, STORED)
    path = run.folder / 'config.json'
    path.write_text(path.read_text().replace('"seed": 42', '"seed": 43'))
    with pytest.raises(RunError, match=r'config\.json is damaged \(its content does not have the checksum'):
        run.record()


def test_a_record_that_cannot_be_read_is_not_called_damaged(run):
    (run.folder / 'config.json').symlink_to('config.json')
    with pytest.raises(RunError, match=r'cannot read .*config\.json: Too many levels') as error:
        run.record()
    assert '--overwrite' not in str(error.value)


def test_what_a_finished_run_recorded_comes_back(run):
    history = [epoch(0), epoch(1)]
    end = run.write_history(history)
    run.finish(history, end)
    assert run.finish_record() == (2, end)
    assert run.finished_epochs() == 2


def test_a_damaged_record_of_the_end_is_said_and_the_run_is_not_finished(run, capsys):
    run.finish([epoch(0)], HistoryEnd(1, 'x'))
    path = run.folder / 'finished.json'
    path.write_text(path.read_text().replace('"epochs": 1', '"epochs": 7'))
    assert run.finished_epochs() is None
    assert capsys.readouterr().err.startswith(f'warning: {path} cannot be read')


def test_both_histories_are_equal_after_every_epoch(run):
    end = run.write_history([])
    for number in range(3):
        end = run.append_history(epoch(number), end)
        visible, copy = (path.read_bytes() for path in run.histories)
        assert visible == copy
    assert run.write_history([epoch(0), epoch(1), epoch(2)]) == end


def test_each_difference_is_listed():
    requested = RequestedSettings(steps_per_run=None, init_ckpt=None, pca=None, data_sha256='b')
    assert differences(STORED, {'seed': 7, 'batch_norm': False}, requested) == [
        '--seed 7 (stored: --seed 42)',
        '--no-batch-norm (stored: --batch-norm)',
        'data sha256 b (stored: a)',
    ]


def test_more_epochs_are_no_difference_and_fewer_are():
    requested = RequestedSettings(steps_per_run=None, init_ckpt=None, pca=None, data_sha256='a')
    assert differences(STORED, {'epochs': 80}, requested) == []
    assert differences(STORED, {'epochs': 20}, requested) == ['--epochs 20 (stored: --epochs 60)']


def test_other_data_have_runs_of_their_own(digits):
    assert run_name('relu-3', digits) == 'digits_relu-3'
    assert run_name('relu-3', digits._replace(name='mnist')) == 'relu-3'
