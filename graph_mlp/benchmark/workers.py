"""The peers: which there are, what they all read, and one running in a process of its own."""

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import numpy as np

from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Dataset, Split
from graph_mlp.data.pixels import PIXEL_SCALE
from graph_mlp.errors import RunError
from graph_mlp.runtime.process import last_line, pin

SCRIPTS = Path(__file__).parent / 'peers'


class PeerKind(NamedTuple):
    """One program, in one of its variants."""

    script: str  # in SCRIPTS
    module: str  # that has to be installed; '': one for another Python
    settings: dict[str, Any]  # added to those of the job
    title: str  # for people


PEERS = {
    'ours': PeerKind('ours.py', 'tensorflow', {'steps_per_run': None}, 'graph_mlp'),
    'ours-1': PeerKind('ours.py', 'tensorflow', {'steps_per_run': 1}, 'graph_mlp --steps-per-run 1'),
    'tensorflow1': PeerKind('tensorflow1.py', '', {}, 'TensorFlow 1.15, the notebook'),
    'keras': PeerKind('keras_fit.py', 'keras', {}, 'Keras 3 fit'),
    'torch': PeerKind('pytorch.py', 'torch', {'variant': 'eager'}, 'PyTorch eager'),
    'torch-compile': PeerKind('pytorch.py', 'torch', {'variant': 'compile'}, 'PyTorch torch.compile'),
    'jax': PeerKind('jax_jit.py', 'jax', {'variant': 'step'}, 'JAX jit per step'),
    'jax-scan': PeerKind('jax_jit.py', 'jax', {'variant': 'scan'}, 'JAX lax.scan over the epoch'),
    'sklearn': PeerKind('sklearn_mlp.py', 'sklearn', {}, 'scikit-learn MLPClassifier (ReLU, no batch norm)'),
}


def missing_requirement(name: str, tf1_python: str | None) -> str | None:
    """What the user has to do before a peer can run here, or None where it can."""
    if name == 'tensorflow1':
        return None if tf1_python else 'name a Python with tensorflow==1.15.5 by --tf1-python'
    module = PEERS[name].module
    return None if importlib.util.find_spec(module) else f'install {module}: pip install -e .[bench]'


def initial_weights(config: RunConfig) -> dict[str, np.ndarray]:
    """The notebook's variables before the first step, by name, float32: the same for every peer.

    Glorot uniform kernels from `numpy.random.RandomState(seed)`; biases, betas and moving means zero; gammas and
    moving variances one.
    """
    random = np.random.RandomState(config.seed)
    weights: dict[str, np.ndarray] = {}
    dense_names = [*(names.dense for names in config.hidden_layer_names), 'output']
    for name, (rows, columns) in zip(dense_names, config.kernel_shapes, strict=True):
        limit = np.sqrt(6 / (rows + columns))  # Glorot and Bengio 2010
        weights[f'{name}/kernel'] = random.uniform(-limit, limit, (rows, columns))
        weights[f'{name}/bias'] = np.zeros(columns)
    for names, units in zip(config.hidden_layer_names, config.hidden_sizes, strict=True):
        if config.batch_norm:
            scope = names.batch_norm
            weights.update({f'{scope}/gamma': np.ones(units), f'{scope}/beta': np.zeros(units)})
            weights.update({f'{scope}/moving_mean': np.zeros(units), f'{scope}/moving_variance': np.ones(units)})
    return {name: value.astype(np.float32) for name, value in weights.items()}


def write_job(folder: Path, dataset: Dataset, config: RunConfig, threads: int, device: str, images: int | None) -> None:
    """Writes the folder that all peers read (peers/protocol.py): images, labels, weights, settings.

    Args: images, how many of the training images are used, the first ones; None: all.
    """
    train = Split(dataset.train.images[:images], dataset.train.labels[:images])
    arrays = {
        'train_images': train.images,
        'train_labels': train.labels,
        'test_images': dataset.test.images,
        'test_labels': dataset.test.labels,
    }
    for name, array in arrays.items():
        np.save(folder / f'{name}.npy', array)
    weights: dict[str, Any] = initial_weights(config)
    np.savez(folder / 'weights.npz', **weights)
    record = {
        **config.to_json(),
        'threads': threads,
        'device': device,
        # The peers, which cannot all import this package, take these from here.
        'pixel_scale': float(PIXEL_SCALE),
        'hidden_layer_names': config.hidden_layer_names,
    }
    (folder / 'settings.json').write_text(json.dumps(record))


class Worker:
    """A peer in a process of its own, which answers requests (peers/protocol.py); a context that ends the process.

    Every method raises RunError, with the last line that the peer printed, where the process has ended.
    """

    def __init__(self, name: str, job: Path, cores: Sequence[int], tf1_python: str | None = None):
        """Starts the peer; it runs on these cores alone, with as many threads."""
        self.name = name
        threads = len(cores)
        kind = PEERS[name]
        folder = _own_folder(job, name, kind.settings)
        # A waiting peer must not spin on the cores that another one is timed on.
        passive = {'OMP_NUM_THREADS': str(threads), 'OMP_WAIT_POLICY': 'PASSIVE', 'TF_CPP_MIN_LOG_LEVEL': '3'}
        python = tf1_python if name == 'tensorflow1' else sys.executable
        self._log = open(folder / 'log', 'w+b')  # noqa: SIM115 (closed by kill)
        self._process = subprocess.Popen(
            [str(python), str(SCRIPTS / kind.script), str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
            env={**os.environ, **passive},
        )  # fmt: skip
        pin(self._process.pid, cores)
        # Both are pipes, as asked for above.
        self._requests, self._answers = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
        try:
            self._answer()
        except RunError:
            self.kill()
            raise

    def __enter__(self) -> 'Worker':
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def epoch(self, number: int) -> float:
        """Trains on an epoch; returns its seconds."""
        return self._ask(f'epoch {number}', 'seconds')

    def accuracy(self) -> float:
        """The fraction of test images that the peer classifies correctly."""
        return self._ask('accuracy', 'accuracy')

    def gflops(self) -> float:
        """The speed of a large matrix product in 10^9 operations a second; of this program alone."""
        return self._ask('roofline', 'gflops')

    def quit(self) -> float:
        """Has the peer end by itself; returns the most memory it held, in MiB."""
        peak = self._ask('quit', 'peak_mib')
        self._process.wait()
        return peak

    def kill(self) -> None:
        """Ends the process, if it has not ended by itself."""
        self._process.kill()
        self._process.communicate()
        self._log.close()

    def _ask(self, request: str, field: str) -> float:
        with contextlib.suppress(BrokenPipeError):  # _answer then says why the peer has ended
            self._requests.write(request + '\n')
            self._requests.flush()
        return float(self._answer()[field])

    def _answer(self) -> dict[str, Any]:
        line = self._answers.readline()
        if not line:
            raise RunError(f'peer {self.name} ended: {last_logged_line(self._log)}')
        answer: dict[str, Any] = json.loads(line)
        return answer


def _own_folder(job: Path, name: str, settings: dict[str, Any]) -> Path:
    """The job once more for one peer, with its own settings added; files are linked, not copied."""
    folder = job / name
    folder.mkdir()
    for path in job.iterdir():
        if path.is_file() and path.name != 'settings.json':
            os.link(path, folder / path.name)
    shared = json.loads((job / 'settings.json').read_text())
    (folder / 'settings.json').write_text(json.dumps({**shared, **settings}))
    return folder


def last_logged_line(log: IO[bytes]) -> str:
    """The last line of a finished process's output, at most 300 characters: an exception's message, as a rule."""
    log.seek(0)
    return last_line(log.read())[:300]
