"""Plans: from the command line and from TOML, what they refuse, and the names of their runs."""

import math

import numpy as np
import pytest

from graph_mlp.config import RunConfig, settings
from graph_mlp.errors import UsageError
from graph_mlp.study.plan import Comparison, Plan, asked_plan, folder_name, planned_run, read_plan, variable_settings

PLAN = """\
question = "Is six enough?"
seeds = 2
epochs = 5
[fixed]
batch-size = 7
[runs.six]
model = "relu-6"
[runs."as before"]
hidden = "300-100"
batch-norm = false
epochs = 3
[[claims]]
claim = "Six ends higher."
operator = "difference"
runs = ["six", "as before"]
range = [0.0, inf]
"""


@pytest.fixture
def plan_file(tmp_path):
    """A function that writes a plan and returns its path."""

    def write(text):
        (tmp_path / 'plan.toml').write_text(text, encoding='utf-8')
        return tmp_path / 'plan.toml'

    return write


def test_a_file_gives_runs_settings_and_claims(plan_file):
    plan = read_plan(plan_file(PLAN))
    assert (plan.question, plan.seeds, plan.epochs) == ('Is six enough?', 2, 5)
    six, before = plan.planned['six'], plan.planned['as before']
    assert six.config == RunConfig(hidden_sizes=(6,), activation='relu', batch_norm=False, batch_size=7)
    assert before.config == RunConfig(batch_norm=False, batch_size=7)
    assert (six.name, before.name) == ('relu-6_batch-7', 'elu-300-100_batch-7')
    assert before.most_epochs == 3
    [comparison] = plan.comparisons
    assert comparison.runs == ('six', 'as before')
    assert comparison.pairs == 'final accuracy'
    assert comparison.claims[0].range == (0.0, math.inf)


def test_a_byte_order_mark_is_no_part_of_a_plan_and_a_plan_is_never_cut(plan_file):
    assert read_plan(plan_file('\ufeff' + PLAN)).question == 'Is six enough?'
    with pytest.raises(UsageError, match='1 MiB'):
        read_plan(plan_file(PLAN + '#\n' * 2**19))


def test_comparisons_take_named_runs_and_tags(plan_file):
    text = 'question = "Q"\n[runs.six]\nmodel = "relu-6"\n'
    text += '[[comparisons]]\ntitle = "First, by time"\naxis = "by-time"\nruns = ["six", "elu-6"]\ntimed = ["tanh-6"]\n'
    plan = read_plan(plan_file(text))
    assert list(plan.planned) == ['six', 'elu-6', 'tanh-6']
    assert plan.comparisons[0].key == 'First-by-time'


@pytest.mark.parametrize(
    ('old', 'new', 'words'),
    [
        ('seeds = 2', 'seeds = "two"', ['seeds: Expected `int`', "found 'two'"]),
        ('seeds = 2', 'seeds = 0', ['seeds: Expected `int` >= 1', 'found 0']),
        ('seeds = 2', 'seed = 2', ['unknown field `seed`', 'there are question, seeds']),
        ('question = "Is six enough?"', '', ['missing required field `question`']),
        ('"difference"', '"diference"', ['claims[0]', "no operator 'diference'", "did you mean 'difference'"]),
        ('"difference"', '"difference"\nrange2 = 1', ['claims[0]: ', 'unknown field `range2`', 'there are claim']),
        ('[0.0, inf]', '[inf, 0.0]', ['claims[0]', 'the lower number comes first']),
        ('[0.0, inf]', '[0.0]', ['claims[0].range', 'length 2', 'found [0.0]']),
        ('runs = ["six", "as before"]', 'runs = ["six", "sex"]', ["no run of this comparison 'sex'"]),
        ('model = "relu-6"', 'model = "rely-6"', ["runs.six.model: 'rely-6'"]),
        ('hidden = "300-100"', 'hidden = "big"', ['runs.as before.hidden: ', 'big', 'units']),
        ('hidden = "300-100"', 'hiden = "6"', ["runs.as before.hiden: there is no setting 'hiden'", "mean 'hidden'"]),
        ('batch-size = 7', 'batch-size = -7', ['fixed.batch-size: ', '-7', 'a whole number from 1']),
        ('epochs = 3', 'epochs = 0', ['runs.as before.epochs: found 0', 'positive whole number']),
        ('hidden = "300-100"\nbatch-norm = false', 'model = "relu-6"', ['have the same settings']),
        ('seeds = 2', 'seeds = ', ['plan.toml: ', 'line 2']),
        ('seeds = 2', '[[comparisons]]\ntitle = "T"\nruns = ["six"]\naxis = "by-size"', ['[0].axis', 'by-size']),
        ('seeds = 2', '[[comparisons]]\ntitle = "T"\nruns = []', ['comparisons[0].runs', 'found []']),
    ],
)  # fmt: skip
def test_a_slip_is_refused_with_its_path_what_was_found_and_what_is_allowed(plan_file, old, new, words):
    assert old in PLAN
    with pytest.raises(UsageError) as refusal:
        read_plan(plan_file(PLAN.replace(old, new, 1)))
    assert [word for word in words if word not in str(refusal.value)] == []
    assert str(refusal.value).count('\n') == 0


@pytest.mark.parametrize('text', ['', 'question = "Q"', 'question = "Q"\n[runs.a]\n[runs.b]\nbatch-size = 7\n' * 2])
def test_a_plan_without_runs_or_with_a_table_twice_is_refused(plan_file, text):
    with pytest.raises(UsageError, match=r'plan\.toml: '):
        read_plan(plan_file(text))


def test_a_run_that_no_comparison_uses_is_refused(plan_file):
    text = PLAN.split('[[claims]]')[0] + '[[comparisons]]\ntitle = "T"\nruns = ["six", "relu-7"]\n'
    with pytest.raises(UsageError, match=r'runs\.as before: no comparison uses it'):
        read_plan(plan_file(text))


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path):
    (tmp_path / 'binary.toml').write_bytes(b'\xff\xfe\x00')
    for path in (tmp_path / 'none.toml', tmp_path, tmp_path / 'binary.toml'):
        with pytest.raises(UsageError, match=str(path)):
            read_plan(path)


def test_models_are_compared_with_what_is_fixed():
    plan = asked_plan(['relu-6', 'elu-6'], {'batch_size': 7}, [], seeds=3)
    assert list(plan.planned) == ['relu-6_batch-7', 'elu-6_batch-7']
    assert plan.question == 'relu-6 or elu-6, with batch-size 7?'
    assert (plan.seeds, plan.epochs) == (3, 60)


def test_several_settings_are_varied_in_every_combination():
    plan = asked_plan([], {'hidden_sizes': (6,)}, [['learning-rate', '0.1', '0.01'], ['activation', 'relu', 'elu']])
    assert list(plan.planned) == ['BN_relu-6_rate-0.1', 'BN_elu-6_rate-0.1', 'BN_relu-6', 'BN_elu-6']


@pytest.mark.parametrize(
    ('tags', 'fixed', 'varied', 'words'),
    [
        (['relu-6'], {}, [], 'relu-6 alone is nothing to compare'),
        (['relu-6', 'rely-6'], {}, [], "'rely-6' is no plan"),
        ([], {}, [['speed', '1', '2']], "no setting 'speed'"),
        ([], {}, [['seed', '1', '2']], "no setting 'seed'"),
        ([], {}, [['batch-size']], 'needs values'),
        ([], {}, [['batch-size', '7', 'many']], 'many'),
        ([], {}, [['batch-size', '7'], ['batch-size', '8']], 'contradict'),
        ([], {'batch_size': 7}, [['batch-size', '7', '8']], 'contradict'),
        ([], {}, [['batch-size', '7', '7']], 'asked for twice'),
        (['relu-6', 'elu-6'], {'activation': 'tanh'}, [], "tag 'relu-6' says"),
    ],
)
def test_what_cannot_be_asked_is_refused(tags, fixed, varied, words):
    with pytest.raises(UsageError, match=words):
        asked_plan(tags, fixed, varied)


OTHERS = {  # a value of every setting that is not its default, and what it adds to the name of a run
    'hidden_sizes': ('6', 'BN_elu-6'), 'activation': ('relu', 'BN_relu-300-100'), 'batch_norm': ('no', 'elu-300-100'),
    'input_features': ('9', 'PCA9_BN_elu-300-100'), 'optimizer': ('adam', 'BN_ADAM_elu-300-100'),
    'learning_rate': ('1e+20', 'BN_elu-300-100_rate-1e20'), 'batch_size': ('7', 'BN_elu-300-100_batch-7'),
    'keep_last_batch': ('yes', 'BN_elu-300-100_last-batch'), 'steps_per_run': ('3', 'BN_elu-300-100_steps-3'),
    'schedule': ('piecewise:3:0.1:5:0.01', 'BN_elu-300-100_schedule-piecewise-3-0.1-5-0.01'),
    'dropout': ('0.5,0.2', 'BN_elu-300-100_dropout-0.5-0.2'), 'clip_norm': ('5', 'BN_elu-300-100_clip-norm-5.0'),
    'input_dropout': ('0.2', 'BN_elu-300-100_input-dropout-0.2'), 'l2': ('1e-4', 'BN_elu-300-100_l2-0.0001'),
    'clip_value': ('0.1', 'BN_elu-300-100_clip-value-0.1'), 'patience': ('3', 'BN_elu-300-100_patience-3'),
    'monitor': ('loss', 'BN_elu-300-100_monitor-loss'),
    'momentum': ('0.5', 'BN_MO_elu-300-100_momentum-0.5'), 'decay': ('0.5', 'BN_RMS_elu-300-100_decay-0.5'),
    **{name: ('0.5', f'BN_ADAM_elu-300-100_{name}-0.5') for name in ('beta1', 'beta2', 'epsilon')},
}  # fmt: skip
OPTIMIZERS = {'momentum': 'momentum', 'decay': 'rmsprop', 'beta1': 'adam', 'beta2': 'adam', 'epsilon': 'adam'}
FIRST = {
    'schedule': 'cosine:3',
    'momentum': '0.25',
    'decay': '0.25',
    'beta1': '0.25',
    'beta2': '0.25',
    'dropout': '0.1',
}


@pytest.mark.parametrize('one', variable_settings().values(), ids=lambda one: one.name)
def test_every_setting_makes_a_name_and_a_configuration_of_its_own(one, tmp_path):
    if one.name in ('pca', 'init_ckpt'):
        pytest.skip('files have a test of their own')
    text, name = OTHERS[one.name]
    fixed = {'optimizer': OPTIMIZERS[one.name]} if one.name in OPTIMIZERS else {}
    default = FIRST.get(one.name) or ('1' if one.default is None else one.spelled(one.default))
    plan = asked_plan([], fixed, [[one.flag, default, text]])
    first, second = plan.planned.values()
    assert second.name == name
    assert first.name != second.name
    assert getattr(second.config, one.name) == one.read(text) != getattr(first.config, one.name)


def test_the_notebooks_loop_is_named_by_a_word():
    assert planned_run('', {'steps_per_run': 1}).name == 'BN_elu-300-100_notebook-loop'


def test_a_file_is_named_by_its_content_and_travels_as_an_absolute_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ('a', 'b'):
        np.savez(tmp_path / f'{name}.npz', mean=np.zeros(784))
    np.savez(tmp_path / 'c.npz', mean=np.ones(784))
    runs = [planned_run('', {'pca': f'{name}.npz', 'input_features': 9}) for name in 'abc']
    assert runs[0].name == runs[1].name != runs[2].name
    assert runs[0].name.startswith('PCA9_BN_elu-300-100_pca-')
    assert runs[0].config.pca == str(tmp_path / 'a.npz')


def test_a_pca_needs_input_features_and_a_file_that_is_there(tmp_path):
    with pytest.raises(UsageError, match=r'none\.npz: '):
        planned_run('', {'pca': str(tmp_path / 'none.npz'), 'input_features': 9})
    np.savez(tmp_path / 'a.npz', mean=np.zeros(784))
    with pytest.raises(UsageError, match='--input-features'):
        planned_run('', {'pca': str(tmp_path / 'a.npz')})


def test_only_takes_keys_and_numbers_in_the_plans_order():
    plan = Plan(question='Q', comparisons=[Comparison(title=title, runs=('relu-6',)) for title in ('A', 'B', 'C')])
    assert [one.key for one in plan.only(['3', 'A']).values()] == ['A', 'C']
    assert list(plan.only([])) == [1, 2, 3]
    with pytest.raises(UsageError, match='--only 4: there is no such comparison; choose from 1 to 3 or A, B, C'):
        plan.only(['4'])


@pytest.mark.parametrize('label', ['', '.hidden', '../up', 'a\nb', 'x' * 201])
def test_a_label_is_the_name_of_a_folder(label):
    with pytest.raises(UsageError, match='a label has'):
        Plan(question='Q', runs={label: {}}).planned  # noqa: B018


@pytest.mark.parametrize(
    ('text', 'name'), [('Is it 5 %?', 'Is-it-5'), ('...', 'study'), ('a/b', 'a-b'), ('x' * 200, None)]
)
def test_a_question_names_a_folder(text, name):
    assert len(folder_name(text)) <= 100
    assert name is None or folder_name(text) == name


def test_settings_that_a_study_gives_itself_or_does_not_measure_cannot_be_varied():
    varied = {one.name for one in variable_settings().values()}
    assert varied == {name for name, one in settings().items() if one.flag} - {'seed', 'epochs', 'publish'}
