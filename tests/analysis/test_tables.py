import csv
import json

from graph_mlp.analysis.measures import groups, row
from graph_mlp.analysis.tables import markdown, table
from tests.analysis.synthetic import recorded

ROWS = [row(group) for group in groups([recorded('a_seed-1', [0.9], seed=1), recorded('a_seed-2', [0.8], seed=2)])]


def test_markdown_rounds_and_shows_the_spread():
    header, rule, line = table(ROWS, 'markdown').splitlines()
    assert header.startswith('| run | seeds |')
    assert line.startswith('| a | 2 | 1 | 0.8500 ± 0.0707 |')
    assert header.count('|') == rule.count('|') == line.count('|')


def test_csv_and_json_carry_the_same_unrounded_numbers():
    [from_csv] = csv.DictReader(table(ROWS, 'csv').splitlines())
    from_json = json.loads(table(ROWS, 'json'))
    assert float(from_csv['accuracy']) == from_json['accuracy'] == ROWS[0]['accuracy']
    assert from_csv['epochs_to_97'] == ''
    assert from_json['epochs_to_97'] is None


def test_a_bar_in_a_cell_does_not_end_it():
    assert markdown(['a'], [['x|y']]).splitlines()[-1] == '| x\\|y |'
