"""A change below `saves/` fails (see io_faults.c), or a kill comes at it: nothing is lost, what is said is right."""

import random
import re
import shutil

import pytest

from tests.faults.results import damage, difference, published, resumed, train

KINDS = {'killed before': 1, 'killed within': 2, 'EIO': 3, 'ENOSPC': 4, 'short': 5, 'full from then on': 6}
# At which operations, by words in their names; the others strike at each.
STRIKES = dict.fromkeys(('killed within', 'ENOSPC', 'short'), ('write',))
STRIKES['full from then on'] = ('write', 'mkdir', 'open', 'link', 'fflush', 'fclose')
FEW = 1  # of each kind, without --faults
SEQUENCES = {'few': 1, 'all': 40}


@pytest.mark.parametrize('kind', KINDS)
def test_a_change_that_fails_loses_nothing_and_is_said(server, earlier, undisturbed, tmp_path, dose, kind):
    expected, operations, _ = undisturbed
    alike = [re.sub(r'[0-9a-f]*\d[0-9a-f]*', '', line) for line in operations]
    words = STRIKES.get(kind, ('',))
    numbers = [n for n, line in enumerate(alike, 1) if any(word in line.split()[0] for word in words)]
    if kind != 'killed before':  # every third and the last of those that are alike
        numbers = [n for n in numbers if alike[:n].count(alike[n - 1]) % 3 == 1 or alike[n - 1] not in alike[n:]]
    if dose == 'few':
        numbers = random.Random(kind).sample(numbers, FEW)
    wrong = []
    for number in numbers:
        folder = earlier(tmp_path / str(number))
        if fault := _fault(server, folder, expected, kind, number) or resumed(server, folder, expected):
            wrong.append(f'{kind} at {number}, {operations[number - 1]}: {fault}')
        shutil.rmtree(folder)
    print(f'{kind}: {len(numbers)} of {len(operations)} changes, {len(wrong)} wrong')
    assert not wrong, '\n'.join(wrong)


def test_many_faults_in_a_row_leave_one_clean_curve(server, earlier, undisturbed, tmp_path, dose):
    expected, operations, _ = undisturbed
    for sequence in range(SEQUENCES[dose]):
        chosen, folder = random.Random(sequence), earlier(tmp_path / str(sequence))
        faults = [(chosen.choice(list(KINDS)), chosen.randrange(len(operations) // 2)) for _ in range(4)]
        for kind, number in faults:
            assert not _fault(server, folder, expected, kind, number), faults
        assert not resumed(server, folder, expected), faults
    print(f'{SEQUENCES[dose]} sequences of {len(faults)} faults, 0 wrong')


def test_a_run_that_is_begun_anew_is_the_new_one_after_any_kill(server, earlier, undisturbed, tmp_path, dose):
    begun = earlier(tmp_path / 'begun')
    assert server(begun, train(2, 'PCA5_BN_elu-8', '--seed', '7')) == 0
    anew = train(3, 'PCA5_BN_elu-8', '--overwrite')
    numbers = range(1, 120, 2)
    for number in numbers if dose == 'all' else random.Random(0).sample(numbers, FEW):
        folder = shutil.copytree(begun, tmp_path / str(number))
        assert server(folder, anew, fault=[KINDS['killed before'], number]) == -9
        assert not resumed(server, folder, undisturbed[0], anew), number
        shutil.rmtree(folder)


def _fault(server, folder, expected, kind, number):
    """What is wrong with a run that is disturbed there, or None."""
    before = published(folder)
    status = server(folder, fault=[KINDS[kind], number])
    stderr = (folder / 'stderr').read_text()
    said = stderr.splitlines()[-1] if stderr else ''
    if any(words in stderr for words in ('Traceback', 'Error)', 'with --overwrite')):  # nothing here is beyond repair
        return f'a traceback, an error without words or wrong advice: {said}'
    if status == 0 and (wrong := difference(folder, expected)):
        return f'a silent loss: {wrong}: {said}'
    reason = 'Input/output error' if kind == 'EIO' else 'No space left on device'
    if status == 1 and not (reason in said and 'saves' in said and '; ' in said):
        return f'no reason, no place or no advice: {said}'
    if status not in (0, 1, -9):
        return f'status {status}: {said}'
    return damage(folder, expected, before)
