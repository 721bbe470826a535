"""The notebook runs from its first cell to its last, and what it shows is kept in it."""

import re

import nbclient
import nbformat
import pytest

from tests.conftest import ROOT

PATH = ROOT / 'graph_mlp' / 'guide' / 'walkthrough.ipynb'
NOTEBOOK = nbformat.read(PATH, as_version=4)
CODE = [cell for cell in NOTEBOOK.cells if cell.cell_type == 'code']


def printed(cells):
    """All text on stdout; any other output stream is an error."""
    outputs = [output for cell in cells for output in cell.outputs]
    assert {output.name for output in outputs if output.output_type == 'stream'} == {'stdout'}
    return ''.join(output.text for output in outputs if output.output_type == 'stream')


def pictures(cells):
    return [output for cell in cells for output in cell.outputs if 'image/png' in output.get('data', ())]


@pytest.fixture(scope='module')
def executed(tmp_path_factory):
    """The cells as they end when they are run now, on the digits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('PYTHONPATH', str(ROOT))
        for name in ('GRAPH_MLP_DATA', 'TF_CPP_MIN_LOG_LEVEL'):
            patch.delenv(name, raising=False)
        notebook = nbformat.read(PATH, as_version=4)
        resources = {'metadata': {'path': str(tmp_path_factory.mktemp('user'))}}
        nbclient.NotebookClient(notebook, timeout=300, resources=resources).execute()
    return [cell for cell in notebook.cells if cell.cell_type == 'code']


def test_it_runs_and_learns(executed):
    text = printed(executed)
    [accuracy] = re.findall(r'epoch 29: test accuracy (\S+)', text)
    assert float(accuracy) > 0.85
    assert 'the same accuracy: True' in text
    assert 'largest change in the frame: 0.0' in text


def test_its_kept_outputs_are_those_of_a_run(executed):
    assert [cell.execution_count for cell in CODE] == list(range(1, len(CODE) + 1))
    assert [len(pictures([cell])) for cell in CODE] == [len(pictures([cell])) for cell in executed]
    assert [re.sub(r'\d+', '0', line) for line in printed(CODE).splitlines()] == [
        re.sub(r'\d+', '0', line) for line in printed(executed).splitlines()
    ]


def test_it_is_small_and_names_no_place_on_a_machine():
    content = PATH.read_text(encoding='utf-8')
    assert len(content) < 400_000
    assert not re.search(r'(?<![\w.])/(?:home|root|tmp|work|usr|opt)/', content)
