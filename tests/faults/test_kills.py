"""A run that is killed at any time, damaged or continued ends as if it had never stopped."""

import random

from tests.faults.results import RUN, damage, resumed, train

KILLS = {'few': 2, 'all': 150}


def test_no_kill_at_any_time_changes_the_result(server, undisturbed, tmp_path, dose):
    (expected, _, seconds), times, struck = undisturbed, random.Random(1), 0
    for number in range(KILLS[dose]):
        (folder := tmp_path / str(number)).mkdir()
        status = server(folder, kill_after=times.uniform(0, seconds))
        assert status in (0, -9)
        struck += status == -9
        assert not damage(folder, expected, None)
        assert not resumed(server, folder, expected)
    print(f'{struck} of {KILLS[dose]} kills at random times struck, 0 lost')


def test_a_damaged_newest_state_costs_an_epoch_and_no_more(server, undisturbed, tmp_path):
    assert server(tmp_path, train(2)) == 0
    [newest] = (tmp_path / 'saves/runs' / RUN / 'checkpoints').glob('epoch-00002/*.data-*')
    newest.write_bytes(newest.read_bytes()[::-1])
    assert not resumed(server, tmp_path, undisturbed[0])
    said = (tmp_path / 'stderr').read_text()
    assert str(newest.relative_to(tmp_path)) in said
    assert 'epoch 1' in said


def test_a_deleted_log_folder_and_a_damaged_history_are_written_again(server, undisturbed, tmp_path):
    assert server(tmp_path, train(2)) == 0
    for path in (tmp_path / 'saves/summary' / RUN).iterdir():
        path.unlink()
    (tmp_path / 'saves/runs' / RUN / 'history.csv').write_text('0,0.5\n')
    assert not resumed(server, tmp_path, undisturbed[0])


def test_a_finished_run_is_continued_though_the_clock_was_set_back(server, undisturbed, tmp_path):
    assert server(tmp_path, train(2)) == 0
    [path] = (tmp_path / 'saves/summary' / RUN).iterdir()
    seconds = path.name.split('.')[3]
    path.rename(path.with_name(path.name.replace(seconds, str(int(seconds) + 100_000))))
    assert not resumed(server, tmp_path, undisturbed[0])
