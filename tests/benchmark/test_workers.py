import json

import numpy as np
import pytest

from graph_mlp.benchmark import workers
from graph_mlp.benchmark.workers import PEERS, SCRIPTS, Worker, initial_weights, missing_requirement, write_job
from graph_mlp.config import RunConfig
from graph_mlp.errors import RunError
from tests.benchmark.scripts import SERVE, use_scripts

CONFIG = RunConfig((3, 2), 'relu', dataset='digits')


@pytest.fixture
def job(tmp_path, digits):
    """A job of 150 training images on two threads."""
    folder = tmp_path / 'job'
    folder.mkdir()
    write_job(folder, digits, CONFIG, threads=2, device='cpu', images=150)
    return folder


def test_every_peer_has_its_script():
    assert [name for name, kind in PEERS.items() if not (SCRIPTS / kind.script).is_file()] == []


def test_tensorflow_1_needs_a_python_of_its_own():
    assert '--tf1-python' in missing_requirement('tensorflow1', None)
    assert missing_requirement('tensorflow1', '/a/python3.7') is None


def test_a_package_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setitem(PEERS, 'other', workers.PeerKind('other.py', 'no_such_package', {}, 'other'))
    assert missing_requirement('other', None) == 'install no_such_package: pip install -e .[bench]'
    assert missing_requirement('ours', None) is None


def test_initial_weights_are_the_notebooks_variables():
    shapes = {name: value.shape for name, value in initial_weights(RunConfig((3,))).items()}
    assert shapes == {
        'hidden1/kernel': (784, 3), 'hidden1/bias': (3,), 'output/kernel': (3, 10), 'output/bias': (10,),
        'batch_normalization/gamma': (3,), 'batch_normalization/beta': (3,),
        'batch_normalization/moving_mean': (3,), 'batch_normalization/moving_variance': (3,),
    }  # fmt: skip


def test_initial_kernels_are_glorot_uniform_and_the_others_constant():
    weights = initial_weights(RunConfig((600,)))
    limit = np.sqrt(6 / (784 + 600))
    assert np.abs(weights['hidden1/kernel']).max() == pytest.approx(limit, rel=1e-4)
    assert weights['hidden1/kernel'].std() == pytest.approx(limit / np.sqrt(3), rel=1e-2)
    constants = {name.split('/')[-1]: set(value) for name, value in weights.items() if 'kernel' not in name}
    assert constants == {'bias': {0}, 'gamma': {1}, 'beta': {0}, 'moving_mean': {0}, 'moving_variance': {1}}


def test_initial_weights_are_float32_and_depend_on_the_seed_alone():
    first, second, other = (initial_weights(RunConfig((3,), seed=seed)) for seed in (1, 1, 2))
    assert {value.dtype for value in first.values()} == {np.dtype(np.float32)}
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert not np.array_equal(first['hidden1/kernel'], other['hidden1/kernel'])


def test_a_job_holds_the_first_images_and_all_settings(job, digits):
    assert np.array_equal(np.load(job / 'train_images.npy'), digits.train.images[:150])
    assert np.array_equal(np.load(job / 'train_labels.npy'), digits.train.labels[:150])
    assert np.array_equal(np.load(job / 'test_images.npy'), digits.test.images)
    settings = json.loads((job / 'settings.json').read_text())
    assert {**settings, **CONFIG.to_json()} == settings
    assert (settings['threads'], settings['device']) == (2, 'cpu')
    assert settings['hidden_layer_names'] == [
        ['hidden1', 'batch_normalization'], ['hidden2', 'batch_normalization_1'],
    ]  # fmt: skip


def test_a_worker_answers_and_ends(job, tmp_path, monkeypatch):
    use_scripts(monkeypatch, tmp_path, {'fake': SERVE})
    with Worker('fake', job, threads=1) as worker:
        assert worker.epoch(0) >= 0
        assert worker.accuracy() == 0.25
        assert worker.gflops() == 100.0
        assert worker.quit() > 1
        assert worker._process.returncode == 0


def test_what_a_peer_prints_is_not_taken_for_an_answer(job, tmp_path, monkeypatch):
    use_scripts(monkeypatch, tmp_path, {'fake': SERVE})
    with Worker('fake', job, threads=1) as worker:
        worker.epoch(0)
        worker.quit()
    assert (job / 'fake' / 'log').read_text() == 'epoch of (2, 70)\n'


def test_a_worker_has_the_jobs_settings_and_its_own(job, tmp_path, monkeypatch):
    use_scripts(monkeypatch, tmp_path, {'fake': SERVE}, variant='eager')
    with Worker('fake', job, threads=1):
        settings = json.loads((job / 'fake' / 'settings.json').read_text())
    assert settings == {**json.loads((job / 'settings.json').read_text()), 'variant': 'eager'}


def test_the_end_of_the_context_ends_the_process(job, tmp_path, monkeypatch):
    use_scripts(monkeypatch, tmp_path, {'fake': SERVE})
    with Worker('fake', job, threads=1) as worker:
        assert worker._process.poll() is None
    assert worker._process.poll() is not None


@pytest.mark.parametrize(
    ('script', 'message'),
    [
        ("sys.exit('no such device')", 'peer fake ended: no such device'),
        ("raise ImportError('no module named fake')", 'peer fake ended: ImportError: no module named fake'),
        ('', 'peer fake ended: it printed no message'),
        ("sys.exit('x' * 1000)", 'peer fake ended: ' + 'x' * 300),
    ],
    ids=['exit', 'exception', 'silent', 'long'],
)
def test_a_peer_that_cannot_start_is_one_line(job, tmp_path, monkeypatch, script, message):
    use_scripts(monkeypatch, tmp_path, {'fake': script})
    with pytest.raises(RunError) as ended:
        Worker('fake', job, threads=1)
    assert str(ended.value) == message


def test_a_peer_that_ends_while_it_trains_is_one_line(job, tmp_path, monkeypatch):
    use_scripts(monkeypatch, tmp_path, {'fake': "Fake.epoch = lambda *_: sys.exit('out of memory')\n" + SERVE})
    with Worker('fake', job, threads=1) as worker, pytest.raises(RunError, match=r'^peer fake ended: out of memory$'):
        worker.epoch(0)


def test_a_peer_that_has_ended_stays_ended(job, tmp_path, monkeypatch):
    use_scripts(monkeypatch, tmp_path, {'fake': SERVE})
    with Worker('fake', job, threads=1) as worker:
        worker.quit()
        with pytest.raises(RunError, match='peer fake ended'):
            worker.accuracy()
