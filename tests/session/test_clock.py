import os
import signal
import subprocess
import sys
import time

import pytest

from graph_mlp.session import clock as clock_module
from graph_mlp.session.clock import Clock
from tests.conftest import ROOT

STOPPED = 2.5  # seconds


@pytest.fixture
def set_time(monkeypatch):
    """Sets the clock that Clock reads; it stands at 100 s."""
    now = [100.0]
    monkeypatch.setattr(clock_module.time, 'monotonic', lambda: now[0])
    return lambda seconds: now.__setitem__(0, seconds)


def test_it_counts_what_passes_between_two_looks(set_time):
    clock = Clock()
    set_time(100.25)
    assert clock.seconds() == 0.25
    set_time(101.0)
    assert clock.seconds() == 1.0


def test_a_second_without_a_look_does_not_count(set_time):
    clock = Clock()
    set_time(100.5)
    clock.seconds()
    set_time(130.0)
    assert clock.seconds() == 0.5
    set_time(130.25)
    assert clock.seconds() == 0.75


PROGRAM = """
import sys, time
from graph_mlp.session.clock import Clock
with Clock() as clock:
    before = clock.seconds()
    print(flush=True)
    end = time.monotonic() + 4.5
    while time.monotonic() < end:  # one call that nobody looks at the time in, but the thread
        time.sleep(0.01)
    print(clock.seconds() - before)
"""


def test_a_process_that_is_stopped_counts_the_seconds_it_ran():
    process = subprocess.Popen(
        [sys.executable, '-c', PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, env=dict(os.environ), text=True
    )
    process.stdout.readline()
    time.sleep(0.5)
    process.send_signal(signal.SIGSTOP)
    time.sleep(STOPPED)
    process.send_signal(signal.SIGCONT)
    counted = float(process.communicate(timeout=30)[0])
    assert counted < 4.5 - STOPPED + 1.0
