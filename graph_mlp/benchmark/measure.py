"""The measurements: epochs in turns, the whole command, and how time grows with width, batch size and images."""

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from graph_mlp.benchmark.workers import SCRIPTS, Worker, write_job
from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Dataset
from graph_mlp.errors import RunError
from graph_mlp.runtime.process import own_command

REACHED_ACCURACY = 0.97  # of the column "s to 97 %"
WIDTHS = ((100, 50), (300, 100), (600, 200), (1000, 350), (1568, 500))
BATCH_SIZES = (35, 70, 140, 280)
SHARES = (0.25, 0.5, 1.0)  # of the training images
CONCURRENT = (1, 2)


class Bench:
    """Measures one network on one data set on this machine."""

    def __init__(self, dataset: Dataset, config: RunConfig, threads: int, device: str, tf1_python: str | None):
        self._dataset, self._config = dataset, config
        self._threads, self._device, self._tf1_python = threads, device, tf1_python

    def epochs(self, names: list[str], repeats: int, print_progress: Callable[[str], None]) -> dict[str, Any]:
        """Trains every peer for `repeats` + 1 epochs in turns; the first, which compiles, is reported apart."""
        with self._job(self._config) as job:
            workers: dict[str, Worker] = {}
            seconds: dict[str, list[float]] = {}
            accuracies: dict[str, list[float]] = {}
            roofline: list[float] = []
            for name in names:
                print_progress(f'starting {name}')
                try:
                    workers[name] = Worker(name, job, self._threads, self._tf1_python)
                    seconds[name], accuracies[name] = [], []
                except RunError as error:
                    print_progress(f'skipped: {error}')
            for epoch in range(repeats + 1):
                for name, worker in workers.items():
                    seconds[name].append(worker.epoch(epoch))
                    accuracies[name].append(worker.ask('accuracy')['accuracy'])
                    print_progress(f'epoch {epoch} {name} {seconds[name][-1]:.3f} s')
                if 'ours' in workers and epoch:
                    roofline.append(workers['ours'].ask('roofline')['gflops'])
            peaks = {name: worker.quit() for name, worker in workers.items()}
        return {'peers': {
            name: self._row(seconds[name], accuracies[name], peaks[name], seconds.get('ours')) for name in workers
        }, **self._roofline(roofline, seconds.get('ours'))}  # fmt: skip

    def command(self, epochs: int, repeats: int, print_progress: Callable[[str], None]) -> dict[str, Any]:
        """Seconds from process start to exit: bin/train, and the notebook under TensorFlow 1.15, in turns."""
        seconds: dict[str, list[float]] = {'ours': [], **({'tensorflow1': []} if self._tf1_python else {})}
        peak = 0.0
        with self._job(self._config) as job:
            for _ in range(repeats):
                with tempfile.TemporaryDirectory() as saves:
                    command = ['train', '--tag', self._config.model_tag, '--epochs', epochs, '--saves-dir', saves]
                    command += ['--threads', self._threads, '--device', self._device]
                    command += ['--dataset', self._dataset.flag]
                    command_seconds, command_peak = _timed(own_command(*command))
                    seconds['ours'].append(command_seconds)
                    peak = max(peak, command_peak)
                print_progress(f'command ours {seconds["ours"][-1]:.1f} s')
                if self._tf1_python:
                    script = [self._tf1_python, SCRIPTS / 'tensorflow1.py', job, '--epochs', epochs]
                    seconds['tensorflow1'].append(_timed(script)[0])
                    print_progress(f'command tensorflow1 {seconds["tensorflow1"][-1]:.1f} s')
        medians = {name: statistics.median(times) for name, times in seconds.items()}
        ratio = medians['ours'] / medians['tensorflow1'] if self._tf1_python else None
        return {'epochs': epochs, 'seconds': medians, 'ratio': ratio, 'peak_mib': peak}

    def scaling(self, repeats: int, print_progress: Callable[[str], None]) -> dict[str, Any]:
        """Our seconds per epoch against hidden width, batch size and images, each in turns, and runs at once."""
        settings = {**self._config.to_json(), 'hidden_sizes': self._config.hidden_sizes}
        count = len(self._dataset.train.labels)
        widths = [RunConfig(**{**settings, 'hidden_sizes': sizes}) for sizes in WIDTHS]
        batches = [RunConfig(**{**settings, 'batch_size': size}) for size in BATCH_SIZES]
        cases: dict[str, list[tuple[dict[str, Any], RunConfig, int | None]]] = {
            'width': [({'hidden': list(c.hidden_sizes), 'gflop': self._epoch_gflop(c)}, c, None) for c in widths],
            'batch_size': [({'batch_size': c.batch_size}, c, None) for c in batches],
            'images': [({'images': int(count * share)}, self._config, int(count * share)) for share in SHARES],
        }
        measured: dict[str, Any] = {}
        for quantity, rows in cases.items():
            measured[quantity] = self._in_turns(rows, repeats)
            print_progress(f'{quantity} {measured[quantity]}')
        measured['concurrent'] = [{'runs': runs, 'seconds': self._together(runs, repeats)} for runs in CONCURRENT]
        print_progress(f'concurrent {measured["concurrent"]}')
        return measured

    def _row(
        self, seconds: list[float], accuracies: list[float], peak: float, ours: list[float] | None
    ) -> dict[str, Any]:
        reached = next((number for number, accuracy in enumerate(accuracies) if accuracy >= REACHED_ACCURACY), None)
        median = statistics.median(seconds[1:])
        return {
            'median_seconds': median,
            'least_seconds': min(seconds[1:]),
            'first_epoch_seconds': seconds[0],
            'ratio_to_ours': median / statistics.median(ours[1:]) if ours else None,
            'accuracy': accuracies[-1],
            'seconds_to_97': None if reached is None else sum(seconds[: reached + 1]),
            'peak_mib': peak,
        }

    def _roofline(self, gflops: list[float], ours: list[float] | None) -> dict[str, Any]:
        if not gflops or not ours:
            return {}
        gflop = self._epoch_gflop(self._config)
        seconds = gflop / statistics.median(gflops)
        ratio = statistics.median(ours[1:]) / seconds
        return {
            'roofline': {'gflops': statistics.median(gflops), 'epoch_gflop': gflop, 'seconds': seconds, 'ratio': ratio}
        }

    def _epoch_gflop(self, config: RunConfig) -> float:
        return config.step_flops * (len(self._dataset.train.labels) // config.batch_size) / 1e9

    def _in_turns(
        self, cases: list[tuple[dict[str, Any], RunConfig, int | None]], repeats: int
    ) -> list[dict[str, Any]]:
        """Every case's description and median epoch seconds; a case is (description, network, images or None: all)."""
        with contextlib.ExitStack() as stack:
            jobs = [stack.enter_context(self._job(config, images)) for _, config, images in cases]
            workers = [Worker('ours', job, self._threads) for job in jobs]
            seconds = [[worker.epoch(epoch) for worker in workers] for epoch in range(repeats + 1)]
            for worker in workers:
                worker.quit()
        medians = [statistics.median(times) for times in zip(*seconds[1:], strict=True)]
        return [{**description, 'seconds': median} for (description, *_), median in zip(cases, medians, strict=True)]

    def _together(self, runs: int, repeats: int) -> float:
        """The slowest run's median when several run at once, each on one thread."""
        medians: list[float] = []

        def train(worker: Worker) -> None:
            medians.append(statistics.median([worker.epoch(epoch) for epoch in range(repeats + 1)][1:]))

        with contextlib.ExitStack() as stack:
            jobs = [stack.enter_context(self._job(self._config, threads=1)) for _ in range(runs)]
            workers = [Worker('ours', job, 1) for job in jobs]
            threads = [threading.Thread(target=train, args=(worker,)) for worker in workers]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for worker in workers:
                worker.quit()
        return max(medians)

    @contextlib.contextmanager
    def _job(self, config: RunConfig, images: int | None = None, threads: int | None = None) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix='graph_mlp-benchmark-') as folder:
            write_job(Path(folder), self._dataset, config, threads or self._threads, self._device, images)
            yield Path(folder)


def _timed(command: list[Any]) -> tuple[float, float]:
    """Seconds from start to exit, and the most memory held, in MiB."""
    before = time.perf_counter()
    process = subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - before
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RunError(f'{" ".join(map(str, command))} ended with {process.returncode}')
    return seconds, usage.ru_maxrss / (1024 if sys.platform != 'darwin' else 1024 * 1024)
