import fcntl
import signal
import threading
import time

import pytest

from graph_mlp.analysis import jobs
from graph_mlp.store.lock import is_being_written
from graph_mlp.store.runs import Run
from tests.analysis.synthetic import write_run


def job(tmp_path, *arguments, run='run', epochs=None):
    return jobs.Job('a run', str(tmp_path), run, arguments, 1, epochs)


@pytest.fixture
def stopped():
    """No more runs are begun within the test."""
    jobs.stop_children()
    yield
    jobs._pool.stopping.clear()


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


def test_runs_that_fail_give_their_last_line_which_their_own_log_keeps(tmp_path):
    outcomes = [*jobs.run_jobs([job(tmp_path, f'--{name}', run=name) for name in 'ab'], 1, None)]
    assert [outcome.status for outcome in outcomes] == [2, 2]
    for outcome, name in zip(outcomes, 'ab', strict=True):
        assert outcome.message.startswith(f'train: unrecognized arguments: --{name}')
        assert (Run(tmp_path, name).folder / 'log.txt').read_text() == f'{outcome.message}\n'


def test_a_run_that_an_earlier_study_left_training_is_waited_for(tmp_path, capsys):
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
    assert capsys.readouterr().err == 'another process is training a run: waiting for it\n'


def test_a_run_that_another_study_has_finished_meanwhile_is_not_begun(tmp_path):
    run = write_run(tmp_path, 'run', [0.8, 0.9, 0.9])
    [outcome] = jobs.run_jobs([job(tmp_path, '--nonsense', epochs=3)], 1, None)
    assert outcome.status == 0
    # One whose history is damaged is begun, because bin/train mends it or says why it cannot.
    run.histories[0].write_text('x')
    [outcome] = jobs.run_jobs([job(tmp_path, '--nonsense', epochs=3)], 1, None)
    assert outcome.status == 2


def test_a_folder_that_cannot_be_written_fails_the_run_alone(tmp_path):
    (tmp_path / 'runs').write_text('a file')
    [outcome] = jobs.run_jobs([job(tmp_path, '--help')], 1, None)
    assert outcome.status == 1
    assert outcome.message == f'cannot train in {tmp_path}/runs/run: Not a directory'


@pytest.mark.usefixtures('stopped')
def test_after_a_stop_nothing_is_begun(tmp_path):
    assert jobs.execute(job(tmp_path, '--help')).status == -signal.SIGTERM
