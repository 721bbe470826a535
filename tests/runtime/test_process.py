import os
import subprocess

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


def test_the_command_runs_this_version_whatever_the_user_keeps_in_the_current_folder(tmp_path):
    (tmp_path / 'graph_mlp.py').write_text('raise SystemExit("the user\'s own")')
    environment = {name: value for name, value in os.environ.items() if name != 'PYTHONPATH'}
    done = subprocess.run(
        own_command('--version'), cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == f'graph-mlp {__version__}\n'


def test_the_threads_are_the_cores_that_this_process_may_use_and_at_least_one(monkeypatch):
    monkeypatch.setattr(os, 'sched_getaffinity', lambda process: {3, 5}, raising=False)
    assert available_threads() == 2
    monkeypatch.delattr(os, 'sched_getaffinity')
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
    assert processor_features().startswith(processor_name() or 'a name')
