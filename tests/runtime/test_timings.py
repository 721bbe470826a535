import pytest

from graph_mlp.runtime import timings
from tests.cli.commands import run


def test_the_seconds_of_a_stage_are_added_up_and_shared_out(monkeypatch):
    times = iter([3.0, 6.0, 10.0, 10.0])
    monkeypatch.setattr(timings, '_seconds', dict.fromkeys(timings.STAGES, 0.0))
    monkeypatch.setattr(timings, '_peaks', {})
    monkeypatch.setattr(timings, '_current', 'import')
    monkeypatch.setattr(timings, '_since', 2.0)
    monkeypatch.setattr(timings, '_seconds_before_import', lambda: 2.0)
    monkeypatch.setattr(timings.time, 'monotonic', lambda: next(times))
    for name in ('data', 'train', 'data'):
        timings.stage(name)
    header, *lines = [line.split() for line in timings.table()]
    assert header[:3] == ['stage', 'seconds', 'share']
    found = {name: (float(seconds), share) for name, seconds, share, *_ in lines}
    # 3 s until the import is done, then 3 of data, 4 of steps and none of data again.
    assert found == {
        **dict.fromkeys(timings.STAGES, (0.0, '0%')),
        'import': (3.0, '30%'), 'data': (3.0, '30%'), 'train': (4.0, '40%'), 'all': (10.0, '100%'),
    }  # fmt: skip
    assert [line[0] for line in lines if len(line) == 4] == ['import', 'data', 'train', 'all']  # the peaks of memory


def test_bin_train_ends_with_the_table_on_stderr(tmp_path):
    train = ('train', '--dataset', 'digits', '--tag', 'elu-4', '--epochs', 1)
    stdout, stderr = run(tmp_path, *train, '--timings', typed=True)
    assert [line.split()[0] for line in stderr[-len(timings.STAGES) - 1 :]] == [*timings.STAGES, 'all']
    assert float(stderr[-1].split()[1]) == pytest.approx(sum(float(line.split()[1]) for line in stderr[-7:-1]), abs=0.1)
    assert len(stdout) == 1
