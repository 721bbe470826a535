import pytest

from graph_mlp.benchmark import scaling as module
from graph_mlp.benchmark.measure import Benchmark, Machine
from graph_mlp.benchmark.scaling import network_times, scaling
from graph_mlp.config import RunConfig
from graph_mlp.errors import RunError
from graph_mlp.runtime.process import available_cores
from tests.benchmark.scripts import SERVE, use_scripts

CONFIG = RunConfig((2,), dataset='digits')
DIES = 'Fake.epoch = lambda *_: sys.exit(3)\n' + SERVE


@pytest.fixture
def benchmark(digits):
    """Of a network of two hidden units on all cores; its progress lines are in `progress`."""
    progress = []
    benchmark = Benchmark(digits, CONFIG, Machine(available_cores(), 'cpu', None, None), progress.append)
    benchmark.progress = progress
    return benchmark


def test_every_width_batch_size_share_and_number_of_runs_is_timed(benchmark, tmp_path, monkeypatch):
    use_scripts(monkeypatch, tmp_path, {'ours': SERVE})
    monkeypatch.setattr(module, 'WIDTHS', ((2,), (4, 3)))
    monkeypatch.setattr(module, 'BATCH_SIZES', (35, 140))
    rows = scaling(benchmark, ['ours'], repeats=1)
    tags = list(dict.fromkeys(row.tag for row in rows.networks))
    assert tags == ['BN_elu-2', 'BN_elu-4-3', 'relu-2']
    assert [row.batch_size for row in rows.batch_size] == [35, 140]
    assert [row.images for row in rows.images] == [299, 598, 1197]
    assert [row.runs for row in rows.concurrent] == [1, 2]


def test_a_network_is_timed_on_one_thread_and_on_all(benchmark, tmp_path, monkeypatch):
    use_scripts(monkeypatch, tmp_path, {'ours': SERVE})
    rows = network_times(benchmark, CONFIG, ['ours'], repeats=1)
    assert [row.threads for row in rows] == sorted({1, len(available_cores())})


def test_a_networks_products_take_their_number_over_the_speed_of_a_large_product(benchmark, tmp_path, monkeypatch):
    use_scripts(monkeypatch, tmp_path, {'ours': SERVE})
    row = network_times(benchmark, CONFIG, ['ours'], repeats=1)[0]
    # 1197 images are 17 batches of 70; a step of 784-2-10 is 2 * 70 * (3 * (1568 + 20) - 1568) operations.
    assert row.gflop == pytest.approx(17 * 447_440 / 1e9)
    assert row.products_seconds == pytest.approx(row.gflop / 100)


def test_peers_of_a_network_train_in_turns(benchmark, tmp_path, monkeypatch):
    log = tmp_path / 'order'
    for name in ('ours', 'other'):
        script = f"Fake.epoch = lambda *_: open({str(log)!r}, 'a').write('{name} ')\n" + SERVE
        use_scripts(monkeypatch, tmp_path, {name: script})
    benchmark.machine = benchmark.machine._replace(cores=available_cores()[:1])
    [row] = network_times(benchmark, CONFIG, ['ours', 'other'], repeats=1)
    assert log.read_text().split() == ['ours', 'other'] * 2
    assert list(row.seconds) == ['ours', 'other']


def test_without_this_program_nothing_is_said_of_products(benchmark, tmp_path, monkeypatch):
    use_scripts(monkeypatch, tmp_path, {'other': SERVE})
    assert network_times(benchmark, CONFIG, ['other'], repeats=1)[0].products_seconds is None


def test_a_run_that_ends_beside_another_ends_the_benchmark(benchmark, tmp_path, monkeypatch):
    use_scripts(monkeypatch, tmp_path, {'ours': DIES})
    monkeypatch.setattr(module, 'network_times', lambda *_: [])
    monkeypatch.setattr(module, '_in_turns', lambda _, networks, *rest: [0.0] * len(networks))
    with pytest.raises(RunError, match='peer ours ended'):
        scaling(benchmark, ['ours'], repeats=1)
