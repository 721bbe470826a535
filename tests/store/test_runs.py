import pytest

from graph_mlp.config import RunConfig
from graph_mlp.errors import RunError
from graph_mlp.store.history import Position
from graph_mlp.store.records import DatasetRecord, Identity, RunRecord
from graph_mlp.store.runs import RequestedSettings, Run, differences, run_name, start_again, writing
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
    # Epoch 1, the second, is the best; its state is named by the epochs done.
    run.prune([epoch(0, 0.1), epoch(1, 0.9), epoch(2, 0.2)], keep_all=False)
    assert names(run) == ['epoch-00002', 'epoch-00005', 'epoch-00005-step-00007']


def test_all_are_kept_when_asked_for(run):
    run.prune([epoch(0)], keep_all=True)
    assert len(names(run)) == 6


def test_a_second_writer_is_refused_and_the_lock_ends_with_the_first(run):
    with writing(run), pytest.raises(RunError, match=r'being trained by pid \d+, started 2'), writing(run):
        pass
    with writing(run):
        pass


def test_what_killed_saves_left_is_cleared(run):
    (run.folder / 'checkpoints/.partial-x').mkdir()
    (run.folder / '.partial-y').write_text('half')
    with writing(run):
        assert '.partial-x' not in names(run)
        assert not (run.folder / '.partial-y').exists()


def test_overwriting_leaves_nothing_of_the_old_run(run):
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
