import pytest

from graph_mlp.runtime.timings import STAGES, Timings, process_started
from tests.cli.commands import run


def clock(*times):
    return iter(times).__next__


def test_the_seconds_of_a_stage_are_added_up_and_shared_out():
    timings = Timings(clock(1.0, 3.0, 6.0, 10.0), started=0.0)
    for stage in ('data', 'steps', 'data'):
        timings.begin(stage)
    lines = [line.split() for line in timings.table()]
    assert lines[0] == ['stage', 'seconds', 'share', 'peak', 'MiB', 'so', 'far']
    seconds = {name: (float(seconds), share) for name, seconds, share, *_ in lines[1:]}
    # 1 s of import, then 2 of data, 3 of steps and 4 of data again.
    assert seconds == {
        **dict.fromkeys(STAGES, (0.0, '0%')),
        'import': (1.0, '10%'), 'data': (6.0, '60%'), 'steps': (3.0, '30%'), 'all': (10.0, '100%'),
    }  # fmt: skip


def test_the_memory_is_that_of_the_stages_that_there_were():
    timings = Timings()
    timings.begin('data')
    with_memory = [line.split()[0] for line in timings.table() if len(line.split()) == 4]
    assert with_memory == ['import', 'data', 'all']


def test_a_stage_that_is_none_is_an_error():
    with pytest.raises(KeyError):
        Timings().begin('lunch')


def test_a_process_was_started_before_now():
    import time

    assert 0 < time.monotonic() - process_started() < 3600 * 24


def test_bin_train_ends_with_the_table_on_stderr(tmp_path):
    train = ('train', '--dataset', 'digits', '--tag', 'elu-4', '--epochs', 1)
    stdout, stderr = run(tmp_path, *train, '--timings')
    assert [line.split()[0] for line in stderr[-len(STAGES) - 1 :]] == [*STAGES, 'all']
    assert len(stdout) == 1
    assert 'steps' not in run(tmp_path, *train, '--overwrite')[1][-1]
