"""bin/study as a user types it, on the digits: interrupted, killed, spread over a cluster."""

import contextlib
import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.commands import environment, run
from tests.conftest import ROOT

STUDY = ('--dataset', 'digits', '--only', 'raw-topologies', '--seeds', 1, '--epochs', 2)
REPORT = 'digits_The-Analysis-of-2017-repeated_only-raw-topologies_quick'
NAMES = [f'digits_relu-{sizes}_seed-42' for sizes in ('100-50', '1568-500', '300-100')]


def lines(folder, name):
    """The epochs of a run so far, with their times, by which a repeated epoch would be noticed."""
    path = folder / 'saves' / 'study' / 'runs' / name / 'history.csv'
    return path.read_text().splitlines()[1:] if path.exists() else []


def results(folder):
    """The runs' histories without their times and the checksum, which covers them."""
    histories = {}
    for name in NAMES:
        with open(folder / 'saves' / 'study' / 'runs' / name / 'history.csv', encoding='utf-8') as file:
            histories[name] = [
                {column: value for column, value in row.items() if not column.endswith(('seconds', 'checksum'))}
                for row in csv.DictReader(file)
            ]
    return histories


def started(folder, *arguments):
    """A study in a process group of its own, which the processes it starts belong to."""
    command = [ROOT / 'bin' / 'study', *STUDY, *arguments]
    with open(folder / 'stderr.txt', 'a', encoding='utf-8') as stderr:
        return subprocess.Popen(
            [str(argument) for argument in command], cwd=folder, env=environment(folder), stdout=subprocess.DEVNULL,
            stderr=stderr, start_new_session=True,
        )  # fmt: skip


def wait_until(condition, seconds=120):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, f'not within {seconds} s'
        time.sleep(0.02)


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    """A study that was not interrupted."""
    folder = tmp_path_factory.mktemp('whole')
    stdout, stderr = run(folder, 'study', *STUDY, '--jobs', 2)
    return folder, stdout, stderr


def test_a_study_trains_its_runs_judges_and_reports(whole):
    folder, stdout, stderr = whole
    assert [line.split(': ')[:2] for line in stdout] == [['6a quick look', 'not tested']]
    assert sum(' seed 42: 0.' in line for line in stderr) == 3
    assert (folder / 'saves' / 'report' / REPORT / 'index.html').exists()
    assert sorted(path.name for path in (folder / 'saves' / 'study' / 'runs').iterdir()) == NAMES
    assert not (folder / 'saves' / 'summary').exists()  # the user's own curves are not crowded


def test_finished_runs_are_used_again(whole):
    folder, stdout, _ = whole
    before = {name: lines(folder, name) for name in NAMES}
    again, stderr = run(folder, 'study', *STUDY)
    assert again == stdout
    assert not any('to train' in line for line in stderr)
    assert before == {name: lines(folder, name) for name in NAMES}


def test_a_dry_run_lists_estimates_and_trains_nothing(tmp_path):
    stdout, _ = run(tmp_path, 'study', *STUDY, '--dry-run', '--jobs', 2)
    assert stdout[0].startswith('digits_relu-1568-500_seed-42: 0 of 2 epochs, about ')
    assert stdout[-1] == '3 of 3 runs to train: less than a minute with --jobs 2'
    assert not (tmp_path / 'saves').exists()


def test_an_unknown_comparison_is_a_usage_error(tmp_path):
    _, [line] = run(tmp_path, 'study', '--only', 'nothing', status=2)
    assert line.startswith('study: --only nothing: there is no such comparison; choose from 1 to 9 or raw-by-epoch')


def test_a_failed_run_is_reported_and_does_not_end_the_others(tmp_path):
    blocked = tmp_path / 'saves' / 'study' / 'runs' / NAMES[1]
    blocked.mkdir(parents=True)
    (blocked / 'config.json').write_text('{')
    stdout, stderr = run(tmp_path, 'study', *STUDY, status=1)
    assert len(stdout) == 1
    assert any('relu-1568-500 seed 42: failed' in line and 'config.json is damaged' in line for line in stderr)
    assert stderr[-1].startswith('study: 1 of 3 runs failed: relu-1568-500 seed 42; the same command')
    assert (
        'Not in the study: relu-1568-500 seed 42' in (tmp_path / 'saves' / 'report' / REPORT / 'report.md').read_text()
    )


def saved_lines(folder, name):
    """The epochs that a training state names: a kill may cost the one whose state is not written yet."""
    states = (folder / 'saves' / 'study' / 'runs' / name / 'checkpoints').glob('epoch-*')
    epochs = max((int(path.name.split('-')[1]) for path in states), default=0)
    return lines(folder, name)[:epochs]


class Kept:
    """What the runs have trained and saved so far, which later looks must find unchanged, times included."""

    def __init__(self, folder):
        self._folder, self._lines = folder, {}

    def check(self):
        for name in NAMES:
            now, before = saved_lines(self._folder, name), self._lines.get(name, [])
            assert now[: len(before)] == before
            self._lines[name] = now


def workers(study):
    """The process ids of a study's workers."""
    found = []
    for path in Path(f'/proc/{study.pid}/task').glob('*/children'):
        with contextlib.suppress(OSError):  # a thread or a child that has ended meanwhile
            for pid in path.read_text().split():
                if Path(f'/proc/{pid}/cmdline').read_bytes().endswith(b'\0worker\0'):
                    found.append(int(pid))
    return found


def is_there(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def trained(folder, runs):
    """A condition: so many runs, or more, have an epoch."""
    return lambda: sum(bool(lines(folder, name)) for name in NAMES) >= runs


def test_killed_at_five_points_no_run_is_done_twice_and_the_report_is_complete(tmp_path, whole):
    kept = Kept(tmp_path)
    # The worker, while it imports: the run is given to a second one.
    study = started(tmp_path, '--jobs', 1)
    wait_until(lambda: workers(study))
    [worker] = workers(study)
    os.kill(worker, signal.SIGKILL)
    wait_until(trained(tmp_path, 1))
    # The study alone, in its first or second run: its worker finishes that run and ends.
    [worker] = workers(study)
    os.kill(study.pid, signal.SIGKILL)
    study.wait()
    kept.check()
    # The worker alone, in the next run: the run goes on without it and is waited for.
    study = started(tmp_path, '--jobs', 1)
    wait_until(trained(tmp_path, 2))
    for second_worker in workers(study):
        os.kill(second_worker, signal.SIGKILL)
    kept.check()
    # Everything, in the last run: that one goes on from its last state.
    wait_until(trained(tmp_path, 3))
    os.killpg(study.pid, signal.SIGKILL)
    study.wait()
    kept.check()
    # While the report is written.
    study = started(tmp_path, '--jobs', 1)
    wait_until((tmp_path / 'saves' / 'report').exists)
    os.kill(study.pid, signal.SIGKILL)
    study.wait()
    kept.check()
    stdout, stderr = run(tmp_path, 'study', *STUDY)
    kept.check()
    assert not any('to train' in line for line in stderr)
    assert stdout == whole[1]
    assert results(tmp_path) == results(whole[0])
    [verdict] = json.loads((tmp_path / 'saves' / 'report' / REPORT / 'verdicts.json').read_text())
    assert verdict['verdict'] == 'quick look: not tested'
    assert (tmp_path / 'saves' / 'report' / REPORT / 'index.html').exists()
    assert (tmp_path / 'saves' / 'study' / 'comparisons' / REPORT / 'relu-300-100').is_dir()
    wait_until(lambda: not is_there(worker))


def test_no_kill_at_a_random_time_loses_or_repeats_a_run(tmp_path, whole, dose):
    if dose == 'few':
        pytest.skip('only with --faults: the five points above are the small dose')
    times = random.Random(3)
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        kept = Kept(folder)
        for _ in range(3):
            study = started(folder, '--jobs', 2)
            with contextlib.suppress(subprocess.TimeoutExpired):
                study.wait(times.uniform(0, 12))
            victims = [study.pid, *workers(study)]
            with contextlib.suppress(ProcessLookupError):
                os.kill(times.choice(victims), signal.SIGKILL)
                study.kill()
            study.wait()
            kept.check()
        assert run(folder, 'study', *STUDY)[0] == whole[1]
        kept.check()
        assert results(folder) == results(whole[0])


def test_two_studies_at_once_share_the_runs_and_both_report(tmp_path, whole):
    first = started(tmp_path, '--jobs', 1)
    second = started(tmp_path, '--jobs', 2)
    assert (first.wait(240), second.wait(240)) == (0, 0)
    printed = (tmp_path / 'stderr.txt').read_text()
    assert printed.count('another process is training') <= 2
    assert 'failed' not in printed
    assert results(tmp_path) == results(whole[0])
    assert (tmp_path / 'saves' / 'report' / REPORT / 'index.html').exists()


def test_sigterm_stops_the_runs_in_order(tmp_path):
    study = started(tmp_path, '--jobs', 2, '--epochs', 400)
    wait_until(lambda: any(lines(tmp_path, name) for name in NAMES))
    study.terminate()
    assert study.wait(60) == 143
    with pytest.raises(ProcessLookupError):
        os.killpg(study.pid, 0)  # not one of its runs is left


@contextlib.contextmanager
def cluster(folder, workers):
    """A scheduler and workers on 127.0.0.1, each in a process group of its own."""
    address = folder / 'scheduler.json'
    base = [sys.executable, '-m', 'distributed.cli.dask_']
    env = {**environment(folder), 'PYTHONPATH': str(ROOT)}
    quiet = {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL, 'env': env, 'start_new_session': True}
    scheduler = [*base[:-1], base[-1] + 'scheduler', '--host', '127.0.0.1', '--port', '0', '--no-dashboard']
    worker = [*base[:-1], base[-1] + 'worker', '--scheduler-file', str(address), '--nthreads', '1', '--no-nanny',
              '--no-dashboard', '--host', '127.0.0.1', '--local-directory', str(folder / 'dask')]  # fmt: skip
    processes = [subprocess.Popen([*scheduler, '--scheduler-file', str(address)], **quiet)]
    try:
        wait_until(lambda: address.exists() and address.read_text().strip().endswith('}'))
        processes += [subprocess.Popen(worker, **quiet) for _ in range(workers)]
        yield json.loads(address.read_text())['address'], processes[1:]
    finally:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_a_cluster_that_loses_a_worker_finds_the_same(tmp_path, whole):
    pytest.importorskip('distributed')
    with cluster(tmp_path, 2) as (address, workers):
        study = started(tmp_path, '--dask', address)
        wait_until(lambda: any(lines(tmp_path, name) for name in NAMES))
        os.killpg(workers[0].pid, signal.SIGKILL)
        assert study.wait(240) == 0, (tmp_path / 'stderr.txt').read_text()
    assert results(tmp_path) == results(whole[0])


def test_a_cluster_that_is_not_there_is_one_line(tmp_path):
    pytest.importorskip('distributed')
    _, stderr = run(tmp_path, 'study', *STUDY, '--dask', 'tcp://127.0.0.1:9', status=1)
    assert stderr[-1].startswith('study: there is no dask scheduler at tcp://127.0.0.1:9')
