"""Plans as a user writes them, right and wrong."""

import math
import re

import pytest

from graph_mlp.analysis.plan_claims import CLAIM_KEYS
from graph_mlp.analysis.plan_file import PLAN_KEYS, read_plan
from graph_mlp.config import RunConfig
from graph_mlp.errors import UsageError
from tests.conftest import ROOT

PAGE = (ROOT / 'graph_mlp' / 'guide' / 'study.md').read_text(encoding='utf-8')
PLAN = """\
question = "Is a rate of 0.03 better than 0.01?"
seeds = 5
epochs = 20

[fixed]
hidden = "30-10"
batch-norm = false

[runs.slow]
learning-rate = 0.01

[runs.fast]
learning-rate = 0.03
batch-size = 35

[[claims]]
claim = "The faster rate ends higher."
operator = "difference"
runs = ["fast", "slow"]
range = [0.0, inf]

[[claims]]
claim = "It costs no time."
measure = "seconds per epoch"
operator = "ratio"
runs = [
    "fast",
    "slow",
]
range = [0.9, 1.1]
"""


def read(tmp_path, text):
    path = tmp_path / 'plan.toml'
    path.write_text(text)
    return read_plan(path)


def test_runs_settings_and_claims_are_read(tmp_path):
    plan = read(tmp_path, PLAN)
    assert (plan.question, plan.seeds, plan.epochs) == ('Is a rate of 0.03 better than 0.01?', 5, 20)
    [comparison] = plan.comparisons
    assert [run.label for run in comparison.runs] == ['slow', 'fast']
    assert comparison.runs[1].settings == RunConfig(
        hidden_sizes=(30, 10), batch_norm=False, learning_rate=0.03, batch_size=35
    )
    assert comparison.runs[1].name == 'elu-30-10_rate-0.03_batch-35'
    assert comparison.pairs.name == 'final accuracy'
    difference, ratio = comparison.claims
    assert difference.claimed == (0.0, math.inf)
    assert difference.quantity == 'The final accuracy of fast is N points higher than that of slow'
    assert (ratio.unit, ratio.runs) == ('times', ('fast', 'slow'))


def test_a_list_of_sizes_and_a_model_are_read(tmp_path):
    plan = read(tmp_path, 'question = "?"\n[runs.a]\nmodel = "relu-5"\n[runs.b]\nhidden = [3, 2]\n')
    assert [run.name for run in plan.comparisons[0].runs] == ['relu-5', 'BN_elu-3-2']


def test_figures_may_name_models_by_their_tags(tmp_path):
    plan = read(tmp_path, 'question = "?"\n[[comparisons]]\ntitle = "A b"\nruns = ["relu-5", "elu-5"]\n')
    assert [run.name for run in plan.comparisons[0].runs] == ['relu-5', 'elu-5']
    assert plan.comparisons[0].key == 'A-b'
    assert plan.comparisons[0].pairs is None


SLIPS = {
    'measure = "seconds per epoch"': ('measure = "seconds per epok"', 24, "did you mean 'seconds per epoch'?"),
    'operator = "ratio"': ('operator = "rate"', 25, "there is no operator 'rate': did you mean 'ratio'?"),
    '    "slow",': ('    "slwo",', 28, "there is no run of this comparison 'slwo': did you mean 'slow'?"),
    'range = [0.9, 1.1]': ('range = [1.1, 0.9]', 30, 'upside down'),
    'range = [0.0, inf]': ('range = [0.0]', 20, 'expected two numbers'),
    'seeds = 5': ('seds = 5', 2, "there is no key 'seds': did you mean 'seeds'?"),
    'epochs = 20': ('epochs = 0', 3, 'a positive whole number is needed'),
    'learning-rate = 0.03': ('learning-rate = "fast"', 13, "learning-rate 'fast': expected a number"),
    'batch-size = 35': ('batchsize = 35', 14, "there is no key 'batchsize': did you mean 'batch-size'?"),
    'batch-norm = false': ('batch-norm = 3', 7, "batch-norm '3': expected yes or no"),
    'hidden = "30-10"': ('hidden = "0-10"', 9, "run 'slow': hidden size 0: a layer has 1 to 65536 units"),
    'claim = "It costs no time."': ('clam = "It costs no time."', 23, "there is no key 'clam': did you mean 'claim'?"),
    'claim = "The faster rate ends higher."': ('', 16, 'claim is missing here'),
    'question = "Is a rate': ('question = 3 # "Is a rate', 1, 'question is 3, expected a text'),
    '[runs.fast]': ('[runs.fast', 12, ''),
    'runs = ["fast", "slow"]': ('runs = ["fast"]', 19, "1 runs: operator 'difference' needs 2"),
}


@pytest.mark.parametrize('right', SLIPS)
def test_a_slip_is_told_with_file_and_line(tmp_path, right):
    wrong, line, words = SLIPS[right]
    with pytest.raises(UsageError) as caught:
        read(tmp_path, PLAN.replace(right, wrong, 1))
    message = str(caught.value)
    assert re.match(re.escape(f'{tmp_path}/plan.toml:{line}: '), message), message
    assert words in message
    assert '\n' not in message


@pytest.mark.parametrize(
    ('text', 'line', 'words'),
    [
        ('', 1, 'question is missing here'),
        ('question = "?"', 1, 'there are no runs: add a table [runs.NAME] for each'),
        ('question = "?"\n[runs.a]\n[runs.b]\n', 2, "runs 'a' and 'b' have the same settings"),
        ('question = "?"\n[runs.a]\nmodel = "relu"\n', 3, "model 'relu' is no tag of a model"),
        ('question = "?"\nclaims = 3\n[runs.a]\n', 2, 'claims is 3, expected a list'),
        ('question = "?"\n[[comparisons]]\ntitle = "A"\nruns = ["relu-5", "nothing"]\n', 4, "'nothing' is no tag"),
        ('question = "?"\n[[comparisons]]\ntitle = "A"\nruns = []\n', 4, 'needs at least one run'),
        ('question = "?"\n[runs.a]\n[[comparisons]]\ntitle = "A"\nruns = ["relu-5"]\n', 2, "no comparison uses"),
        ('question = "?"\n[[comparisons]]\ntitle = "A"\naxis = "time"\nruns = ["relu-5"]\n', 4, "no axis 'time'"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_with_its_line(tmp_path, text, line, words):
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    assert f'plan.toml:{line}: ' in str(caught.value)
    assert words in str(caught.value)


def test_two_figures_of_one_name_are_an_error(tmp_path):
    figure = '[[comparisons]]\ntitle = "A"\nruns = ["relu-5"]\n'
    with pytest.raises(UsageError, match=r"plan\.toml:5: key 'A' is taken"):
        read(tmp_path, f'question = "?"\n{figure}{figure}')


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(UsageError, match='cannot be read'):
        read_plan(tmp_path / 'none.toml')


def test_the_guides_example_is_a_plan(tmp_path):
    [example] = re.findall(r'```toml\n(.*?)```', PAGE, re.S)
    plan = read(tmp_path, example)
    assert len(plan.comparisons[0].runs) >= 2
    assert plan.comparisons[0].claims


def test_the_guide_names_every_key():
    assert [key for key in (*PLAN_KEYS, *CLAIM_KEYS) if f'`{key}`' not in PAGE] == []
