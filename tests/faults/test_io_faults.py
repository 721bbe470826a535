"""One change on disk fails, or the process is killed at it: nothing is lost, and what is said is right.

The changes are those of a small run below `saves/`, TensorFlow's own included; see io_faults.c.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.faults.test_kills import TRAIN, results

TWO_EPOCHS = [*TRAIN[:-3], '2', *TRAIN[-2:]]
KINDS = {'killed before': 1, 'killed after': 2, 'EIO': 3, 'ENOSPC': 4, 'short': 5, 'full from then on': 6}
FULL = 'No space left on device'
REASONS = {'EIO': 'Input/output error', 'ENOSPC': FULL, 'short': FULL, 'full from then on': FULL}
FEW = 2  # of each kind, without --faults


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    """Answers commands under the preloaded shim; see server.py."""
    compiler = shutil.which('cc') or shutil.which('gcc')
    if not compiler or not sys.platform.startswith('linux'):
        pytest.skip('needs Linux and a C compiler')
    library = tmp_path_factory.mktemp('shim') / 'io_faults.so'
    source = Path(__file__).with_name('io_faults.c')
    subprocess.run([compiler, '-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], check=True)
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name('server.py')), str(ROOT)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, 'LD_PRELOAD': str(library)},
    )  # fmt: skip
    process.stdout.readline()

    def ask(folder, **how):
        process.stdin.write(json.dumps({'folder': str(folder), 'arguments': TWO_EPOCHS, **how}) + '\n')
        process.stdin.flush()
        return json.loads(process.stdout.readline())['status']

    yield ask
    process.kill()
    process.communicate()


@pytest.fixture(scope='module')
def undisturbed(server, tmp_path_factory):
    """What the run computes, and the changes that it makes on disk."""
    folder = tmp_path_factory.mktemp('undisturbed')
    assert server(folder, fault=[0, 0]) == 0, (folder / 'stderr').read_text()
    return results(folder), (folder / 'operations').read_text().splitlines()


@pytest.mark.parametrize('kind', KINDS)
def test_a_change_that_fails_loses_nothing_and_is_said(server, undisturbed, tmp_path, dose, kind):
    expected, operations = undisturbed
    numbers = [number for number, line in enumerate(operations, 1) if kind != 'short' or 'write' in line.split()[0]]
    if dose == 'few':
        numbers = random.Random(kind).sample(numbers, FEW)
    wrong = [
        f'{kind} at {number}, {operations[number - 1]}: {fault}'
        for number in numbers
        if (fault := _fault(server, tmp_path / str(number), expected, kind, number))
    ]
    print(f'{kind}: {len(numbers)} of {len(operations)} changes, {len(wrong)} wrong')
    assert not wrong, '\n'.join(wrong)


def _fault(server, folder, expected, kind, number):
    """What is wrong with the run that is disturbed there, or None."""
    folder.mkdir()
    status = server(folder, fault=[KINDS[kind], number])
    stderr = (folder / 'stderr').read_text()
    said = stderr.splitlines()[-1] if stderr else ''
    if 'Traceback' in stderr or 'Error)' in stderr:
        return f'a traceback or an error without words: {said}'
    if 'with --overwrite' in stderr:  # nothing here is beyond repair
        return f'wrong advice: {said}'
    if status == 0 and (wrong := _difference(folder, expected)):
        return f'a silent loss: {wrong}: {said}'
    if status == 1 and (kind not in REASONS or REASONS[kind] not in said):
        return f'no reason, or another: {said}'
    if status not in (0, 1, -9):
        return f'status {status}: {said}'
    # The advice of every line: the same command.
    if server(folder) != 0:
        return f'the same command does not go on: {(folder / "stderr").read_text()}'
    if wrong := _difference(folder, expected):
        return f'other results: {wrong}: {stderr}'
    # An empty folder that could not be removed stays until the next model is published.
    if left := [str(path) for path in folder.glob('saves/**/.partial-*') if path.is_file() or any(path.iterdir())]:
        return f'left behind: {left}'
    shutil.rmtree(folder)
    return None


def _difference(folder, expected):
    try:
        found = results(folder)
    except Exception as error:
        return re.sub(r'\s+', ' ', f'{type(error).__name__}: {error}')
    names = ('weights', 'history', 'curves')
    return ', '.join(name for name, one, other in zip(names, found, expected, strict=True) if one != other)
