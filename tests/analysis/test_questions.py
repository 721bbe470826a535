import pytest

from graph_mlp.analysis.named_measures import named_measure
from graph_mlp.analysis.questions import asked_plan
from graph_mlp.errors import UsageError


def asked(tags=(), varied=(), measure='final accuracy', epochs=60, **fixed):
    return asked_plan(tags, fixed, varied, [], named_measure(measure), 8, epochs)


def names(plan):
    return [run.name for run in plan.comparisons[0].runs]


def test_models_are_compared_in_pairs():
    plan = asked(['BN_elu-30', 'relu-30'])
    assert names(plan) == ['BN_elu-30', 'relu-30']
    assert plan.comparisons[0].pairs.name == 'final accuracy'
    assert (plan.question, plan.key) == ('BN_elu-30 or relu-30?', 'BN_elu-30-or-relu-30')


def test_several_settings_are_every_combination():
    plan = asked(varied=[('learning-rate', ['0.1', '0.2']), ('hidden', ['5', '6-4'])], activation='relu')
    assert names(plan) == [f'BN_relu-{hidden}_rate-{rate}' for rate in ('0.1', '0.2') for hidden in ('5', '6-4')]
    assert plan.question == 'learning-rate 0.1 or 0.2, hidden 5 or 6-4, with activation relu?'


def test_models_are_combined_with_settings():
    assert names(asked(['relu-5', 'elu-5'], [('batch-size', ['7', '70'])])) == [
        'relu-5_batch-7', 'relu-5', 'elu-5_batch-7', 'elu-5',
    ]  # fmt: skip


def test_a_question_names_what_it_is_asked_about():
    keys = {
        asked(['relu-5', 'elu-5'], **changes).key
        for changes in ({}, {'epochs': 5}, {'measure': 'seconds to 97 %'}, {'learning_rate': 0.1}, {'steps_per_run': 1})
    }
    assert len(keys) == 5


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        ({'tags': ['relu-5']}, 'relu-5 alone is nothing to compare'),
        ({'tags': ['relu-5', 'nothing']}, "'nothing' is no plan (NAME.toml) and no tag of a model"),
        ({'tags': ['relu-5', 'relu-5']}, 'have the same settings'),
        ({'varied': [('rate', ['1', '2'])]}, "there is no setting 'rate'"),
        ({'varied': [('batch-size', [])]}, '--vary batch-size needs values'),
        ({'varied': [('batch-size', ['1'])] * 2}, 'is given twice'),
        ({'varied': [('batch-size', ['1', '2'])], 'batch_size': 3}, '--vary batch-size and --batch-size contradict'),
        ({'tags': ['relu-5'], 'varied': [('hidden', ['5', '6'])]}, "tag 'relu-5' says --hidden 5"),
        ({'varied': [('batch-size', ['1', '0'])]}, 'batch size 0'),
    ],
)
def test_what_cannot_be_asked_is_told(arguments, words):
    with pytest.raises(UsageError) as caught:
        asked(**arguments)
    assert words in str(caught.value)
