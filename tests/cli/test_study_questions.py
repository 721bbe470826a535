"""bin/study with a question of one's own, as a user types it, on the digits."""

import json

import pytest

from tests.cli.commands import run

SMALL = ('--dataset', 'digits', '--epochs', 2)


@pytest.fixture(scope='module')
def asked(tmp_path_factory):
    """A folder in which two models were compared over two seeds, and what was printed."""
    folder = tmp_path_factory.mktemp('asked')
    stdout, stderr = run(folder, 'study', 'relu-6', 'BN_elu-6', '--seeds', 2, *SMALL)
    return folder, stdout, stderr


def runs(folder):
    return sorted(path.name for path in (folder / 'saves' / 'study' / 'runs').iterdir())


def test_the_answer_is_one_sentence_and_the_page_is_named_by_the_question(asked):
    folder, [line], stderr = asked
    assert line.startswith(('BN_elu-6 is better than relu-6 by ', 'BN_elu-6 and relu-6 are within noise: '))
    page = folder / 'saves' / 'report' / 'digits_relu-6-or-BN_elu-6-after-2-epochs' / 'index.html'
    assert page.exists()
    assert f'report: {page.relative_to(folder)}' in stderr


def test_json_is_one_document_of_the_same_answer(asked):
    folder, [line], _ = asked
    record = json.loads('\n'.join(run(folder, 'study', 'relu-6', 'BN_elu-6', '--seeds', 2, *SMALL, '--json')[0]))
    assert record['answer'] == line
    assert [pair['seeds'] for pair in record['pairs']] == [2]


def test_another_study_finds_the_same_runs_again(asked):
    vary = ('--hidden', 6, '--vary', 'activation', 'elu', 'relu', '--seeds', 2, *SMALL, '--dry-run')
    lines, _ = run(asked[0], 'study', *vary)
    assert [line for line in lines if 'BN_elu-6' in line] == [
        f'digits_BN_elu-6_seed-{seed}: 2 of 2 epochs, finished' for seed in (42, 43)
    ]
    assert sum('BN_relu-6' in line for line in lines) == 2


def test_seeds_are_added_until_the_most_where_a_verdict_is_open(asked):
    folder, _, _ = asked
    # One rate and another that is hardly different: nobody can tell them apart.
    arguments = ('--hidden', 6, '--vary', 'learning-rate', '0.01', '0.010001', *SMALL)
    stdout, _ = run(folder, 'study', *arguments, '--seeds', 2, '--until-decided', '--most', 3)
    assert 'are within noise' in stdout[0]
    assert sum('rate-0.010001' in name for name in runs(folder)) == 3


PLAN = """\
question = "Is six enough?"
seeds = 2
epochs = 2
[runs.six]
model = "relu-6"
[runs.bn]
model = "BN_elu-6"
[[claims]]
claim = "Batch norm ends higher."
operator = "difference"
runs = ["bn", "six"]
range = [0.0, inf]
"""


def test_a_plan_file_is_judged_from_runs_that_are_there(asked):
    folder, _, _ = asked
    (folder / 'plan.toml').write_text(PLAN)
    before = runs(folder)
    stdout, stderr = run(folder, 'study', 'plan.toml', '--dataset', 'digits')
    assert stdout[-1].startswith('1a ')
    assert 'Batch norm ends higher. (The final accuracy of bn is ' in stdout[-1]
    assert (folder / 'saves' / 'report' / 'digits_Is-six-enough' / 'index.html').exists()
    assert runs(folder) == before
    assert not any('to train' in line for line in stderr)


def test_a_slip_in_a_plan_is_one_line_before_anything_is_trained(tmp_path):
    (tmp_path / 'plan.toml').write_text(PLAN.replace('"difference"', '"diference"'))
    stdout, [line] = run(tmp_path, 'study', 'plan.toml', '--dataset', 'digits', status=2)
    assert stdout == []
    assert line.startswith("study: plan.toml: claims[0]: there is no operator 'diference'")
    assert not (tmp_path / 'saves').exists()


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['relu-6'], 'relu-6 alone is nothing to compare'),
        (['none.toml'], 'none.toml: No such file'),
        (['none.toml', '--hidden', 6], '--hidden cannot be added'),
        (['--hidden', 6], '--hidden: name the models to compare, or --vary a setting'),
        (['relu-6', 'elu-6', '--measure', 'speed'], "there is no measure 'speed'"),
        (['relu-6', 'elu-6', '--most', 9], '--most is for --until-decided'),
        (['relu-6', 'elu-6', '--until-decided', '--seeds', 20], '--seeds 20 is more than --most 16'),
        (['relu-6', 'elu-6', '--only', 'pca'], '--only pca: there is no such comparison'),
        (['relu-6', 'elu-6', '--pca', 'none.npz'], 'none.npz: No such file'),
        (['relu-6', 'elu-6', '--seed', 3], 'unrecognized arguments: --seed'),
    ],
)
def test_what_cannot_be_asked_is_one_line(tmp_path, arguments, words):
    stdout, [line] = run(tmp_path, 'study', *arguments, status=2)
    assert stdout == []
    assert words in line
    assert not (tmp_path / 'saves').exists()


def test_help_lists_measures_operators_and_settings(tmp_path):
    text = '\n'.join(run(tmp_path, 'study', '--help')[0])
    for word in ('seconds to N %', 'lead by validation', 'keep-last-batch'):
        assert f'\n  {word} ' in text
