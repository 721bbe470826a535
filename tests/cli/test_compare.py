"""bin/compare as a user types it."""

import json
import subprocess
import sys

from tests.cli.commands import run
from tests.conftest import ROOT
from tests.study.synthetic import write_run


def test_a_line_per_configuration_with_mean_and_interval(tmp_path):
    for seed, end in ((1, 0.97), (2, 0.98)):
        write_run(tmp_path / 'saves', f'elu-300-100_seed-{seed}', [0.9, end], 2.0, seed=seed, batch_norm=False)
    write_run(tmp_path / 'saves', 'other', [0.5])
    stdout, stderr = run(tmp_path, 'compare')
    assert stdout[2].startswith('| elu-300-100 | 2 | 2 | 0.9750 [0.9115, 1.0000] |')
    assert stdout[3].startswith('| other | 1 | 1 | 0.5000 |')
    assert not stderr


def test_tags_choose_and_json_is_one_document(tmp_path):
    for name in ('a-1', 'a-2', 'b'):
        write_run(tmp_path / 'saves', name, [0.9, 0.97], 2.0)
    stdout, _ = run(tmp_path, 'compare', 'a-*', '--format', 'json')
    rows = json.loads('\n'.join(stdout))
    assert [row['run'] for row in rows] == ['a-1', 'a-2']
    assert rows[0]['seconds_to_97'] == 4.0


def test_figures_by_epoch_by_training_time_and_of_intervals(tmp_path):
    write_run(tmp_path / 'saves', 'a', [0.9, 0.97])
    run(tmp_path, 'compare', '--figures', 'pictures', '--kind', 'svg')
    assert sorted(path.name for path in (tmp_path / 'pictures').iterdir()) == [
        'accuracy-by-epoch.svg', 'accuracy-by-time.svg', 'accuracy-intervals.svg']  # fmt: skip


def test_an_unknown_tag_says_which_there_are(tmp_path):
    write_run(tmp_path / 'saves', 'a', [0.9])
    stdout, stderr = run(tmp_path, 'compare', 'nothing', status=1)
    assert (stdout, stderr) == ([], ['compare: there is no run nothing; there is a'])


def test_an_empty_folder_is_one_line(tmp_path):
    stdout, [line] = run(tmp_path, 'compare', status=1)
    assert not stdout
    assert line.startswith('compare: there are no runs in saves')


def test_what_is_readable_is_shown_beside_what_is_not(tmp_path):
    write_run(tmp_path / 'saves', 'good', [0.9])
    state = write_run(tmp_path / 'saves', 'half', [0.9, 0.95]).folder / 'checkpoints' / 'epoch-00002'
    (state / 'model.ckpt.history.npy').write_bytes(b'half')
    stdout, lines = run(tmp_path, 'compare')
    assert len(stdout) == 3
    assert lines[-1].startswith('warning: half is left out:')


def test_a_setting_that_no_name_spells_has_a_column(tmp_path):
    write_run(tmp_path / 'saves', 'mine', [0.9], learning_rate=0.5)
    stdout, _ = run(tmp_path, 'compare')
    assert stdout[0].startswith('| run | learning-rate | seeds |')
    assert stdout[2].startswith('| mine | 0.5 | 1 |')


def test_many_runs_are_compared_without_tensorflow(tmp_path):
    for number in range(8):
        write_run(tmp_path / 'saves', f'run-{number}', [0.9] * 60)
    script = (
        'import sys; from graph_mlp.cli.main import main; status = main(["compare", "--figures", "f"]); '
        'assert "tensorflow" not in sys.modules; sys.exit(status)'
    )
    done = subprocess.run(
        [sys.executable, '-c', script], cwd=tmp_path, env={'PYTHONPATH': str(ROOT)}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 10
