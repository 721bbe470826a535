"""The measurements: epochs in turns, the whole command, and how time grows with width, batch size and images."""

import contextlib
import dataclasses
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from graph_mlp.benchmark.results import (
    BatchSizeTime,
    CommandTimes,
    ConcurrentTime,
    EpochResults,
    ImagesTime,
    ScalingTimes,
    WidthTime,
    peer_times,
    roofline,
)
from graph_mlp.benchmark.workers import SCRIPTS, Worker, last_line, write_job
from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Dataset
from graph_mlp.errors import RunError
from graph_mlp.runtime.process import own_command

WIDTHS = ((100, 50), (300, 100), (600, 200), (1000, 350), (1568, 500))
BATCH_SIZES = (35, 70, 140, 280)
SHARES = (0.25, 0.5, 1.0)  # of the training images
CONCURRENT_RUNS = (1, 2)


class Machine(NamedTuple):
    """What the programs compute on and where they find what they need."""

    threads: int
    device: str  # as in --device
    data_dir: str | None  # as in --data-dir
    tf1_python: str | None  # a Python 3.7 with TensorFlow 1.15; None: its loop is not timed


class Benchmark:
    """Times one network on one data set, under this program and under its peers."""

    def __init__(self, dataset: Dataset, config: RunConfig, machine: Machine, print_progress: Callable[[str], None]):
        self._dataset, self._config, self._machine = dataset, config, machine
        self._print_progress = print_progress

    def epochs(self, names: list[str], repeats: int) -> EpochResults:
        """Trains every peer for `repeats` + 1 epochs in turns; one that cannot start is left out with a message.

        Raises RunError where a peer that had started ends.
        """
        seconds: dict[str, list[float]] = {}
        accuracies: dict[str, list[float]] = {}
        gflops: list[float] = []
        with self._job(self._config) as job, contextlib.ExitStack() as stack:
            workers = self._start(names, job, stack)
            for epoch in range(repeats + 1):
                for name, worker in workers.items():
                    seconds.setdefault(name, []).append(worker.epoch(epoch))
                    accuracies.setdefault(name, []).append(worker.accuracy())
                    self._print_progress(f'epoch {epoch} {name} {seconds[name][-1]:.3f} s')
                if 'ours' in workers and epoch:
                    gflops.append(workers['ours'].gflops())
            peaks = {name: worker.quit() for name, worker in workers.items()}
        ours = seconds.get('ours')
        peers = {name: peer_times(seconds[name], accuracies[name], peaks[name], ours) for name in workers}
        return EpochResults(peers, roofline(gflops, self._epoch_gflop(self._config), ours) if ours else None)

    def command(self, epochs: int, repeats: int) -> CommandTimes:
        """Seconds from process start to exit: bin/train, and the notebook under TensorFlow 1.15, in turns."""
        seconds: dict[str, list[float]] = {}
        peaks = []
        tf1_python = self._machine.tf1_python
        with self._job(self._config) as job:
            notebook = [str(tf1_python), str(SCRIPTS / 'tensorflow1.py'), str(job), '--epochs', str(epochs)]
            for _ in range(repeats):
                with tempfile.TemporaryDirectory() as saves:
                    usage = timed(self._train_command(epochs, saves))
                seconds.setdefault('ours', []).append(usage.seconds)
                peaks.append(usage.peak_mib)
                self._print_progress(f'command ours {usage.seconds:.1f} s')
                if tf1_python:
                    usage = timed(notebook)
                    seconds.setdefault('tensorflow1', []).append(usage.seconds)
                    self._print_progress(f'command tensorflow1 {usage.seconds:.1f} s')
        medians = {name: statistics.median(times) for name, times in seconds.items()}
        ratio = medians['ours'] / medians['tensorflow1'] if tf1_python else None
        return CommandTimes(epochs, medians, ratio, max(peaks))

    def scaling(self, repeats: int) -> ScalingTimes:
        """Our seconds per epoch against hidden width, batch size and images, each in turns, and runs at once."""
        networks = [dataclasses.replace(self._config, hidden_sizes=sizes) for sizes in WIDTHS]
        widths = [
            WidthTime(list(network.hidden_sizes), self._epoch_gflop(network), seconds)
            for network, seconds in zip(networks, self._in_turns(networks, repeats), strict=True)
        ]
        self._print_rows('width', widths)
        batches = [dataclasses.replace(self._config, batch_size=size) for size in BATCH_SIZES]
        batch_sizes = list(map(BatchSizeTime, BATCH_SIZES, self._in_turns(batches, repeats)))
        self._print_rows('batch_size', batch_sizes)
        counts = [int(len(self._dataset.train.labels) * share) for share in SHARES]
        images = list(map(ImagesTime, counts, self._in_turns([self._config] * len(counts), repeats, counts)))
        self._print_rows('images', images)
        concurrent = [ConcurrentTime(runs, self._at_once(runs, repeats)) for runs in CONCURRENT_RUNS]
        self._print_rows('concurrent', concurrent)
        return ScalingTimes(widths, batch_sizes, images, concurrent)

    def _start(self, names: list[str], job: Path, stack: contextlib.ExitStack) -> dict[str, Worker]:
        workers = {}
        for name in names:
            self._print_progress(f'starting {name}')
            try:
                worker = Worker(name, job, self._machine.threads, self._machine.tf1_python)
            except RunError as error:
                self._print_progress(f'skipped: {error}')
            else:
                workers[name] = stack.enter_context(worker)
        return workers

    def _train_command(self, epochs: int, saves: str) -> list[str]:
        threads, device, data_dir, _ = self._machine
        data = ['--dataset', self._dataset.flag, *(['--data-dir', data_dir] if data_dir else [])]
        machine = ['--threads', threads, '--device', device]
        return own_command(
            'train', '--tag', self._config.model_tag, '--epochs', epochs, '--saves-dir', saves, *machine, *data
        )

    def _epoch_gflop(self, config: RunConfig) -> float:
        return config.step_flops * (len(self._dataset.train.labels) // config.batch_size) / 1e9

    def _in_turns(self, networks: list[RunConfig], repeats: int, images: list[int] | None = None) -> list[float]:
        """The median seconds of an epoch of each network; `images`, where given, is how many it is trained on."""
        with contextlib.ExitStack() as stack:
            jobs = [
                stack.enter_context(self._job(network, images[number] if images else None))
                for number, network in enumerate(networks)
            ]
            workers = [stack.enter_context(Worker('ours', job, self._machine.threads)) for job in jobs]
            seconds = [[worker.epoch(epoch) for worker in workers] for epoch in range(repeats + 1)]
        return [statistics.median(times) for times in zip(*seconds[1:], strict=True)]

    def _at_once(self, runs: int, repeats: int) -> float:
        """The slowest run's median seconds per epoch when several run at once, each on one thread."""

        def train(worker: Worker) -> float:
            return statistics.median([worker.epoch(epoch) for epoch in range(repeats + 1)][1:])

        with contextlib.ExitStack() as stack:
            jobs = [stack.enter_context(self._job(self._config, threads=1)) for _ in range(runs)]
            workers = [stack.enter_context(Worker('ours', job, 1)) for job in jobs]
            with ThreadPoolExecutor(runs) as pool:
                return max(pool.map(train, workers))

    def _print_rows(
        self, quantity: str, rows: Sequence[WidthTime | BatchSizeTime | ImagesTime | ConcurrentTime]
    ) -> None:
        self._print_progress(f'{quantity} {[row._asdict() for row in rows]}')

    @contextlib.contextmanager
    def _job(self, config: RunConfig, images: int | None = None, threads: int | None = None) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix='graph_mlp-benchmark-') as folder:
            threads = threads or self._machine.threads
            write_job(Path(folder), self._dataset, config, threads, self._machine.device, images)
            yield Path(folder)


class ProcessUsage(NamedTuple):
    """What a process took."""

    seconds: float  # from start to exit
    peak_mib: float  # the most memory it held


def timed(command: list[str]) -> ProcessUsage:
    """Runs a command to its end; raises RunError, with the last line on its stderr, where the exit status is not 0."""
    with tempfile.TemporaryFile('w+') as stderr:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RunError(f'{" ".join(command)} ended with exit status {process.returncode}: {last_line(stderr)}')
    return ProcessUsage(seconds, usage.ru_maxrss / (1024 if sys.platform != 'darwin' else 1024 * 1024))
