import fcntl
import signal
import threading
import time

from graph_mlp.analysis import jobs
from graph_mlp.store.lock import is_being_written
from graph_mlp.store.runs import Run


def test_at_least_one_run_at_a_time():
    assert jobs.max_parallel_runs(10**6) == 1
    assert jobs.max_parallel_runs(1) >= 1


def test_a_run_whose_lock_is_held_is_being_written(tmp_path):
    run = Run(tmp_path, 'run')
    assert not is_being_written(run)
    run.folder.mkdir(parents=True)
    with open(run.folder / 'lock', 'w', encoding='utf-8') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert is_being_written(run)
    assert not is_being_written(run)


def job(tmp_path, *arguments):
    return jobs.Job('a run', str(tmp_path), 'run', arguments, 1)


def test_a_run_that_fails_gives_its_last_line():
    [outcome] = jobs.run_jobs([job('nowhere', '--nonsense')], 1, None)
    assert outcome.status == 2
    assert outcome.message.startswith('train: unrecognized arguments: --nonsense')


def test_a_run_that_an_earlier_study_left_training_is_waited_for(tmp_path):
    run = Run(tmp_path, 'run')
    run.folder.mkdir(parents=True)
    ended = []
    with open(run.folder / 'lock', 'w', encoding='utf-8') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = threading.Thread(target=lambda: ended.extend(jobs.run_jobs([job(tmp_path, '--help')], 1, None)))
        waiting.start()
        time.sleep(1.0)
        assert ended == []
    waiting.join(30)
    assert [outcome.status for outcome in ended] == [0]


def test_after_a_stop_nothing_is_begun(tmp_path):
    jobs.stop_children()
    try:
        assert jobs.execute(job(tmp_path, '--help')).status == -signal.SIGTERM
    finally:
        jobs._stopping.clear()
