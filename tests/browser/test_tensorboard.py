"""TensorBoard in a real browser: what a reader of the notebook looks for is there to be seen."""

import re
import socket
import subprocess
import time
import urllib.request

import pytest

from tests.browser.chromium import chromium
from tests.cli.commands import environment, run
from tests.conftest import ROOT

RUNS = ('digits_BN_elu-20-10', 'digits_relu-20-10')


@pytest.fixture(scope='module')
def board(tmp_path_factory):
    """TensorBoard on localhost over two runs of two epochs; its address."""
    folder = tmp_path_factory.mktemp('board')
    for tag in ('BN_elu-20-10', 'relu-20-10'):
        run(folder, 'train', '--dataset', 'digits', '--tag', tag, '--epochs', 2, '--histograms')
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    command = [str(ROOT / 'bin' / 'tensorboard'), '--logdir', 'saves/summary', '--port', str(port)]
    quiet = {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=folder, env=environment(folder), **quiet)
    try:
        address = f'http://127.0.0.1:{port}'
        _wait_for(f'{address}/data/runs')
        yield address
    finally:
        process.kill()
        process.wait()


def _wait_for(address):
    limit = time.monotonic() + 90
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if all(name.encode() in answer.read() for name in RUNS[:1]):
                    return
        except OSError:
            pass
        assert time.monotonic() < limit, 'TensorBoard does not answer'
        time.sleep(0.5)


@pytest.fixture(scope='module')
def page(board):
    with chromium() as browser:
        opened = browser.new_page(viewport={'width': 1400, 'height': 1000})
        opened.set_default_timeout(60_000)

        def visit(dashboard):
            opened.goto(f'{board}/#{dashboard}')
            opened.reload()
            return opened

        yield visit


def drawn(page, tmp_path):
    """Colours on a screenshot, with how many pixels each has."""
    from collections import Counter

    import numpy as np
    from matplotlib.image import imread

    path = tmp_path / 'screenshot.png'
    page.screenshot(path=path)
    pixels = (imread(path)[..., :3] * 255).round().astype(np.uint8)
    return Counter(map(tuple, pixels.reshape(-1, 3).tolist()))


def test_the_curves_of_both_runs(page, tmp_path):
    opened = page('scalars')
    for name in RUNS:
        opened.get_by_text(name, exact=True).first.wait_for()
    opened.get_by_text('tag: Accuracy', exact=True).wait_for()
    opened.wait_for_timeout(3000)
    colours = drawn(opened, tmp_path)
    # TensorBoard's first two run colours, in the curves and in the list of runs.
    assert sum(count for colour, count in colours.items() if near(colour, (255, 112, 67))) > 50
    assert sum(count for colour, count in colours.items() if near(colour, (0, 119, 187))) > 50


def near(colour, other, within=12):
    return all(abs(one - two) <= within for one, two in zip(colour, other, strict=True))


def test_the_graph_page_reads_like_the_network(page):
    opened = page('graphs')
    opened.locator('g.node').first.wait_for()
    opened.wait_for_timeout(2000)
    names = set(opened.locator('g.node').evaluate_all('nodes => nodes.map(node => node.getAttribute("data-name"))'))
    assert {'X', 'hidden1', 'batch_normalization', 'Elu', 'hidden2', 'output', 'loss', 'train', 'evaluation'} <= names
    assert len([name for name in names if '/' not in name]) <= 16


def test_hparams_has_a_line_for_each_configuration(page):
    opened = page('hparams')
    for text in ('activation', 'batch norm', 'hidden sizes', 'input features', 'optimizer', 'seed'):
        opened.get_by_text(text, exact=True).first.wait_for()
    opened.get_by_text(re.compile('digits BN_')).first.wait_for()
    opened.get_by_text(re.compile('digits relu')).first.wait_for()
    assert opened.get_by_text('test accuracy').count() >= 1


def test_confusion_matrix_and_misclassified_images(page):
    opened = page('images')
    for tag in ('tag: test/confusion_matrix', 'tag: test/misclassified'):
        opened.get_by_text(tag, exact=True).first.wait_for()
    opened.wait_for_timeout(2000)
    images = opened.locator('img').evaluate_all('images => images.map(image => image.naturalWidth)')
    assert sum(width > 300 for width in images) >= 4


def test_histograms_and_the_custom_page(page):
    opened = page('histograms')
    opened.get_by_text('tag: activations/hidden1', exact=True).first.wait_for()
    opened = page('custom_scalars')
    for text in ('Accuracy', 'Loss', 'training'):
        opened.get_by_text(text, exact=True).first.wait_for()
