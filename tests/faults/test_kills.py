"""A run that is killed at any time ends as if it had never stopped."""

import random

from tests.faults.results import damage, resumed

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
