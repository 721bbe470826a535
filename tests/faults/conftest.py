"""A server of small runs, and what one of them computes where nothing disturbs it."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.faults.results import published, results, train


@pytest.fixture(scope='package')
def server(tmp_path_factory):
    """Runs a command in a folder; see server.py."""
    compiler = shutil.which('cc') or shutil.which('gcc')
    if not compiler or not sys.platform.startswith('linux'):
        pytest.skip('needs Linux and a C compiler')
    library = tmp_path_factory.mktemp('shim') / 'io_faults.so'
    source = Path(__file__).with_name('io_faults.c')
    subprocess.run([compiler, '-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], check=True)
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name('server.py')), str(ROOT)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, 'LD_PRELOAD': str(library), 'OPENBLAS_NUM_THREADS': '1', 'OMP_NUM_THREADS': '1'},
    )  # fmt: skip
    process.stdout.readline()

    def ask(folder, arguments=None, **how):
        process.stdin.write(json.dumps({'folder': str(folder), 'arguments': arguments or train(), **how}) + '\n')
        process.stdin.flush()
        return int(process.stdout.readline())

    yield ask
    process.kill()
    process.communicate()


@pytest.fixture(scope='package')
def earlier(server, tmp_path_factory):
    """Makes a folder with the files of two models published two minutes ago, the second is the one in use."""
    template = tmp_path_factory.mktemp('template')
    for tag in ('PCA5_elu-8', 'PCA5_elu-4'):
        assert server(template, train(1, tag)) == 0, (template / 'stderr').read_text()
    for path in template.glob('saves/*'):
        os.utime(path, (time.time() - 120,) * 2)
    return lambda folder: shutil.copytree(template, folder)


@pytest.fixture(scope='package')
def undisturbed(server, earlier, tmp_path_factory):
    """What the run computes, a line for every change that it makes on disk, and its seconds."""
    folder, begin = earlier(tmp_path_factory.mktemp('undisturbed') / 'run'), time.monotonic()
    before = published(folder)
    assert server(folder, fault=[0, 0]) == 0, (folder / 'stderr').read_text()
    computed = results(folder)
    assert computed['model'] != before
    return computed, (folder / 'operations').read_text().splitlines(), time.monotonic() - begin
