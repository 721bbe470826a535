"""Runs in processes of their own: the same bits as bin/train, and what becomes of them when something dies."""

import concurrent.futures
import contextlib
import fcntl
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import msgspec
import pytest

from graph_mlp.runtime.process import max_parallel_runs, own_command
from graph_mlp.store.recorded import read_run
from graph_mlp.store.run import Run
from graph_mlp.study import executor as module
from graph_mlp.study.executor import BUSY, executor, train, train_all
from tests.conftest import wait_until
from tests.study.synthetic import write_run

STUDY = 'a study'


@pytest.fixture(autouse=True)
def _study_is_not_stopped():
    yield
    module._stopped.clear()


def trained(job, waits=True):
    return train(STUDY, msgspec.json.encode(job), waits)


@contextlib.contextmanager
def in_background(job):
    """Trains the job in a thread; yields the list that its outcome will be in, and ends the run where it still goes."""
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(trained(job)))
    thread.start()
    try:
        yield outcomes
    finally:
        thread.join(60)
        module.stop(STUDY)
        thread.join(60)


def process_of(job):
    """The id of the process that trains a job's run."""
    return int((job.run.folder / 'lock').read_text().split()[1].strip(','))


def has_epoch(job):
    return any((job.run.folder / 'checkpoints').glob('epoch-0000[1-9]'))


def results(run):
    """Weights and metrics without times."""
    recorded = read_run(run)
    [data] = (run.folder / 'checkpoints' / f'epoch-{len(recorded.history):05d}').glob('*.data-*')
    metrics = [msgspec.structs.replace(row, train_seconds=0.0, evaluation_seconds=0.0) for row in recorded.history]
    return data.read_bytes(), metrics


def test_a_run_equals_that_of_bin_train_to_the_last_bit(tmp_path, make_job):
    job = make_job(input_features=5, activation='tanh', optimizer='adam', learning_rate=0.1, steps_per_run=6)
    assert trained(job).status == 0, (job.run.folder / 'log.txt').read_text()
    command = own_command(
        'train', '--tag', 'PCA5_BN_ADAM_tanh-6', '--learning-rate', 0.1, '--steps-per-run', 6, '--epochs', 2,
        '--threads', 1, '--dataset', 'digits', '--saves-dir', tmp_path / 'alone',
    )  # fmt: skip
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert results(job.run) == results(Run(tmp_path / 'alone', 'digits_PCA5_BN_ADAM_tanh-6'))


def test_a_run_that_fails_gives_its_last_line_and_the_others_have_a_process_and_a_log_of_their_own(make_job):
    bad, *good = make_job('bad', learning_rate=1e30), make_job('one'), make_job('two', seed=7)
    with executor(STUDY, 2, None) as pool:
        outcomes = dict(train_all(STUDY, [bad, *good], pool))
    assert [outcomes[job].status for job in good] == [0, 0]
    for job in good:
        log = (job.run.folder / 'log.txt').read_text()
        assert [name for name in ('digits_bad', 'digits_one', 'digits_two') if f'run {name} on ' in log] == [
            job.run.name
        ]
    assert outcomes[bad].status == 1
    assert 'not a finite number' in outcomes[bad].message
    assert outcomes[bad].message == (bad.run.folder / 'log.txt').read_text().splitlines()[-1]


def test_a_run_that_is_killed_fails_alone_and_resumes(make_job):
    job = make_job(epochs=120)
    with in_background(job) as outcomes:
        wait_until(lambda: has_epoch(job))
        os.kill(process_of(job), signal.SIGKILL)
    assert [outcome.status for outcome in outcomes] == [-signal.SIGKILL]
    epochs = len(read_run(job.run).history)
    module._stopped.clear()
    assert trained(job).status == 0
    assert f'resumes from epoch {epochs}' in (job.run.folder / 'log.txt').read_text()


@pytest.mark.heavy
def test_a_run_whose_fork_server_is_killed_lives_on_and_is_waited_for(make_job):
    job = make_job(epochs=120)
    with in_background(job) as outcomes:
        wait_until(lambda: has_epoch(job))
        run = process_of(job)
        server = int(Path(f'/proc/{run}/stat').read_text().rpartition(')')[2].split()[1])
        os.kill(server, signal.SIGKILL)
    assert [outcome.status for outcome in outcomes] == [0]
    assert process_of(job) == run
    module._stopped.clear()
    assert trained(make_job('next')).status == 0  # by a server that is started again


def test_a_stopped_study_ends_its_runs_in_order_and_begins_no_more(make_job):
    job = make_job(epochs=100_000)
    with in_background(job) as outcomes:
        wait_until(lambda: has_epoch(job))
        module.stop('another study')
        module.stop(STUDY)
    assert [outcome.status for outcome in outcomes] == [128 + signal.SIGTERM]
    assert 'resumes from epoch' in outcomes[0].message
    assert trained(make_job('next')).status == -signal.SIGTERM
    assert not make_job('next').run.folder.exists()


@contextlib.contextmanager
def locked(job):
    """Holds the lock of a job's run, as another process would."""
    job.run.folder.mkdir(parents=True)
    with open(job.run.folder / 'lock', 'w', encoding='utf-8') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_a_run_that_another_process_trains_is_busy_or_waited_for(make_job):
    job = make_job()
    with locked(job):
        assert trained(job, waits=False).status == BUSY
        thread = threading.Thread(target=trained, args=(job,))
        thread.start()
        time.sleep(1.0)
        assert thread.is_alive()
        assert not (job.run.folder / 'log.txt').exists()
    thread.join(60)
    assert len(read_run(job.run).history) == 2


def test_busy_runs_come_last_and_are_named_once(make_job, capsys):
    busy, free = make_job('busy'), make_job('free')
    with locked(busy), executor(STUDY, 1, None) as pool:
        found = train_all(STUDY, [busy, free], pool)
        assert next(found)[0] == free
    # Its lock is free now.
    with executor(STUDY, 1, None) as pool:
        [(job, outcome)] = train_all(STUDY, [busy], pool)
    assert (job, outcome.status) == (busy, 0)
    assert 'busy' not in capsys.readouterr().err.replace('busy seed 42: waiting', '')


def test_a_finished_run_is_not_begun(tmp_path, make_job):
    job = make_job(epochs=3)
    write_run(tmp_path, job.run.name, [0.8, 0.9, 0.9])
    assert trained(job).status == 0
    assert not (job.run.folder / 'log.txt').exists()


def test_a_folder_that_cannot_be_written_fails_the_run_alone(tmp_path, make_job):
    (tmp_path / 'runs').write_text('a file')
    outcome = trained(make_job())
    assert outcome.status == 1
    assert str(tmp_path / 'runs') in outcome.message


def test_an_error_ends_the_runs_of_the_executor(make_job):
    job = make_job(epochs=100_000)

    def fail():
        with executor(STUDY, 1, None) as pool:
            future = pool.submit(train, STUDY, msgspec.json.encode(job), True)
            wait_until(lambda: has_epoch(job))
            raise KeyboardInterrupt(future)

    with pytest.raises(KeyboardInterrupt) as error:
        fail()
    assert error.value.args[0].result().status == 128 + signal.SIGTERM


def test_whatever_an_executor_raises_is_a_failed_run(make_job):
    class Broken(concurrent.futures.Executor):
        def submit(self, *arguments):
            future = concurrent.futures.Future()
            future.set_exception(RuntimeError('worker lost'))
            return future

    [(_, outcome)] = train_all(STUDY, [make_job()], Broken())
    assert (outcome.status, outcome.message) == (1, 'its worker ended: worker lost')


def test_at_least_one_run_at_a_time():
    assert max_parallel_runs(10**6) == 1
    assert max_parallel_runs(1) >= 1
