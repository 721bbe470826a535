import subprocess
import sys

import pytest

from graph_mlp.analysis import workers
from graph_mlp.analysis.workers import Pool, WorkerEnded

# Answers 0 to as many requests as its argument says, and ends.
SERVER = """
import os, socket, sys
requests = socket.socket(fileno=0)
for _ in range(int(sys.argv[1])):
    if not requests.recv(1000):
        break
    print('{"status": 0}', flush=True)
sys.exit('ended')
"""


@pytest.fixture
def pool(monkeypatch):
    """With `serve(n)` its workers end after n runs."""

    def serve(runs):
        monkeypatch.setattr(workers, 'own_command', lambda name: [sys.executable, '-c', SERVER, str(runs)])

    pool = Pool()
    pool.serve = serve
    yield pool
    pool.stop()


@pytest.fixture
def run_lock(tmp_path):
    with open(tmp_path / 'run_lock', 'w', encoding='utf-8') as file:
        yield file


def processes(monkeypatch):
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(
        workers.subprocess, 'Popen', lambda *args, **how: started.append(popen(*args, **how)) or started[-1]
    )
    return started


def test_a_worker_trains_one_run_after_the_other(pool, run_lock, tmp_path, monkeypatch):
    started = processes(monkeypatch)
    pool.serve(3)
    assert [pool.train((), tmp_path, run_lock, 1) for _ in range(3)] == [0, 0, 0]
    assert len(started) == 1


def test_runs_of_other_threads_have_another_worker(pool, run_lock, tmp_path, monkeypatch):
    started = processes(monkeypatch)
    pool.serve(3)
    assert [pool.train((), tmp_path, run_lock, threads) for threads in (1, 2, 1)] == [0, 0, 0]
    assert len(started) == 2


def test_a_worker_that_has_ended_while_idle_is_replaced(pool, run_lock, tmp_path, monkeypatch):
    started = processes(monkeypatch)
    pool.serve(1)
    assert pool.train((), tmp_path, run_lock, 1) == 0
    started[0].wait(30)
    assert pool.train((), tmp_path, run_lock, 1) == 0
    assert len(started) == 2


def test_a_worker_that_dies_says_its_last_line(pool, run_lock, tmp_path):
    pool.serve(0)
    with pytest.raises(WorkerEnded, match='ended') as caught:
        pool.train((), tmp_path, run_lock, 1)
    assert caught.value.status == 1


def test_after_a_stop_no_worker_is_started(pool, run_lock, tmp_path):
    pool.stop()
    with pytest.raises(WorkerEnded, match='stopped'):
        pool.train((), tmp_path, run_lock, 1)
