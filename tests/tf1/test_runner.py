"""`bin/tf1`, as a user types it."""

import json
import subprocess
import sys

import pytest

from tests.cli.commands import ended, environment
from tests.conftest import RECORDED, ROOT


@pytest.fixture(scope='module')
def seeded(tmp_path_factory):
    """What tests/tf1/seeded.py prints."""
    command, folder = [ROOT / 'bin' / 'tf1', ROOT / 'tests/tf1/seeded.py'], tmp_path_factory.mktemp('seeded')
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, env=environment(folder))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize('network', json.loads((RECORDED / 'seeded.json').read_text()))
def test_weights_and_losses_from_a_seed_are_those_of_tensorflow_1(seeded, as_recorded, network):
    as_recorded(seeded[network], network)


@pytest.fixture
def tf1(tmp_path):
    """Writes the program into `tmp_path`/course/NAME, runs it from `tmp_path`; returns the ended process."""

    def run(text, *arguments, name='old.py', before=(), typed=False):
        folder = tmp_path / 'course'
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text)
        return ended(tmp_path, 'tf1', *before, f'course/{name}', *arguments, typed=typed)

    return run


PROGRAM = """
import sys
import tensorflow as tf
import tensorflow.contrib.layers as layers
from tensorflow.examples.tutorials.mnist import input_data
from tensorflow.contrib import rnn, framework
from tensorflow.python.framework import ops
import beside

X = tf.placeholder(tf.float32, (None, 4))
hidden = layers.fully_connected(X, 3)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    print(session.run(tf.layers.dense(hidden, 2, kernel_initializer=tf.zeros_initializer()), {X: [[1, 2, 3, 4]]})
          if session.run(tf.global_variables_initializer()) else beside.tf is tf)
print(sys.argv, __name__, __file__, sys.path[0], hidden.get_shape()[1].value)
sys.exit(7)
"""


def test_a_program_sees_what_python_would_show_it(tf1, tmp_path):
    (tmp_path / 'course').mkdir()
    (tmp_path / 'course/beside.py').write_text('import tensorflow as tf\n')
    done = tf1(PROGRAM, '--rate', '0.1', '--check', typed=True)
    folder = tmp_path / 'course'
    arguments = ['course/old.py', '--rate', '0.1', '--check']
    assert done.stdout.splitlines() == ['True', f'{arguments} __main__ {folder / "old.py"} {folder} 3'], done.stderr
    assert done.returncode == 7
    assert sorted(path.name for path in folder.iterdir()) == ['beside.py', 'old.py']


def test_libraries_keep_their_own_tensorflow(tf1, tmp_path):
    library = tmp_path / 'course' / 'venv' / 'site-packages'
    library.mkdir(parents=True)
    (library / 'lib.py').write_text('import tensorflow as tf\n')
    done = tf1(f'import sys; sys.path.append({str(library)!r}); import lib; print(lib.tf.__name__)\n')
    assert done.stdout == 'tensorflow\n', done.stderr


def test_a_traceback_is_the_programs_own(tf1, tmp_path):
    done = tf1('import tensorflow as tf\n\ndef outer():\n    return 1 / 0\n\nouter()\n')
    lines = [line for line in done.stderr.splitlines() if line.strip(' ^~')]
    path = tmp_path / 'course/old.py'
    assert lines == [
        'Traceback (most recent call last):', f'  File "{path}", line 6, in <module>', '    outer()',
        f'  File "{path}", line 4, in outer', '    return 1 / 0', 'ZeroDivisionError: division by zero',
    ]  # fmt: skip
    assert done.returncode == 1


def test_the_cells_of_a_notebook_run_in_order_without_their_magics(tf1):
    cells = [
        '%matplotlib inline\nimport tensorflow as tf\n!ls',
        'x = 7\nfor i in range(2):\n    %time y = x',
        '%%bash\nls',
        'print(100\n      % x, tf.VERSION[0], __name__)',
    ]
    notebook = {'cells': [{'cell_type': 'code', 'source': cell.splitlines(True)} for cell in cells]}
    done = tf1(json.dumps(notebook), name='old.ipynb')
    assert done.stdout == '2 2 __main__\n', done.stderr
    assert len(done.stderr.splitlines()) == 4
    notebook['cells'][3]['source'] = ['print(x)\n', 'undefined']
    assert (
        'old.ipynb, cell 4", line 2, in <module>\n    undefined\n' in tf1(json.dumps(notebook), name='old.ipynb').stderr
    )


@pytest.mark.parametrize(
    ('line', 'words'),
    [
        ('from tensorflow.contrib import boosted_trees', ['tf.contrib.boosted_trees', 'out of its scope']),
        ('tf.contrib.eager.enable_eager_execution()', ['tf.contrib.eager', 'out of its scope']),
        ('tf.train.SummaryWriter("x")', ['tf.train.SummaryWriter', 'tf.summary.FileWriter']),
        ('tf.mul(1, 2)', ['tf.mul', 'tf.multiply']),
    ],
)
def test_what_is_missing_is_one_line_when_it_runs_and_when_it_is_checked(tf1, line, words):
    text = f'import tensorflow as tf\nprint("begun")\n{line}\n'
    ran, checked = tf1(text), tf1(text, before=['--check'])
    assert (ran.stdout, ran.returncode, checked.returncode, checked.stderr) == ('begun\n', 1, 1, '')
    for [said] in (ran.stderr.splitlines(), checked.stdout.splitlines()):
        assert 'course/old.py:3: ' in said
        assert all(word in said for word in words)


def test_what_runs_has_nothing_to_report(tf1):
    done = tf1(PROGRAM.replace('import beside\n', ''), before=['--check'])
    assert (done.stdout, done.stderr, done.returncode) == ('', '', 0)


@pytest.mark.parametrize('before', [[], ['--check']])
def test_python_2_is_named_with_its_lines_and_is_not_translated(tf1, before):
    done = tf1('x = 1\nprint "hello"\nfor i in xrange(3):\n    print i\n', before=before)
    [line] = done.stderr.splitlines()
    assert all(word in line for word in ('line 2: print', 'line 3: xrange', 'line 4: print', '2to3', 'fissix'))
    assert (done.stdout, done.returncode) == ('', 1)


def test_python_2_that_python_3_compiles_is_named_too(tf1):
    text = 'import tensorflow as tf\nn = 10 / 2\ntf.zeros([n, 3])\nfor i in xrange(8):\n    range(n)\nrange(int(n))\n'
    done = tf1(text, before=['--check'])
    assert [line.split(':')[1] for line in done.stdout.splitlines()] == ['3', '4', '5']
    assert 'course/old.py:4: xrange is of Python 2' in tf1(text).stderr.splitlines()[-1]


def test_python_m_is_the_same(tf1, tmp_path):
    (tmp_path / 'p.py').write_text('import sys, tensorflow as tf; print(sys.argv[1:], tf.contrib.__name__)\n')
    command = [sys.executable, '-m', 'graph_mlp.tf1', 'p.py', '-x']
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
        env={**environment(tmp_path), 'PYTHONPATH': str(ROOT)},
    )  # fmt: skip
    assert done.stdout == "['-x'] graph_mlp.tf1.contrib\n", done.stderr
