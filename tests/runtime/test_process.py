import os
import platform
import subprocess
import sys

import pytest

from graph_mlp import __version__
from graph_mlp.runtime.process import (
    available_cores,
    available_threads,
    last_line,
    own_command,
    pin,
    processor_features,
    processor_name,
)
from tests.conftest import ROOT


def output(folder):
    """What the program's own `--version` prints in `folder`, without a PYTHONPATH."""
    environment = {name: value for name, value in os.environ.items() if name != 'PYTHONPATH'}
    return subprocess.run(
        own_command('--version'), cwd=folder, env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_the_command_runs_this_version_from_another_folder(tmp_path):
    assert output(tmp_path) == f'graph-mlp {__version__}\n'


def test_what_the_user_keeps_in_the_current_folder_is_not_imported(tmp_path):
    (tmp_path / 'graph_mlp.py').write_text('raise SystemExit("the user\'s own")')
    assert output(tmp_path) == f'graph-mlp {__version__}\n'


def test_arguments_of_any_type_become_text(tmp_path):
    assert own_command('train', '--saves-dir', tmp_path, '--epochs', 3)[2:] == [
        'train', '--saves-dir', str(tmp_path), '--epochs', '3']  # fmt: skip


def test_the_cores_are_those_that_this_process_may_use(monkeypatch):
    monkeypatch.setattr(os, 'sched_getaffinity', lambda process: {3, 5}, raising=False)
    assert available_threads() == 2


def test_there_is_at_least_one_thread_where_the_system_tells_nothing(monkeypatch):
    monkeypatch.delattr(os, 'sched_getaffinity', raising=False)
    monkeypatch.setattr(os, 'cpu_count', lambda: None)
    assert available_threads() == 1


def test_a_process_that_is_pinned_uses_these_cores_alone():
    process = subprocess.Popen(['sleep', '60'])
    try:
        pin(process.pid, available_cores()[-1:])
        assert os.sched_getaffinity(process.pid) == {available_cores()[-1]}
    finally:
        process.kill()
        process.wait()


def test_the_last_line_of_nothing_says_so():
    assert last_line(b'a\nb\n\n') == 'b'
    assert last_line(b'') == 'it printed no message'


def test_the_features_begin_with_the_processors_name():
    assert processor_name()
    assert processor_features().startswith(processor_name())


LARGE_BLOCK = """
from graph_mlp.runtime.process import return_large_blocks
import numpy as np
def resident_mib():
    with open('/proc/self/status') as file:
        return next(int(line.split()[1]) for line in file if line.startswith('VmRSS:')) / 1024
return_large_blocks()
for _ in range(2):  # the first one freed would tell glibc that blocks of its size are worth keeping
    block = np.ones(20 * 2**20, np.uint8)
    above = np.ones(1000)  # lies above the block where the block is in the heap
    before = resident_mib()
    del block
    print(before - resident_mib())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='another C library')
def test_a_large_block_that_is_freed_goes_back_to_the_system():
    done = subprocess.run([sys.executable, '-c', LARGE_BLOCK], capture_output=True, text=True, check=True, cwd=ROOT)
    assert [float(line) for line in done.stdout.split()] == pytest.approx([20, 20], abs=1)
