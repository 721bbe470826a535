"""Whether a run goes on, and what is refused or said when it does not."""

import contextlib
import dataclasses

import pytest

from graph_mlp.config import RunConfig
from graph_mlp.errors import RunError
from graph_mlp.session.start import start
from graph_mlp.store.history import Position
from graph_mlp.store.resumption import TrainingState
from tests.analysis.synthetic import history
from tests.session.test_start import FIRST_LINE, begin, config_json, files, options


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


def test_a_run_that_was_stopped_before_its_first_state_begins_again_as_recorded(tmp_path):
    first = begin(options(tmp_path, steps_per_run=3))
    with start(options(tmp_path)) as second:
        assert second.state is None
        assert second.identity == first.identity
        assert second.record.started == first.record.started


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


def test_a_run_goes_on_with_its_own_products_unless_others_are_asked_for(tmp_path, capsys):
    assert begin(options(tmp_path, products='ynnpack')).identity.products == 'ynnpack'
    capsys.readouterr()
    with start(options(tmp_path)) as more:
        assert more.identity.products == 'ynnpack'
    assert capsys.readouterr().err.splitlines() == [FIRST_LINE]
    with start(options(tmp_path, products='eigen')):
        pass
    assert 'warning: products eigen now, ynnpack before: the last bits may differ' in capsys.readouterr().err


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
