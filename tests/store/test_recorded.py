import pytest

from graph_mlp.errors import RunError
from graph_mlp.store.recorded import read_run, read_runs
from tests.analysis.synthetic import history, write_run


def test_a_run_is_read_back_as_it_was_written(tmp_path):
    run = write_run(tmp_path, 'PCA154_relu-300-100', [0.9, 0.95], 1.5, 7, 2.5, input_features=154)
    found = read_run(run)
    assert found.history == history([0.9, 0.95], 1.5)
    assert (found.config.seed, found.pca_seconds, found.loop) == (7, 2.5, 157)


def test_an_empty_folder_says_what_to_do(tmp_path):
    with pytest.raises(RunError, match='train one with bin/train'):
        read_runs(tmp_path)


@pytest.mark.parametrize(
    ('content', 'said'),
    [
        ('', 'damaged'),
        ('epoch,accuracy\n0,0.5\n', 'it has other columns'),
        ('HEADER\n0,0.5\n', 'damaged'),
        ('HEADER\n' + '1' + ',0.5' * 12 + '\n', 'its epochs are not 0, 1, 2'),
        ('HEADER\n' + '0' + ',nan' * 12 + '\n', 'not finite'),
        ('HEADER\n' + '0' + ',x' * 12 + '\n', 'damaged'),
        ('HEADER\n', 'has no epoch yet'),
    ],
)
def test_a_half_written_history_is_left_out_and_named_and_the_others_are_shown(tmp_path, content, said):
    write_run(tmp_path, 'good', [0.9])
    bad = write_run(tmp_path, 'bad', [0.9]).folder / 'history.csv'
    bad.write_text(content.replace('HEADER', bad.read_text().splitlines()[0]))
    runs, [complaint] = read_runs(tmp_path)
    assert [run.name for run in runs] == ['good']
    assert complaint.startswith('bad is left out')
    assert said in complaint


@pytest.mark.parametrize('content', ['', '{}', '[]', '{"config": 1, "identity": 2}', '\x00', '{"config"'])
def test_a_foreign_folder_is_left_out_and_named(tmp_path, content):
    write_run(tmp_path, 'good', [0.9])
    (tmp_path / 'runs' / 'foreign').mkdir()
    (tmp_path / 'runs' / 'foreign' / 'config.json').write_text(content)
    (tmp_path / 'runs' / 'notes.txt').write_text('mine')
    runs, [complaint] = read_runs(tmp_path)
    assert [run.name for run in runs] == ['good']
    assert complaint.startswith('foreign is left out')
