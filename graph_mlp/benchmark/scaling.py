"""How the seconds of an epoch grow: every peer's with width and threads, ours with batch size, images and runs."""

import contextlib
import dataclasses
import itertools
import statistics
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from graph_mlp.benchmark.measure import Benchmark
from graph_mlp.benchmark.results import BatchSizeTime, ConcurrentTime, ImagesTime, NetworkTimes, ScalingTimes
from graph_mlp.benchmark.workers import Worker
from graph_mlp.config import RunConfig

WIDTHS = ((100, 50), (300, 100), (600, 200), (1000, 350), (1568, 500))
BATCH_SIZES = (35, 70, 140, 280)
SHARES = (0.25, 0.5, 1.0)  # of the training images
CONCURRENT_RUNS = (1, 2)


def scaling(benchmark: Benchmark, names: list[str], repeats: int) -> ScalingTimes:
    """Measures every row; what a row compares is timed in turns, and the first epoch, which compiles, is left out.

    Raises RunError where a peer ends.
    """
    config, train = benchmark.config, benchmark.dataset.train
    widths = [dataclasses.replace(config, hidden_sizes=sizes) for sizes in WIDTHS]
    relu = dataclasses.replace(config, activation='relu', batch_norm=False)
    networks = [times for network in (*widths, relu) for times in network_times(benchmark, network, names, repeats)]
    batches = [dataclasses.replace(config, batch_size=size) for size in BATCH_SIZES]
    batch_sizes = list(map(BatchSizeTime, BATCH_SIZES, _in_turns(benchmark, batches, repeats)))
    _print_rows(benchmark, 'batch_size', batch_sizes)
    counts = [int(len(train.labels) * share) for share in SHARES]
    images = list(map(ImagesTime, counts, _in_turns(benchmark, [config] * len(counts), repeats, counts)))
    _print_rows(benchmark, 'images', images)
    concurrent = [ConcurrentTime(runs, _at_once(benchmark, runs, repeats)) for runs in CONCURRENT_RUNS]
    _print_rows(benchmark, 'concurrent', concurrent)
    return ScalingTimes(networks, batch_sizes, images, concurrent)


def network_times(benchmark: Benchmark, network: RunConfig, names: list[str], repeats: int) -> list[NetworkTimes]:
    """One network's epochs under every peer on one core, and on all where there are more, all of them in turns."""
    cores = benchmark.machine.cores
    workers: dict[int, dict[str, Worker]] = {}  # by the number of threads, then by the name of the peer
    gflops: dict[int, list[float]] = {}
    with contextlib.ExitStack() as stack:
        for threads in sorted({1, len(cores)}):
            job = stack.enter_context(benchmark.job(network, threads=threads))
            workers[threads] = benchmark.start(names, job, cores[:threads], stack)
        seconds: dict[int, list[dict[str, float]]] = {threads: [] for threads in workers}
        for epoch in range(repeats + 1):
            for threads, peers in workers.items():
                seconds[threads].append({name: worker.epoch(epoch) for name, worker in peers.items()})
                if 'ours' in peers:
                    gflops.setdefault(threads, []).append(peers['ours'].gflops())
    gflop = benchmark.epoch_gflop(network)
    rows = []
    for threads, peers in workers.items():
        medians = {name: statistics.median(times[name] for times in seconds[threads][1:]) for name in peers}
        products = gflop / statistics.median(gflops[threads]) if threads in gflops else None
        rows.append(NetworkTimes(network.model_tag, threads, gflop, products, medians))
    _print_rows(benchmark, 'network', rows)
    return rows


def _in_turns(
    benchmark: Benchmark, networks: list[RunConfig], repeats: int, images: list[int] | None = None
) -> list[float]:
    """The median seconds of our epoch of each network; `images`, where given, is how many it is trained on."""
    with contextlib.ExitStack() as stack:
        jobs = [
            stack.enter_context(benchmark.job(network, images[number] if images else None))
            for number, network in enumerate(networks)
        ]
        workers = [stack.enter_context(Worker('ours', job, benchmark.machine.cores)) for job in jobs]
        seconds = [[worker.epoch(epoch) for worker in workers] for epoch in range(repeats + 1)]
    return [statistics.median(times) for times in zip(*seconds[1:], strict=True)]


def _at_once(benchmark: Benchmark, runs: int, repeats: int) -> float:
    """The slowest run's median seconds per epoch when several run at once, each on a core; few cores are shared."""

    def train(worker: Worker) -> float:
        return statistics.median([worker.epoch(epoch) for epoch in range(repeats + 1)][1:])

    cores = itertools.islice(itertools.cycle(benchmark.machine.cores), runs)
    with contextlib.ExitStack() as stack:
        jobs = [stack.enter_context(benchmark.job(benchmark.config, threads=1)) for _ in range(runs)]
        workers = [stack.enter_context(Worker('ours', job, [core])) for job, core in zip(jobs, cores, strict=True)]
        with ThreadPoolExecutor(runs) as pool:
            return max(pool.map(train, workers))


def _print_rows(
    benchmark: Benchmark, quantity: str, rows: Sequence[NetworkTimes | BatchSizeTime | ImagesTime | ConcurrentTime]
) -> None:
    benchmark.print_progress(f'{quantity} {[row._asdict() for row in rows]}')
