"""bin/study as a user types it, on the digits: interrupted, killed, twice at once, spread over a cluster."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from graph_mlp.errors import RunError
from graph_mlp.store.recorded import read_run
from graph_mlp.store.run import Run
from tests.cli.commands import environment, run
from tests.conftest import ROOT, wait_until

STUDY = ('--dataset', 'digits', '--only', 'raw-topologies', '--seeds', 1, '--epochs', 2)
REPORT = 'digits_The-Analysis-of-2017-repeated_only-raw-topologies_quick'
NAMES = [f'digits_relu-{sizes}_seed-42' for sizes in ('100-50', '1568-500', '300-100')]


def run_of(folder, name):
    return Run(folder / 'saves' / 'study', name)


def history(folder, name):
    """The epochs that are saved so far, with their times, by which a repeated epoch would be noticed."""
    try:
        return read_run(run_of(folder, name)).history
    except RunError:
        return []


def results(folder):
    """The runs' test accuracies and losses."""
    return {name: [(row.test_accuracy, row.test_loss) for row in history(folder, name)] for name in NAMES}


def started(folder, *arguments):
    """A study in a process group of its own, which the processes it starts belong to."""
    command = [str(ROOT / 'bin' / 'study'), *map(str, STUDY + arguments)]
    with open(folder / 'stderr.txt', 'a', encoding='utf-8') as stderr:
        how = {'stdout': subprocess.DEVNULL, 'stderr': stderr, 'start_new_session': True}
        return subprocess.Popen(command, cwd=folder, env=environment(folder), **how)


def processes(group):
    """Of a process group: their ids and parents."""
    found = {}
    for path in Path('/proc').glob('[0-9]*/stat'):
        with contextlib.suppress(OSError):
            state, parent, its_group = path.read_text().rpartition(')')[2].split()[:3]
            if int(its_group) == group and state != 'Z':
                found[int(path.parent.name)] = int(parent)
    return found


def training(folder):
    """The ids of the processes that train a run now."""
    locks = [run_of(folder, name) for name in NAMES]
    return [int((run.folder / 'lock').read_text().split()[1].strip(',')) for run in locks if run.is_locked()]


def trained(folder, runs):
    """A condition: so many runs, or more, have an epoch."""
    return lambda: sum(bool(history(folder, name)) for name in NAMES) >= runs


@pytest.fixture(scope='module')
def complete(tmp_path_factory):
    """A study that was not interrupted."""
    folder = tmp_path_factory.mktemp('complete')
    stdout, stderr = run(folder, 'study', *STUDY, '--jobs', 2)
    return folder, stdout, stderr


def test_a_study_trains_its_runs_judges_and_reports(complete):
    folder, stdout, stderr = complete
    assert [line.split(': ')[:2] for line in stdout] == [['6a quick look', 'not tested']]
    assert sum(' seed 42: 0.' in line for line in stderr) == 3
    assert (folder / 'saves' / 'report' / REPORT / 'index.html').exists()
    assert sorted(path.name for path in (folder / 'saves' / 'study' / 'runs').iterdir()) == NAMES
    assert not (folder / 'saves' / 'summary').exists()  # the user's own curves are not crowded


def test_finished_runs_are_used_again(complete):
    folder, stdout, _ = complete
    before = {name: history(folder, name) for name in NAMES}
    again, stderr = run(folder, 'study', *STUDY)
    assert again == stdout
    assert not any('to train' in line for line in stderr)
    assert before == {name: history(folder, name) for name in NAMES}


def test_a_dry_run_lists_estimates_and_trains_nothing(tmp_path):
    stdout, _ = run(tmp_path, 'study', *STUDY, '--dry-run', '--jobs', 2)
    assert stdout[0].startswith('digits_relu-1568-500_seed-42: 0 of 2 epochs, about ')
    assert stdout[-1] == '3 of 3 runs to train: less than a minute with --jobs 2'
    assert not (tmp_path / 'saves').exists()


def test_a_failed_run_is_reported_and_does_not_end_the_others(tmp_path):
    blocked = tmp_path / 'saves' / 'study' / 'runs' / NAMES[1] / 'checkpoints' / 'epoch-00001'
    blocked.mkdir(parents=True)
    (blocked / 'model.ckpt.index').write_text('{')
    stdout, stderr = run(tmp_path, 'study', *STUDY, status=1)
    assert len(stdout) == 1
    [failure] = [line for line in stderr if 'relu-1568-500 seed 42: failed' in line]
    assert 'damaged' in failure
    assert stderr[-1].startswith('study: 1 of 3 runs failed: relu-1568-500 seed 42; the same command')
    report = (tmp_path / 'saves' / 'report' / REPORT / 'report.md').read_text()
    assert 'Not in the study: relu-1568-500 seed 42' in report


def kept_in(folder):
    """A function that fails where it does not find unchanged, times included, what an earlier call found trained."""
    saved = {name: [] for name in NAMES}

    def check():
        for name, before in saved.items():
            now = history(folder, name)
            assert now[: len(before)] == before
            saved[name] = now

    return check


def test_killed_at_any_point_no_run_is_done_twice_and_the_report_is_complete(tmp_path, complete, dose):
    check = kept_in(tmp_path)
    # The fork server, while it imports: another one is started.
    study = started(tmp_path, '--jobs', 1)
    if dose == 'all':
        wait_until(lambda: len(processes(study.pid)) >= 3)  # multiprocessing's resource tracker too
        for process, parent in processes(study.pid).items():
            if parent == study.pid:
                os.kill(process, signal.SIGKILL)
    wait_until(trained(tmp_path, 1))
    # The study alone, in its first or second run: that run is trained to its end.
    os.kill(study.pid, signal.SIGKILL)
    study.wait()
    check()
    if dose == 'all':  # the run alone, in the next one: it fails
        study = started(tmp_path, '--jobs', 1)
        wait_until(trained(tmp_path, 2))
        for process in training(tmp_path):
            os.kill(process, signal.SIGKILL)
        check()
        study.wait(240)
    # Everything, in the last run: that one resumes from its last state.
    study = started(tmp_path, '--jobs', 1)
    wait_until(trained(tmp_path, 3))
    with contextlib.suppress(ProcessLookupError):
        os.killpg(study.pid, signal.SIGKILL)
    study.wait()
    check()
    if dose == 'all':  # while the report is written
        (tmp_path / 'saves' / 'report' / REPORT / 'report.md').unlink(missing_ok=True)
        study = started(tmp_path, '--jobs', 1)
        wait_until((tmp_path / 'saves' / 'report' / REPORT / 'report.md').exists)
        os.kill(study.pid, signal.SIGKILL)
        study.wait()
        check()
    stdout, _ = run(tmp_path, 'study', *STUDY)
    check()
    assert stdout == complete[1]
    assert results(tmp_path) == results(complete[0])
    [verdict] = json.loads((tmp_path / 'saves' / 'report' / REPORT / 'verdicts.json').read_text())
    assert verdict['verdict'] == 'quick look: not tested'
    assert (tmp_path / 'saves' / 'study' / 'comparisons' / REPORT / 'relu-300-100').is_dir()


@pytest.mark.heavy
def test_no_kill_at_a_random_time_loses_or_repeats_a_run(tmp_path, complete):
    times = random.Random(3)
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        check = kept_in(folder)
        for _ in range(3):
            study = started(folder, '--jobs', 2)
            with contextlib.suppress(subprocess.TimeoutExpired):
                study.wait(times.uniform(0, 12))
            with contextlib.suppress(ProcessLookupError):
                os.kill(times.choice([study.pid, *processes(study.pid)]), signal.SIGKILL)
                study.kill()
            study.wait()
            check()
        assert run(folder, 'study', *STUDY)[0] == complete[1]
        check()
        assert results(folder) == results(complete[0])


@pytest.mark.heavy
def test_two_studies_at_once_share_the_runs_and_both_report(tmp_path, complete):
    first, second = started(tmp_path, '--jobs', 1), started(tmp_path, '--jobs', 2)
    assert (first.wait(240), second.wait(240)) == (0, 0)
    printed = (tmp_path / 'stderr.txt').read_text()
    assert printed.count('another process is training') <= 2
    assert 'failed' not in printed
    assert results(tmp_path) == results(complete[0])
    assert (tmp_path / 'saves' / 'report' / REPORT / 'index.html').exists()


@pytest.mark.parametrize(
    ('send', 'number', 'status'),
    [(os.kill, signal.SIGTERM, 143), pytest.param(os.killpg, signal.SIGUSR1, 138, marks=pytest.mark.heavy)],
)
def test_a_signal_stops_the_runs_in_order(tmp_path, send, number, status):
    study = started(tmp_path, '--jobs', 2, '--epochs', 400)
    wait_until(trained(tmp_path, 1))
    send(study.pid, number)
    assert study.wait(60) == status
    wait_until(lambda: not processes(study.pid), 30)  # not one of its runs is left
    logs = [run_of(tmp_path, name).folder / 'log.txt' for name in NAMES if run_of(tmp_path, name).folder.exists()]
    assert any('stopped in order' in log.read_text() for log in logs)


@pytest.fixture
def cluster(tmp_path):
    """The address of a dask scheduler and its two workers on 127.0.0.1, each in a process group of its own."""
    pytest.importorskip('distributed')
    file = tmp_path / 'scheduler.json'
    quiet = {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL, 'start_new_session': True,
             'env': {**environment(tmp_path), 'PYTHONPATH': str(ROOT)}}  # fmt: skip
    base = [sys.executable, '-m', 'distributed.cli.dask_']
    shared = ['--scheduler-file', str(file), '--host', '127.0.0.1', '--no-dashboard']
    scheduler = [*base[:-1], f'{base[-1]}scheduler', *shared, '--port', '0']
    worker = [*base[:-1], f'{base[-1]}worker', *shared, '--nthreads', '1', '--local-directory', str(tmp_path / 'dask')]
    started = [subprocess.Popen(scheduler, **quiet)]
    try:
        wait_until(lambda: file.exists() and file.read_text().strip().endswith('}'))
        started += [subprocess.Popen(worker, **quiet) for _ in range(2)]
        yield json.loads(file.read_text())['address'], started[1:]
    finally:
        for process in started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_a_cluster_that_loses_a_worker_finds_the_same(tmp_path, complete, cluster):
    address, workers = cluster
    study = started(tmp_path, '--scheduler', address)
    wait_until(trained(tmp_path, 1))
    os.killpg(workers[0].pid, signal.SIGKILL)
    assert study.wait(240) == 0, (tmp_path / 'stderr.txt').read_text()
    assert results(tmp_path) == results(complete[0])


def test_a_cluster_that_is_not_there_is_one_line(tmp_path):
    pytest.importorskip('distributed')
    _, stderr = run(tmp_path, 'study', *STUDY, '--scheduler', 'tcp://127.0.0.1:9', status=1)
    assert stderr[-1].startswith('study: there is no dask scheduler at tcp://127.0.0.1:9')
