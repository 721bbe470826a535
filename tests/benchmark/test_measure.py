import itertools
import json
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from graph_mlp.benchmark import measure
from graph_mlp.benchmark.measure import PEERS, SCRIPTS, Benchmark, Job, peer, peer_times, timed, write_job
from graph_mlp.benchmark.peers import protocol
from graph_mlp.config import RunConfig
from graph_mlp.errors import RunError
from graph_mlp.runtime.process import available_cores

CONFIG = RunConfig(hidden_sizes=(2,), dataset='digits')
CORE = available_cores()[-1:]
# A peer that answers 0.25 to all; a test's script changes what it answers.
HEADER = f"""
import os, sys, time
sys.path.insert(0, {str(Path(protocol.__file__).parent)!r})
import protocol
job = protocol.Job()
answers = {{'epoch': lambda order: None, 'accuracy': lambda: 0.25}}
"""
SERVE = "\njob.serve(job.order, answers['epoch'], answers['accuracy'])\n"
DIES = "answers['epoch'] = lambda order: sys.exit('no memory')" + SERVE


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Puts scripts, by the name of their peer, in the place of the real ones; each begins with HEADER."""

    def put(**scripts):
        for name, script in scripts.items():
            (tmp_path / f'{name}.py').write_text(HEADER + script)
            monkeypatch.setitem(PEERS, name, measure.Program(f'{name}.py', 'variant', name))
        monkeypatch.setattr(measure, 'SCRIPTS', tmp_path)
        return list(scripts)

    return put


@pytest.fixture
def benchmark(digits):
    """Makes one of a network of two hidden units."""
    return lambda names, cores=CORE: Benchmark(digits, CONFIG, names, cores, 'cpu', None, None)


@pytest.fixture
def started(programs, tmp_path, digits):
    """Starts a peer of this script on a job of six images."""

    def start(script):
        (tmp_path / 'job').mkdir()
        write_job(tmp_path / 'job', digits, Job(CONFIG, 6, [CORE]), 'cpu')
        programs(ours=script)
        return peer('ours', tmp_path / 'job', CORE)

    return start


def test_a_job_holds_what_peers_read(tmp_path, digits):
    write_job(tmp_path, digits, Job(CONFIG, 6, [[0, 1]]), 'cpu')
    assert json.loads((tmp_path / 'job.json').read_text()) == {
        'config': json.loads(msgspec.json.encode(CONFIG)), 'kernel_shapes': [[784, 2], [2, 10]], 'threads': 2,
        'device': 'cpu',
    }  # fmt: skip
    written = np.load(tmp_path / 'data.npz').values()
    expected = (digits.train.images[:6], digits.train.labels[:6], *digits.test)
    assert all(itertools.starmap(np.array_equal, zip(written, expected, strict=True)))


def test_every_peer_has_its_script():
    assert [name for name, program in PEERS.items() if not (SCRIPTS / program.script).is_file()] == []


def test_peers_train_in_turns_and_are_compared_with_ours(benchmark, programs, capsys):
    slow = "answers['epoch'] = lambda order: time.sleep(0.2)" + SERVE
    peers = benchmark(programs(other=slow, ours=SERVE)).epochs(repeats=1)['peers']
    lines = [line.rsplit(' ', 2)[0] for line in capsys.readouterr().err.splitlines() if line.startswith('epoch')]
    assert lines == ['epoch 0 other', 'epoch 0 ours', 'epoch 1 other', 'epoch 1 ours']
    assert peers['ours']['ratio_to_ours'] == 1 < peers['other']['ratio_to_ours']
    assert peers['other']['median_seconds'] > 0.2
    assert peers['other']['accuracy'] == 0.25
    assert benchmark(['other']).epochs(repeats=1)['peers']['other']['ratio_to_ours'] is None  # without ours


@pytest.mark.parametrize(
    ('accuracies', 'reached'),
    [((0.97, 0.9, 0.9), 8.0), ((0.9, 0.971, 0.99), 10.0), ((0.9, 0.95, 0.97), 11.0), ((0.9, 0.95, 0.9699), None)],
)
def test_the_first_epoch_is_apart_but_counts_on_the_way_to_97_percent(accuracies, reached):
    assert peer_times(list(zip((8.0, 2.0, 1.0), accuracies, strict=True)), peak_mib=50.0) == {
        'median_seconds': 1.5, 'least_seconds': 1.0, 'first_epoch_seconds': 8.0, 'seconds_to_97': reached,
        'accuracy': accuracies[-1], 'peak_mib': 50.0,
    }  # fmt: skip


def test_a_peer_that_cannot_start_is_left_out_and_named_once(benchmark, programs, capsys):
    names = programs(ours=SERVE, other="sys.exit('no such device')")
    measured = benchmark(names)
    assert [list(measured.epochs(repeats=1)['peers']) for _ in range(2)] == [['ours'], ['ours']]
    assert capsys.readouterr().err.count('skipped: peer other ended: no such device') == 1


def test_a_peer_that_ends_while_it_trains_ends_the_benchmark(benchmark, programs):
    with pytest.raises(RunError, match='peer other ended: no memory'):
        benchmark(programs(ours=SERVE, other=DIES)).epochs(repeats=1)


def test_scaling_times_widths_and_threads_and_ours_by_what_else_grows(benchmark, programs, monkeypatch):
    monkeypatch.setattr(measure, 'WIDTHS', ((2,), (4, 3)))
    monkeypatch.setattr(measure, 'BATCH_SIZES', (35, 140))
    cores = available_cores()
    rows = benchmark(programs(other=SERVE, ours=SERVE), cores).scaling(repeats=1)
    threads = sorted({1, len(cores)})
    networks = list(itertools.product(('BN_elu-2', 'BN_elu-4-3', 'relu-2'), threads))
    assert [(row['network'], row['threads']) for row in rows[: len(networks)]] == networks
    assert {tuple(row['seconds']) for row in rows[: len(networks)]} == {('other', 'ours')}
    growing = [(row['batch_size'], row['images'], row['runs_at_once']) for row in rows[len(networks) :]]
    by_images = [(70, images, 1) for images in (299, 598, 1197)]
    assert growing == [(35, 1197, 1), (140, 1197, 1), *by_images, (70, 1197, 1), (70, 1197, 2)]
    assert {tuple(row['seconds']) for row in rows[len(networks) :]} == {('ours',)}


def test_of_runs_at_once_the_slowest_counts(benchmark, programs, tmp_path):
    first = str(tmp_path / 'first')
    first_is_slow = f"""
if not os.path.exists({first!r}):
    os.mkdir({first!r})
    answers['epoch'] = lambda order: time.sleep(0.3)
"""
    made = benchmark(programs(ours=first_is_slow + SERVE))
    [peers] = made.in_turns(['ours'], [Job(CONFIG, 70, [CORE, CORE])], repeats=1)
    assert peers['ours']['least_seconds'] > 0.3


@pytest.mark.parametrize(
    ('script', 'last_line'),
    [
        ('sys.exit("no\\nmodule")', 'module'),
        ('os._exit(1)', 'it printed no message'),
        ('sys.exit("x" * 400)', 'x' * 300),
    ],
    ids=['message', 'none', 'long'],
)
def test_a_peer_that_does_not_start_is_one_line(started, script, last_line):
    with pytest.raises(RunError) as raised, started(script):
        pass
    assert str(raised.value) == f'peer ours ended: {last_line}'


def test_a_peer_that_has_ended_is_one_line_at_every_question(started):
    with started(DIES) as ask:
        for request in ('epoch 0', 'accuracy', 'accuracy'):
            with pytest.raises(RunError, match=r'^peer ours ended: no memory$'):
                ask(request)


def test_the_end_of_the_context_ends_the_process(started):
    with started("answers['accuracy'] = os.getpid" + SERVE) as ask:
        process = int(ask('accuracy'))
        assert Path(f'/proc/{process}').exists()
    assert not Path(f'/proc/{process}').exists()


def test_a_peer_is_held_to_its_cores_and_knows_its_variant(started):
    script = "\nassert job.variant == 'variant'\nanswers['accuracy'] = lambda: float(*os.sched_getaffinity(0))"
    with started(script + SERVE) as ask:
        assert ask('accuracy') == CORE[0]


def test_a_command_that_fails_is_one_line_with_its_last_one():
    script = "import sys; print('first', file=sys.stderr); sys.exit('last')"
    with pytest.raises(RunError, match=r'ended: last$'):
        timed([sys.executable, '-c', script], CORE)


def test_a_command_is_timed_from_start_to_exit_on_its_cores():
    waits = f'import os, time; time.sleep(0.3); assert os.sched_getaffinity(0) == {set(CORE)}'
    seconds, peak_mib = timed([sys.executable, '-c', waits], CORE)
    assert seconds > 0.3
    assert peak_mib > 1
