import json

import numpy as np
import pytest

from graph_mlp.benchmark.workers import (
    PEERS,
    SCRIPTS,
    PeerKind,
    Worker,
    initial_weights,
    missing_requirement,
    write_job,
)
from graph_mlp.config import RunConfig
from graph_mlp.errors import RunError
from graph_mlp.graph.build import build
from graph_mlp.runtime.process import available_cores

TINY = RunConfig((3, 2), batch_size=5, dataset='digits')


@pytest.mark.parametrize('batch_norm', [True, False])
def test_weights_are_the_variables_of_the_graph(batch_norm):
    config = RunConfig((3, 2), batch_norm=batch_norm)
    expected = {name: tuple(variable.shape) for name, variable in build(config).model.items()}
    assert {name: value.shape for name, value in initial_weights(config).items()} == expected


def test_weights_are_float32():
    assert {value.dtype for value in initial_weights(TINY).values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize(('name', 'rows', 'columns'), [('hidden1', 784, 300), ('hidden2', 300, 100)])
def test_a_kernel_is_uniform_within_glorots_limits(name, rows, columns):
    kernel = initial_weights(RunConfig())[f'{name}/kernel']
    limit = np.sqrt(6 / (rows + columns))
    assert np.abs(kernel).max() <= np.float32(limit)
    assert np.abs(kernel).max() == pytest.approx(limit, rel=1e-3)
    assert kernel.mean() == pytest.approx(0, abs=0.02 * limit)
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=1e-2)


@pytest.mark.parametrize(
    ('ending', 'number'), [('bias', 0), ('gamma', 1), ('beta', 0), ('moving_mean', 0), ('moving_variance', 1)]
)
def test_all_but_the_kernels_begin_as_tensorflow_begins_them(ending, number):
    values = [value for name, value in initial_weights(TINY).items() if name.endswith(f'/{ending}')]
    assert len(values) == (3 if ending == 'bias' else 2)
    assert all((value == number).all() for value in values)


def test_the_seed_draws_the_kernels():
    first, again, other = (initial_weights(RunConfig((3,), seed=seed))['hidden1/kernel'] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_job_holds_the_images_and_labels(tmp_path, digits):
    write_job(tmp_path, digits, TINY, 1, 'cpu', None)
    for name in ('train', 'test'):
        images, labels = getattr(digits, name)
        np.testing.assert_array_equal(np.load(tmp_path / f'{name}_images.npy'), images)
        np.testing.assert_array_equal(np.load(tmp_path / f'{name}_labels.npy'), labels)


def test_fewer_images_are_the_first_of_the_training_set(tmp_path, digits):
    write_job(tmp_path, digits, TINY, 1, 'cpu', 6)
    np.testing.assert_array_equal(np.load(tmp_path / 'train_images.npy'), digits.train.images[:6])
    np.testing.assert_array_equal(np.load(tmp_path / 'train_labels.npy'), digits.train.labels[:6])
    assert len(np.load(tmp_path / 'test_labels.npy')) == len(digits.test.labels)


def test_a_job_holds_the_initial_weights(tmp_path, digits):
    write_job(tmp_path, digits, TINY, 1, 'cpu', 6)
    written, expected = dict(np.load(tmp_path / 'weights.npz')), initial_weights(TINY)
    assert written.keys() == expected.keys()
    assert all(np.array_equal(written[name], value) for name, value in expected.items())


def test_a_job_holds_the_settings(tmp_path, digits):
    write_job(tmp_path, digits, TINY, 2, 'cpu', 6)
    settings = json.loads((tmp_path / 'settings.json').read_text())
    names = [['hidden1', 'batch_normalization'], ['hidden2', 'batch_normalization_1']]
    assert settings == {
        **TINY.to_json(), 'threads': 2, 'device': 'cpu', 'pixel_scale': float(np.float32(1 / 255)),
        'hidden_layer_names': names,
    }  # fmt: skip


def test_a_peer_whose_module_is_missing_is_missing_requirement(monkeypatch):
    monkeypatch.setitem(PEERS, 'keras', PEERS['keras']._replace(module='no_such_module'))
    assert missing_requirement('keras', None) == 'install no_such_module: pip install -e .[bench]'
    assert missing_requirement('sklearn', None) is None


def test_tensorflow_1_is_absent_without_its_python():
    assert '--tf1-python' in missing_requirement('tensorflow1', None)
    assert missing_requirement('tensorflow1', '/usr/bin/python3.7') is None


READY = 'print(\'{"ready": true}\', flush=True)\n'
# Answers with a number of the settings that it reads, whatever it is asked for.
ECHO = (
    'import json, sys\nfrom pathlib import Path\n' + READY + 'for line in sys.stdin:\n'
    '    number = json.loads((Path(sys.argv[1]) / "settings.json").read_text())["steps_per_run"]\n'
    '    print(json.dumps(dict.fromkeys(["seconds", "accuracy", "gflops"], number)), flush=True)\n'
)


@pytest.fixture
def peer(tmp_path, digits, monkeypatch):
    """Starts the peer 'ours' with this script in place of its own, on a job of six images."""
    job = tmp_path / 'job'
    job.mkdir()
    write_job(job, digits, TINY, 1, 'cpu', 6)

    def started(script):
        (tmp_path / 'peer.py').write_text(script)
        monkeypatch.setitem(PEERS, 'ours', PeerKind(str(tmp_path / 'peer.py'), '', {'steps_per_run': 9}, 'ours'))
        return Worker('ours', job, available_cores()[-1:])

    return started


def test_a_peer_reads_the_job_with_settings_of_its_own(peer, tmp_path):
    with peer(ECHO) as worker:
        assert worker.epoch(0) == 9.0  # the settings' steps_per_run
    settings = json.loads((tmp_path / 'job/ours/settings.json').read_text())
    shared = json.loads((tmp_path / 'job/settings.json').read_text())
    assert settings == {**shared, 'steps_per_run': 9}
    assert 'steps_per_run' not in shared


def test_a_peer_finds_the_arrays_of_the_job_in_its_folder(peer, tmp_path):
    peer(ECHO).kill()
    job = tmp_path / 'job'
    assert {path.name for path in (job / 'ours').iterdir()} - {'log'} == {
        path.name for path in job.iterdir() if path.is_file()
    }


@pytest.mark.parametrize(
    ('script', 'last_line'),
    [
        ('raise SystemExit("no\\nmodule")', 'module'),
        ('import os\nos._exit(1)', 'it printed no message'),
        ('raise SystemExit("x" * 400)', 'x' * 300),
    ],
    ids=['message', 'none', 'long'],
)
def test_a_peer_that_does_not_start_is_one_line(peer, script, last_line):
    with pytest.raises(RunError) as raised:
        peer(script)
    assert str(raised.value) == f'peer ours ended: {last_line}'


def test_a_peer_that_dies_at_a_question_is_one_line_too(peer):
    worker = peer(READY + 'input()\nraise SystemExit("out of memory")')
    with pytest.raises(RunError, match=r'^peer ours ended: out of memory$'):
        worker.epoch(0)
    worker.kill()


def test_a_peer_that_is_dead_before_it_is_asked_is_one_line_too(peer):
    worker = peer(READY + 'raise SystemExit("out of memory")')
    worker._process.wait(30)
    with pytest.raises(RunError, match=r'^peer ours ended: out of memory$'):
        worker.epoch(0)
    worker.kill()


def test_quit_ends_the_peer_and_gives_its_peak(peer):
    worker = peer(READY + 'print(\'{"peak_mib": 12.5}\', flush=True)')
    assert worker.quit() == 12.5
    assert worker._process.returncode == 0


def test_accuracy_and_speed_are_asked_for_by_name(peer):
    with peer(ECHO) as worker:
        assert (worker.accuracy(), worker.gflops()) == (9.0, 9.0)


def test_the_end_of_the_context_ends_the_process(peer):
    with peer(ECHO) as worker:
        assert worker._process.poll() is None
    assert worker._process.poll() is not None


def test_a_peer_and_its_threads_are_held_to_its_cores(peer):
    affinity = (
        'import json, os, sys\n' + READY + 'for line in sys.stdin:\n'
        '    [core] = os.sched_getaffinity(0)\n'
        '    print(json.dumps({"seconds": core}), flush=True)\n'
    )
    with peer(affinity) as worker:
        assert worker.epoch(0) == available_cores()[-1]


def test_every_peer_has_its_script():
    assert [name for name, kind in PEERS.items() if not (SCRIPTS / kind.script).is_file()] == []


def test_a_peer_that_has_ended_stays_ended(peer):
    with peer(READY + 'print(\'{"peak_mib": 12.5}\', flush=True)') as worker:
        worker.quit()
        with pytest.raises(RunError, match='peer ours ended'):
            worker.accuracy()
