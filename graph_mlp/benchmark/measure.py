"""The measurements: every program's epochs in turns, and the whole command."""

import contextlib
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from graph_mlp.benchmark.results import CommandTimes, EpochResults, peer_times, roofline
from graph_mlp.benchmark.workers import SCRIPTS, Worker, last_logged_line, write_job
from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Dataset
from graph_mlp.errors import RunError
from graph_mlp.runtime.process import own_command, pin


class Machine(NamedTuple):
    """What the programs compute on and where they find what they need."""

    cores: list[int]  # the processor cores that every program is held to; it has as many threads
    device: str  # as in --device
    data_dir: str | None  # as in --data-dir
    tf1_python: str | None  # a Python 3.7 with TensorFlow 1.15; None: its loop is not timed


class Benchmark:
    """Times one network on one data set, under this program and under its peers."""

    def __init__(self, dataset: Dataset, config: RunConfig, machine: Machine, print_progress: Callable[[str], None]):
        self.dataset, self.config, self.machine = dataset, config, machine
        self.print_progress = print_progress

    def epochs(self, names: list[str], repeats: int) -> EpochResults:
        """Trains every peer for `repeats` + 1 epochs in turns; one that cannot start is left out with a message.

        Raises RunError where a peer that had started ends.
        """
        seconds: dict[str, list[float]] = {}
        accuracies: dict[str, list[float]] = {}
        gflops: list[float] = []
        with self.job(self.config) as job, contextlib.ExitStack() as stack:
            workers = self.start(names, job, self.machine.cores, stack)
            for epoch in range(repeats + 1):
                for name, worker in workers.items():
                    seconds.setdefault(name, []).append(worker.epoch(epoch))
                    accuracies.setdefault(name, []).append(worker.accuracy())
                    self.print_progress(f'epoch {epoch} {name} {seconds[name][-1]:.3f} s')
                if 'ours' in workers and epoch:
                    gflops.append(workers['ours'].gflops())
            peaks = {name: worker.quit() for name, worker in workers.items()}
        ours = seconds.get('ours')
        peers = {name: peer_times(seconds[name], accuracies[name], peaks[name], ours) for name in workers}
        return EpochResults(peers, roofline(gflops, self.epoch_gflop(self.config), ours) if ours else None)

    def command(self, epochs: int, repeats: int) -> CommandTimes:
        """Seconds from process start to exit: bin/train, and the notebook under TensorFlow 1.15, in turns."""
        seconds: dict[str, list[float]] = {}
        peaks = []
        tf1_python = self.machine.tf1_python
        with self.job(self.config) as job:
            notebook = [str(tf1_python), str(SCRIPTS / 'tensorflow1.py'), str(job), '--epochs', str(epochs)]
            for _ in range(repeats):
                with tempfile.TemporaryDirectory() as saves:
                    usage = timed(self._train_command(epochs, saves), self.machine.cores)
                seconds.setdefault('ours', []).append(usage.seconds)
                peaks.append(usage.peak_mib)
                self.print_progress(f'command ours {usage.seconds:.1f} s')
                if tf1_python:
                    usage = timed(notebook, self.machine.cores)
                    seconds.setdefault('tensorflow1', []).append(usage.seconds)
                    self.print_progress(f'command tensorflow1 {usage.seconds:.1f} s')
        medians = {name: statistics.median(times) for name, times in seconds.items()}
        ratio = medians['ours'] / medians['tensorflow1'] if tf1_python else None
        return CommandTimes(epochs, medians, ratio, max(peaks))

    def start(self, names: list[str], job: Path, cores: list[int], stack: contextlib.ExitStack) -> dict[str, Worker]:
        """Starts the peers on these cores, to end with `stack`; one that cannot start is left out with a message."""
        workers = {}
        for name in names:
            self.print_progress(f'starting {name}')
            try:
                worker = Worker(name, job, cores, self.machine.tf1_python)
            except RunError as error:
                self.print_progress(f'skipped: {error}')
            else:
                workers[name] = stack.enter_context(worker)
        return workers

    def _train_command(self, epochs: int, saves: str) -> list[str]:
        cores, device, data_dir, _ = self.machine
        data = ['--dataset', self.dataset.flag, *(['--data-dir', data_dir] if data_dir else [])]
        machine = ['--threads', len(cores), '--device', device]
        return own_command(
            'train', '--tag', self.config.model_tag, '--epochs', epochs, '--saves-dir', saves, *machine, *data
        )

    def epoch_gflop(self, config: RunConfig) -> float:
        """10^9 operations: the matrix products of an epoch of this network on all training images."""
        return config.step_flops * (len(self.dataset.train.labels) // config.batch_size) / 1e9

    @contextlib.contextmanager
    def job(self, config: RunConfig, images: int | None = None, threads: int | None = None) -> Iterator[Path]:
        """The folder that peers of this network read; `images` and `threads`: how many (None: all)."""
        with tempfile.TemporaryDirectory(prefix='graph_mlp-benchmark-') as folder:
            threads = threads or len(self.machine.cores)
            write_job(Path(folder), self.dataset, config, threads, self.machine.device, images)
            yield Path(folder)


class ProcessUsage(NamedTuple):
    """What a process took."""

    seconds: float  # from start to exit
    peak_mib: float  # the most memory it held


def timed(command: list[str], cores: Sequence[int]) -> ProcessUsage:
    """Runs a command on these cores; raises RunError, with the last line on its stderr, where its status is not 0."""
    with tempfile.TemporaryFile() as stderr:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)
        pin(process.pid, cores)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RunError(
                f'{" ".join(command)} ended with exit status {process.returncode}: {last_logged_line(stderr)}'
            )
    return ProcessUsage(seconds, usage.ru_maxrss / 1024)
