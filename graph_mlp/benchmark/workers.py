"""Starting peers and talking to them."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import numpy as np

from graph_mlp.config import RunConfig
from graph_mlp.data.dataset import Dataset, Split
from graph_mlp.data.pixels import PIXEL_SCALE
from graph_mlp.errors import RunError

SCRIPTS = Path(__file__).parent / 'peers'


class PeerKind(NamedTuple):
    """How a peer is started."""

    script: str
    module: str  # without which it is absent
    settings: dict[str, Any]
    title: str


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


def absent(name: str, tf1_python: str | None) -> str | None:
    """Why a peer cannot run here, or None."""
    if name == 'tensorflow1':
        return None if tf1_python else 'name a Python with tensorflow==1.15.5 by --tf1-python'
    module = PEERS[name].module
    return None if importlib.util.find_spec(module) else f'install {module}: pip install -e .[bench]'


def initial_weights(config: RunConfig) -> dict[str, np.ndarray]:
    """The notebook's variables before the first step, drawn in NumPy so that every peer begins alike."""
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
    """Writes what all peers read; `images`, where given, is how many images of the training set are used."""
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
    """A peer in a process of its own, which answers questions (peers/protocol.py)."""

    def __init__(self, name: str, job: Path, threads: int, tf1_python: str | None = None):
        self.name = name
        kind = PEERS[name]
        folder = job / name
        folder.mkdir(exist_ok=True)
        for path in job.iterdir():
            if path.is_file() and not (folder / path.name).exists():
                os.link(path, folder / path.name)
        settings = json.loads((job / 'settings.json').read_text())
        (folder / 'settings.json').unlink()
        (folder / 'settings.json').write_text(json.dumps({**settings, **kind.settings}))
        # A waiting peer must not spin on the cores that another one is timed on.
        quiet = {'OMP_NUM_THREADS': str(threads), 'OMP_WAIT_POLICY': 'PASSIVE', 'TF_CPP_MIN_LOG_LEVEL': '3'}
        python = tf1_python if name == 'tensorflow1' else sys.executable
        self._log = open(folder / 'log', 'w+')  # noqa: SIM115 (closed by quit)
        self._process = subprocess.Popen(
            [str(python), str(SCRIPTS / kind.script), str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
            env={**os.environ, **quiet, 'GRAPH_MLP_THREADS': str(threads)},
        )  # fmt: skip
        # Both are pipes, as asked for above.
        self._questions, self._answers = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
        self._answer()

    def ask(self, question: str) -> dict[str, Any]:
        """Sends a line and waits for the answer; raises RunError where the peer has died."""
        try:
            self._questions.write(question + '\n')
            self._questions.flush()
        except BrokenPipeError:
            pass
        return self._answer()

    def epoch(self, number: int) -> float:
        """Trains on an epoch; returns its seconds."""
        return float(self.ask(f'epoch {number}')['seconds'])

    def quit(self) -> float:
        """Ends the peer; returns the most memory it held, in MiB."""
        peak = float(self.ask('quit')['peak_mib'])
        self._process.wait()
        self._log.close()
        return peak

    def kill(self) -> None:
        """Ends the peer without asking."""
        self._process.kill()
        self._process.communicate()
        self._log.close()

    def _answer(self) -> dict[str, Any]:
        line = self._answers.readline()
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        self._log.seek(0)
        last_line = (self._log.read().strip().splitlines() or ['it printed no message'])[-1]
        raise RunError(f'peer {self.name} ended: {last_line[:300]}')
