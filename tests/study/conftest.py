"""Fixtures of the tests of studies."""

import msgspec
import pytest

from graph_mlp.config import RunConfig
from graph_mlp.start import Options
from graph_mlp.study.executor import Job
from graph_mlp.study.plan import asked_plan
from graph_mlp.study.study import Study


@pytest.fixture
def make_study(tmp_path, digits):
    """A function that makes a study of some models on the digits, its runs in tmp_path/study."""

    def make(tags=('relu-5', 'elu-5', 'tanh-5'), plan=None, only=(), **fields):
        plan = plan or asked_plan(tags, {}, [], seeds=4)
        options = Options(saves=str(tmp_path / 'study'), dataset='digits', threads=1)
        chosen = {'seeds': plan.seeds, 'epochs': plan.epochs, **fields}
        return Study(tmp_path, plan, plan.only(only), dataset=digits, options=options, **chosen)

    return make


@pytest.fixture
def make_job(tmp_path):
    """A function that makes a job on the digits, of a network of six units."""

    def make(tag='relu-6', epochs=2, **fields):
        config = RunConfig(**{'hidden_sizes': (6,), 'epochs': epochs, 'dataset': 'digits', **fields})
        return Job(f'{tag} seed {config.seed}', tag, config, Options(saves=str(tmp_path), dataset='digits', threads=1))

    return make


@pytest.fixture
def replaced():
    """`msgspec.structs.replace`."""
    return msgspec.structs.replace
