import csv
import json

import pytest

from graph_mlp.analysis.measures import groups, row
from graph_mlp.analysis.tables import interval, markdown, table
from tests.analysis.synthetic import recorded

ROWS = [row(group) for group in groups([recorded('a_seed-1', [0.9], seed=1), recorded('a_seed-2', [0.8], seed=2)])]


def test_markdown_rounds_and_shows_the_interval():
    header, rule, line = table(ROWS, 'markdown').splitlines()
    assert header.startswith('| run | seeds |')
    assert line.startswith('| a | 2 | 1 | 0.8500 [0.2147, 1.4853] |')
    assert header.count('|') == rule.count('|') == line.count('|')


def test_csv_and_json_carry_the_same_unrounded_numbers():
    [from_csv] = csv.DictReader(table(ROWS, 'csv').splitlines())
    [from_json] = json.loads(table(ROWS, 'json'))
    assert float(from_csv['accuracy']) == from_json['accuracy'] == ROWS[0]['accuracy']
    assert from_csv['epochs_to_97'] == ''
    assert from_json['epochs_to_97'] is None


def test_the_interval_is_students_t():
    # Mean 0.85, deviation 0.0707, two seeds: t is 12.706, the half width 12.706 * 0.05.
    low, high = interval(ROWS[0], 'accuracy')
    assert (low, high) == (pytest.approx(0.85 - 0.6353, abs=1e-4), pytest.approx(0.85 + 0.6353, abs=1e-4))
    [document] = json.loads(table(ROWS, 'json'))
    assert (document['accuracy_low'], document['accuracy_high']) == (low, high)


def test_a_single_seed_has_no_interval():
    [single] = [row(group) for group in groups([recorded('a', [0.9])])]
    assert interval(single, 'accuracy') is None
    assert table([single], 'markdown').splitlines()[-1].startswith('| a | 1 | 1 | 0.9000 |')
    assert json.loads(table([single], 'json'))[0]['accuracy_low'] is None


def test_a_bar_in_a_cell_does_not_end_it():
    assert markdown(['a'], [['x|y']]).splitlines()[-1] == '| x\\|y |'
