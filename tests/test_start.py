"""Whether a run begins, resumes or is refused."""

import msgspec
import pytest

from graph_mlp.config import RunConfig
from graph_mlp.errors import DataError, RunError, UsageError
from graph_mlp.start import Options, _wanted_device, default_steps_per_run
from graph_mlp.store.manifest import read_sealed, write_sealed
from tests.cli.commands import python


@pytest.mark.parametrize(
    ('steps', 'epochs', 'expected'), [(785, 60, 157), (785, 1, 1), (750, 2, 150), (17, 100, 4), (5000, 1, 500)]
)
def test_a_run_is_a_fifth_of_an_epoch_unless_the_job_is_short(steps, epochs, expected):
    assert default_steps_per_run(steps, epochs) == expected


@pytest.mark.parametrize(
    ('given', 'before', 'fields', 'expected'),
    [('auto', 'auto', {}, 'auto'), ('auto', 'auto', {'epochs': 8}, 'cpu'),
     ('auto', 'auto', {'steps_per_run': 1}, 'cpu'),
     ('auto', 'cpu', {}, 'cpu'), ('auto', 'gpu', {'epochs': 8}, 'auto'), ('cpu', 'gpu', {}, 'cpu'),
     ('gpu', 'cpu', {'epochs': 1}, 'gpu')],
)  # fmt: skip
def test_a_gpu_is_taken_for_long_runs_and_a_run_stays_where_it_began(given, before, fields, expected):
    assert _wanted_device(given, before, RunConfig(**fields), images=55_000, threads=2) == expected


def test_options_travel_as_json():
    options = Options(saves='here', threads=2, histograms=True)
    assert msgspec.json.decode(msgspec.json.encode(options), type=Options) == options


def test_a_run_records_its_steps_and_the_device_that_was_chosen(train):
    manifest = train().newest_state().manifest
    assert manifest.identity.device == 'cpu'
    assert manifest.config == RunConfig(
        hidden_sizes=(4,), activation='relu', batch_norm=False, dataset='digits', epochs=2, steps_per_run=1
    )


@pytest.mark.parametrize(
    ('given', 'said'),
    [({'seed': 7}, r'--seed 7 \(stored: --seed 42\)'), ({'epochs': 1}, r'--epochs 1 \(stored: --epochs 2\)'),
     ({'batch_size': 60, 'steps_per_run': 3}, r'--batch-size 60 .*--steps-per-run 3')],
)  # fmt: skip
def test_other_settings_are_refused_by_name_and_the_run_stays(train, results, given, said):
    run = train()
    before = results(run)
    with pytest.raises(RunError, match=said):
        train(**given)
    assert results(run) == before


def test_other_data_are_refused(train):
    path = train().newest_state().checkpoint.prefix.with_name('model.ckpt.json')
    record = read_sealed(path)
    record['dataset']['sha256'] = 'another'
    write_sealed(path, record)
    with pytest.raises(RunError, match=r'data .*another'):
        train(epochs=3)


def test_what_the_command_line_leaves_open_the_stored_run_settles(train):
    train('label', hidden_sizes=(3,), learning_rate=0.5)
    assert train('label', epochs=3).newest_state().manifest.config.learning_rate == 0.5


def test_a_finished_run_is_left_alone(train, capsys):
    run = train()
    before = sorted(path.stat().st_mtime_ns for path in run.folder.rglob('*') if path.name != 'lock')
    train()
    assert '--epochs 4' in capsys.readouterr().err
    assert sorted(path.stat().st_mtime_ns for path in run.folder.rglob('*') if path.name != 'lock') == before


def test_overwrite_begins_again_and_leaves_nothing_of_the_old_run(train):
    train(epochs=3, options={'keep_all': True})
    run = train(epochs=1, seed=7, options={'overwrite': True})
    state = run.newest_state()
    assert (state.manifest.config.seed, len(state.history)) == (7, 1)
    assert [position.epoch for position, _ in run.states()] == [1, 0]
    assert len(list(run.summary.iterdir())) == 1


def test_what_is_refused_with_overwrite_leaves_the_old_run(train, results, tmp_path):
    run = train()
    before = results(run)
    (tmp_path / 'pca.npz').touch()
    with pytest.raises(UsageError, match='--pca'):
        train(pca=str(tmp_path / 'pca.npz'), options={'overwrite': True})
    assert results(run) == before


def test_what_is_refused_of_a_new_run_leaves_nothing(train, tmp_path):
    with pytest.raises(UsageError, match='5000'):
        train(batch_size=5000)
    assert not (tmp_path / 'saves').exists()


def test_a_machine_or_threads_that_changed_are_a_warning_each(train, capsys):
    run = train()
    path = run.newest_state().checkpoint.prefix.with_name('model.ckpt.json')
    record = read_sealed(path)
    record['identity']['processor'] = 'Pentium'
    write_sealed(path, record)
    train(epochs=3, options={'threads': 2})
    warnings = [line for line in capsys.readouterr().err.splitlines() if line.startswith('warning')]
    assert [line.split()[1] for line in warnings] == ['threads', 'processor']
    assert 'Pentium' in warnings[1]


def test_trained_epochs_without_a_state_are_not_trained_anew_unasked(train):
    run = train()
    for _, folder in run.states():
        folder.rename(run.folder / folder.name)
    with pytest.raises(RunError, match='--overwrite'):
        train(epochs=3)


def test_initial_weights_are_taken_and_their_file_is_not_needed_again(train, capsys):
    first = train('MO_relu-4')
    run = train('MO_relu-4', 'second', init_ckpt=str(first.saves / 'model.ckpt'), epochs=1)
    assert '4 variables of the network and 4 of momentum' in capsys.readouterr().err
    assert run.newest_state().manifest.identity.init_ckpt
    assert len(train('MO_relu-4', 'second', epochs=2).newest_state().history) == 2


def test_other_initial_weights_are_another_run_but_a_changed_file_is_not(train, capsys):
    saves = [train(saves=name, seed=seed).saves for seed, name in enumerate('ab')]
    train(saves='c', init_ckpt=str(saves[0] / 'model.ckpt'), epochs=1)
    with pytest.raises(RunError, match='--init-ckpt'):
        train(saves='c', init_ckpt=str(saves[1] / 'model.ckpt'), epochs=2)
    for path in saves[1].glob('model.ckpt.*'):
        path.replace(saves[0] / path.name)
    capsys.readouterr()
    run = train(saves='c', init_ckpt=str(saves[0] / 'model.ckpt'), epochs=2)
    assert f'{saves[0]}/model.ckpt has changed' in capsys.readouterr().err
    assert len(run.newest_state().history) == 2


def test_a_pca_that_cannot_be_read_is_one_line(train, tmp_path):
    with pytest.raises(DataError, match=r'none\.npz'):
        train('PCA5_relu-4', pca=str(tmp_path / 'none.npz'))


def test_a_model_of_another_program_is_not_replaced(train, tmp_path):
    (tmp_path / 'saves').mkdir()
    (tmp_path / 'saves/model.ckpt.index').write_bytes(b'theirs')
    with pytest.raises(RunError, match='--saves-dir'):
        train()


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
sys.exit('not refused')
"""
    python(tmp_path, script)
