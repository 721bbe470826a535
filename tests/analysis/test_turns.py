import fcntl
import threading

import pytest

from graph_mlp.analysis.turns import Job, Turns, claimed


@pytest.fixture
def stopping():
    return threading.Event()


def job(tmp_path, run):
    return Job(run, str(tmp_path), run, (), 1)


def test_jobs_come_in_their_order(tmp_path, stopping):
    turns = Turns([job(tmp_path, 'a'), job(tmp_path, 'b')], stopping)
    taken = [turns.next(), turns.next()]
    assert [turn.job.run_name for turn in taken] == ['a', 'b']
    assert turns.next() is None


def test_two_studies_never_have_the_same_run_and_share_the_others(tmp_path, stopping):
    runs = [job(tmp_path, 'a'), job(tmp_path, 'b')]
    first, second = Turns(runs, stopping), Turns(runs, stopping)
    taken = first.next()
    assert taken.job.run_name == 'a'
    assert second.next().job.run_name == 'b'
    assert claimed(runs[0]) is None
    taken.run_lock.close()
    assert second.next().job.run_name == 'a'


def test_a_run_that_is_written_without_a_claim_is_not_claimed(tmp_path):
    a = job(tmp_path, 'a')
    a.run.folder.mkdir(parents=True)
    with open(a.run.folder / 'lock', 'w', encoding='utf-8') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert claimed(a) is None
    assert claimed(a).job == a


def test_waiting_is_said_once_and_ends_with_a_stop(tmp_path, stopping, capsys):
    a = job(tmp_path, 'a')
    held = claimed(a)
    turns = Turns([a], stopping)
    stop = threading.Timer(0.5, stopping.set)
    stop.start()
    assert turns.next() is None
    assert capsys.readouterr().err == 'another process is training a: waiting for it\n'
    held.run_lock.close()
