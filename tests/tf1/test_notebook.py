"""The notebook's own cells on today's TensorFlow, from the weights and batches of TensorFlow 1.15's records."""

import json

import pytest
import tensorflow.compat.v1 as tensorflow

from tests.conftest import RECORDED, ROOT

FOLDER = ROOT.parent / 'shared' / 'notebook'
EPOCHS = 1
# The copy at hand has lost the indentation of two cells: the levels of their lines, by how the cell begins.
LEVELS = {'training_step': '00000000111011', 'with tf.Session()': '01221223433322'}
IMPORTS = {
    'import tensorflow as tf': 'import graph_mlp.tf1 as tf',
    'from tensorflow.examples.tutorials.mnist import': 'from graph_mlp.tf1.examples.tutorials.mnist import',
}
BROKEN_IN_2017 = {
    '.dense(bn2_act, size_output_layer, name="output")\n': '.dense(hidden_layer_2, size_output_layer, name="output")\n',
    '"/saves/': '"saves/',
}
OURS = {
    '"/data/"': 'sys.argv[1]',
    'n_epoch = 60': f'n_epoch = {EPOCHS}',
    'init.run()': 'saver.restore(sess, sys.argv[2])',
}
# The notebook calls it and never defines it; this is the order of the records.
NEXT_BATCH = """
import sys
epochs = iter(range(sys.maxsize))

def next_batch(X, y, batch_size, nb_batch):
    order = np.random.RandomState([42, next(epochs)]).permutation(len(X))
    for start in range(0, nb_batch * batch_size, batch_size):
        rows = order[start : start + batch_size]
        yield X[rows], y[rows]
"""


@pytest.fixture(scope='module')
def cells():
    """The code of every cell."""
    notebooks = list(FOLDER.glob('*.txt')) + list(FOLDER.glob('*.ipynb'))
    if not notebooks:
        pytest.skip(f'needs the notebook in {FOLDER}')
    cells = json.loads(notebooks[0].read_text(encoding='utf-8'))['cells']
    return [indented(cell['source']) for cell in cells if cell['cell_type'] == 'code']


def indented(lines):
    """The cell's code, indented again where it is one of those that lost it."""
    for beginning, levels in LEVELS.items():
        if lines[0].startswith(beginning) and lines[-1].startswith(' ') and not lines[-1].startswith('  '):
            lines = [' ' * int(level) + line.lstrip(' ') for level, line in zip(levels, lines, strict=True)]
    return ''.join(lines)


def program(cells, left_out):
    """The cells in order but one of the two networks, with the changes above."""
    first, *rest = [cell for cell in cells if left_out not in cell]
    code = '\n'.join([first, NEXT_BATCH, *rest])
    for old, new in {**IMPORTS, **BROKEN_IN_2017, **OURS}.items():
        code = code.replace(old, new)
    return code


@pytest.mark.parametrize(
    ('name', 'left_out', 'within'),
    [
        ('BN_elu-300-100', 'activation=tf.nn.relu', 5e-5),
        # A rectifier's kink amplifies the last bit: three images.
        pytest.param('relu-300-100', 'batch_normalization', 3e-4, marks=pytest.mark.heavy),
    ],
)
def test_the_cells_compute_the_recorded_accuracies(cells, mnist_folder, tmp_path, run_python, name, left_out, within):
    printed = run_python(program(cells, left_out), mnist_folder, RECORDED / name / 'init.ckpt')
    recorded = json.loads((RECORDED / name / 'expected.json').read_text())['test_accuracy'][:EPOCHS]
    epochs, accuracies = zip(*(line.split() for line in printed.splitlines()), strict=True)
    assert epochs == tuple(str(epoch) for epoch in range(EPOCHS))
    assert list(map(float, accuracies)) == pytest.approx(recorded, abs=within)
    saved = tensorflow.train.list_variables(str(tmp_path / 'saves/my_model_chapter10_2.ckpt'))
    assert saved == tensorflow.train.list_variables(str(RECORDED / name / 'model.ckpt'))
    assert list(tmp_path.glob('saves/summary/*/events.out.tfevents.*'))
