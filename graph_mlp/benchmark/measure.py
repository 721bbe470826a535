"""Times one network under this program and its peers, in turns; the results are dicts, the content of `--json`."""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from msgspec import to_builtins
from msgspec.structs import replace

from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Dataset
from graph_mlp.errors import RunError
from graph_mlp.runtime.process import last_line, own_command, pin

SCRIPTS = Path(__file__).parent / 'peers'
WIDTHS = ((100, 50), (300, 100), (600, 200), (1000, 350), (1568, 500))
BATCH_SIZES = (35, 70, 140, 280)
SHARES = (0.25, 0.5, 1.0)  # of the training images
RUNS = (1, 2)  # at once

Ask = Callable[[str], float]  # sends a peer a request (peers/protocol.py), returns the number that it answers


class Program(NamedTuple):
    script: str  # in SCRIPTS
    variant: str  # its second argument
    title: str  # for people


PEERS = {
    'ours': Program('ours.py', '', 'graph_mlp'),
    'ours-1': Program('ours.py', 'notebook', 'graph_mlp --steps-per-run 1'),
    'tensorflow1': Program('tensorflow1.py', '', 'TensorFlow 1.15, the notebook'),
    'keras': Program('keras_fit.py', '', 'Keras 3 fit'),
    'torch': Program('pytorch.py', '', 'PyTorch eager'),
    'torch-compile': Program('pytorch.py', 'compile', 'PyTorch torch.compile'),
    'jax': Program('jax_jit.py', '', 'JAX jit per step'),
    'jax-scan': Program('jax_jit.py', 'scan', 'JAX lax.scan over the epoch'),
    'sklearn': Program('sklearn_mlp.py', '', 'scikit-learn MLPClassifier (ReLU, no batch norm)'),
}


class Job(NamedTuple):
    """What a peer trains."""

    config: RunConfig
    images: int  # how many of the training images, the first ones
    cores: Sequence[Sequence[int]]  # one run at once on each of these groups, with as many threads as cores


class Benchmark(NamedTuple):
    """What to time and where; the methods raise RunError where a program ends while it trains."""

    dataset: Dataset
    config: RunConfig
    peers: list[str]  # in PEERS; one that cannot start is removed, with a message
    cores: Sequence[int]
    device: str  # as in --device
    data_dir: str | None  # as in --data-dir
    tf1_python: str | None  # a Python 3.7 with TensorFlow 1.15

    @property
    def job(self) -> Job:
        """The network on all images and cores."""
        return Job(self.config, len(self.dataset.train.labels), [self.cores])

    def epochs(self, repeats: int) -> dict[str, Any]:
        """`peer_times` of the network under every peer, and the ratio to ours."""
        [peers] = self.in_turns(self.peers, [self.job], repeats)
        ours = peers['ours']['median_seconds'] if 'ours' in peers else None
        for times in peers.values():
            times['ratio_to_ours'] = times['median_seconds'] / ours if ours else None
        return {'peers': peers}

    def command(self, epochs: int, repeats: int) -> dict[str, Any]:
        """Median seconds from process start to exit: bin/train, and the notebook under TensorFlow 1.15, in turns."""
        with tempfile.TemporaryDirectory() as folder:
            write_job(Path(folder), self.dataset, self.job, self.device)
            ours = ['--tag', self.config.model_tag, '--epochs', epochs, '--saves-dir', f'{folder}/saves', '--overwrite']
            ours += ['--threads', len(self.cores), '--device', self.device, '--dataset', self.dataset.flag]
            ours += ['--data-dir', self.data_dir] if self.data_dir else []
            commands = {'ours': own_command('train', *ours)}
            if self.tf1_python:
                commands['tensorflow1'] = [self.tf1_python, f'{SCRIPTS}/tensorflow1.py', folder, 'whole', str(epochs)]
            times = [{name: timed(command, self.cores) for name, command in commands.items()} for _ in range(repeats)]
        seconds = {name: statistics.median(repeat[name][0] for repeat in times) for name in commands}
        ratio = seconds['ours'] / seconds['tensorflow1'] if self.tf1_python else None
        peak_mib = max(repeat['ours'][1] for repeat in times)
        return {'epochs': epochs, 'seconds': seconds, 'ratio': ratio, 'peak_mib': peak_mib}

    def scaling(self, repeats: int) -> list[dict[str, Any]]:
        """Seconds per epoch: every peer's by width and threads; ours by batch size, images and runs at once."""
        job, cores = self.job, self.cores
        networks = [{'hidden_sizes': sizes} for sizes in WIDTHS] + [{'activation': 'relu', 'batch_norm': False}]
        threads = [[cores[:number]] for number in sorted({1, len(cores)})]
        groups = [
            *((self.peers, [Job(replace(job.config, **one), job.images, on) for on in threads]) for one in networks),
            (['ours'], [job._replace(config=replace(job.config, batch_size=size)) for size in BATCH_SIZES]),
            (['ours'], [job._replace(images=int(job.images * share)) for share in SHARES]),
            (['ours'], [job._replace(cores=[[cores[run % len(cores)]] for run in range(runs)]) for runs in RUNS]),
        ]
        return [
            {
                'network': job.config.model_tag, 'threads': len(job.cores[0]), 'batch_size': job.config.batch_size,
                'images': job.images, 'runs_at_once': len(job.cores),
                'seconds': {name: times['median_seconds'] for name, times in peers.items()},
            }
            for names, jobs in groups
            for job, peers in zip(jobs, self.in_turns(names, jobs, repeats), strict=True)
        ]  # fmt: skip

    def in_turns(self, names: list[str], jobs: Sequence[Job], repeats: int) -> list[dict[str, dict[str, Any]]]:
        """Trains each job under each peer, `repeats` + 1 epochs, in turns: `peer_times` by job and name."""
        with contextlib.ExitStack() as stack, ThreadPoolExecutor() as pool:
            started = [self._start(names, job, stack) for job in jobs]
            measured: list[dict[str, list[tuple[float, float]]]] = [{name: [] for name in peers} for peers in started]
            for request in [f'epoch {number}' for number in range(repeats + 1)]:
                for peers, epochs in zip(started, measured, strict=True):
                    for name, runs in peers.items():
                        seconds = max(pool.map(lambda ask, request: ask(request), runs, [request] * len(runs)))
                        epochs[name].append((seconds, runs[0]('accuracy')))
                        print(f'{request} {name} {seconds:.3f} s', file=sys.stderr)
            return [
                {name: peer_times(epochs[name], runs[0]('peak')) for name, runs in peers.items()}
                for peers, epochs in zip(started, measured, strict=True)
            ]

    def _start(self, names: list[str], job: Job, stack: contextlib.ExitStack) -> dict[str, list[Ask]]:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='graph_mlp-benchmark-')))
        write_job(folder, self.dataset, job, self.device)
        started = {}
        for name in list(names):
            print(f'starting {name}', file=sys.stderr)
            try:
                started[name] = [stack.enter_context(peer(name, folder, cores, self.tf1_python)) for cores in job.cores]
            except RunError as error:
                print(f'skipped: {error}', file=sys.stderr)
                names.remove(name)
        return started


def peer_times(epochs: Sequence[tuple[float, float]], peak_mib: float) -> dict[str, Any]:
    """One peer's times from the seconds and the test accuracy of its epochs; the first, which may compile, is apart."""
    seconds, accuracies = zip(*epochs, strict=True)
    reached = next((number for number, accuracy in enumerate(accuracies, 1) if accuracy >= 0.97), None)
    return {
        'median_seconds': statistics.median(seconds[1:]), 'least_seconds': min(seconds[1:]),
        'first_epoch_seconds': seconds[0], 'seconds_to_97': sum(seconds[:reached]) if reached else None,
        'accuracy': accuracies[-1], 'peak_mib': peak_mib,
    }  # fmt: skip


@contextlib.contextmanager
def peer(name: str, folder: Path, cores: Sequence[int], tf1_python: str | None = None) -> Iterator[Ask]:
    """Starts a peer on what `write_job` wrote, held to `cores`; ends it with the context; RunError: it has ended."""
    if name == 'tensorflow1' and not tf1_python:
        raise RunError('tensorflow1 (name a Python with tensorflow==1.15.5 by --tf1-python)')
    python = tf1_python if name == 'tensorflow1' else sys.executable
    # A peer imports protocol.py from its folder, and must not spin on the cores that another one is timed on.
    settings = {
        'OMP_NUM_THREADS': str(len(cores)), 'OMP_WAIT_POLICY': 'PASSIVE', 'PYTHONSAFEPATH': '',
        'TF_CPP_MIN_LOG_LEVEL': '3',
    }  # fmt: skip
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [str(python), str(SCRIPTS / PEERS[name].script), str(folder), PEERS[name].variant], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env={**os.environ, **settings},
        )  # fmt: skip

        def ask(request: str) -> float:
            with contextlib.suppress(BrokenPipeError):  # the missing answer says that the peer has ended
                print(request, file=process.stdin, flush=True)
            assert process.stdout
            if answer := process.stdout.readline():
                return float(answer)
            log.seek(0)
            raise RunError(f'peer {name} ended: {last_line(log.read())[:300]}')

        try:
            pin(process.pid, cores)
            ask('ready')
            yield ask
        finally:
            process.kill()
            process.communicate()


def timed(command: Sequence[str], cores: Sequence[int]) -> tuple[float, float]:
    """Runs a command on these cores: its seconds from start to exit and its most memory, in MiB; raises RunError."""
    with tempfile.TemporaryFile() as log:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)
        pin(process.pid, cores)
        _, process.returncode, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        if process.returncode:
            log.seek(0)
            raise RunError(f'{" ".join(command)} ended: {last_line(log.read())[:300]}')
    print(f'{seconds:.1f} s: {" ".join(command)}', file=sys.stderr)
    return seconds, usage.ru_maxrss / 1024


def write_job(folder: Path, dataset: Dataset, job: Job, device: str) -> None:
    """Writes what all peers read (peers/protocol.py)."""
    np.savez(folder / 'data.npz', *(array[: job.images] for array in dataset.train), *dataset.test)
    record = {'config': to_builtins(job.config), 'threads': len(job.cores[0]), 'device': device}
    (folder / 'job.json').write_text(json.dumps({**record, 'kernel_shapes': job.config.kernel_shapes}))
