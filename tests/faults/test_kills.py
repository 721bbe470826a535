"""A run that is killed, anywhere, goes on and ends as if it had never stopped."""

import csv
import hashlib
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tensorflow.compat.v1 as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.conftest import ROOT

EPOCHS = 4
TRAIN = ['train', '--tag', 'BN_elu-8', '--dataset', 'digits', '--epochs', str(EPOCHS), '--threads', '2']
KILLS = {'few': (10, 6), 'all': (None, 220)}  # at operations (None: at each of them), at random times


@pytest.fixture(scope='module')
def server():
    """Answers commands; see server.py."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name('server.py')), str(ROOT)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    process.stdout.readline()

    def ask(folder, arguments=TRAIN, **how):
        process.stdin.write(json.dumps({'folder': str(folder), 'arguments': arguments, **how}) + '\n')
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    yield ask
    process.kill()
    process.communicate()


def results_of(row):
    """A row of history.csv without what differs between repeats: the times, and the checksum, which covers them."""
    return {name: row[name] for name in row if 'seconds' not in name and name != 'checksum'}


def results(folder):
    """Everything that a run computed: weights by checksum, history and scalars without their times."""
    reader = tf.train.load_checkpoint(str(folder / 'saves/model.ckpt'))
    weights = {
        name: hashlib.sha256(reader.get_tensor(name).tobytes()).hexdigest()
        for name in reader.get_variable_to_shape_map()
    }
    with open(folder / 'saves/runs/digits_BN_elu-8/history.csv') as file:
        history = [results_of(row) for row in csv.DictReader(file)]
    events = EventAccumulator(str(folder / 'saves/summary/digits_BN_elu-8')).Reload()
    scalars = {
        tag: [(event.step, event.value) for event in events.Scalars(tag)]
        for tag in events.Tags()['scalars']
        if not tag.startswith('time/')
    }
    return weights, history, scalars


@pytest.fixture(scope='module')
def uninterrupted(server, tmp_path_factory):
    """What a run computes that nothing disturbs, how many operations on disk it makes, and its seconds."""
    for name in ('first', 'second'):  # the first warms the machine up, for the times of the second
        folder = tmp_path_factory.mktemp(name)
        begin = time.monotonic()
        answer = server(folder)
        seconds = time.monotonic() - begin
        assert answer['status'] == 0, (folder / 'stderr').read_text()
    return results(folder), answer['operations'], seconds


def survives(server, folder, expected, **how):
    """Kills a run, looks at what is there, lets it go on, and compares; returns whether the kill struck."""
    folder.mkdir()
    first = server(folder, **how)
    assert first['status'] in (0, -9)
    stdout = folder / 'stdout'  # not there where the kill came before anything was opened
    printed = stdout.read_text().splitlines() if stdout.exists() else []
    states = sorted((folder / 'saves/runs/digits_BN_elu-8/checkpoints').glob('epoch-*/model.ckpt.json'))
    saved = max((json.loads(path.read_text())['epoch'] for path in states), default=0)
    assert saved >= len(printed), 'an epoch that was printed is lost'
    second = server(folder)
    assert second['status'] == 0, (folder / 'stderr').read_text()
    assert results(folder) == expected, how
    assert not list(folder.glob('saves/**/.partial-*'))
    return first['status'] == -9


def test_no_kill_at_any_write_fsync_or_rename_changes_the_result(server, uninterrupted, tmp_path, dose):
    expected, operations, _ = uninterrupted
    chosen = range(1, operations + 1)
    if KILLS[dose][0]:
        chosen = random.Random(0).sample(chosen, KILLS[dose][0])
    struck = [survives(server, tmp_path / str(number), expected, kill_at=number) for number in chosen]
    assert all(struck)
    print(f'{len(struck)} kills at operations, 0 lost')


def test_no_kill_at_any_time_changes_the_result(server, uninterrupted, tmp_path, dose):
    expected, _, seconds = uninterrupted
    times = random.Random(1)
    struck = [
        survives(server, tmp_path / str(number), expected, kill_after=times.uniform(0, seconds))
        for number in range(KILLS[dose][1])
    ]
    print(f'{sum(struck)} of {len(struck)} kills at random times struck, 0 lost')


def test_many_interruptions_in_a_row_leave_one_clean_curve(server, uninterrupted, tmp_path):
    expected, operations, _ = uninterrupted
    for number in (operations // 3, operations // 3, operations // 4, operations // 4):
        server(tmp_path, kill_at=number)
    assert server(tmp_path)['status'] == 0
    assert results(tmp_path) == expected


def test_more_epochs_continue_a_finished_run(server, uninterrupted, tmp_path):
    shorter = [*TRAIN[:-3], '2', *TRAIN[-2:]]
    assert server(tmp_path, shorter)['status'] == 0
    assert server(tmp_path)['status'] == 0
    assert results(tmp_path) == uninterrupted[0]


def test_a_damaged_newest_state_costs_an_epoch_and_no_more(server, uninterrupted, tmp_path):
    assert server(tmp_path, [*TRAIN[:-3], '3', *TRAIN[-2:]])['status'] == 0
    [newest] = (tmp_path / 'saves/runs/digits_BN_elu-8/checkpoints').glob('epoch-00003/*.data-*')
    content = bytearray(newest.read_bytes())
    content[100] ^= 1
    newest.write_bytes(content)
    assert server(tmp_path)['status'] == 0
    assert 'trying the state before it' in (tmp_path / 'stderr').read_text()
    assert results(tmp_path) == uninterrupted[0]


def test_a_deleted_log_folder_is_said_and_written_again(server, uninterrupted, tmp_path):
    assert server(tmp_path, [*TRAIN[:-3], '3', *TRAIN[-2:]])['status'] == 0
    for path in (tmp_path / 'saves/summary/digits_BN_elu-8').iterdir():
        path.unlink()
    assert server(tmp_path)['status'] == 0
    assert results(tmp_path) == uninterrupted[0]


def test_a_clock_set_back_does_not_hide_what_comes_after(server, uninterrupted, tmp_path):
    assert server(tmp_path, [*TRAIN[:-3], '3', *TRAIN[-2:]])['status'] == 0
    [path] = (tmp_path / 'saves/summary/digits_BN_elu-8').iterdir()
    words = path.name.split('.')
    words[3] = str(int(words[3]) + 100_000)
    path.rename(path.with_name('.'.join(words)))
    assert server(tmp_path)['status'] == 0
    assert results(tmp_path) == uninterrupted[0]
