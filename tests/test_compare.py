"""Measures by name, groups of runs, and their table."""

import csv
import io
import json
import re
import statistics

import msgspec
import pytest

from graph_mlp.compare import MEASURES, groups, markdown, named_measure, rows, table, uneven
from graph_mlp.errors import UsageError
from graph_mlp.significance import student_interval
from tests.study.synthetic import IDENTITY, recorded, rising

RUN = recorded(
    'a', [0.5, 0.9, 0.97, 0.98, 0.96], seconds=[9.0, 2.0, 2.0, 2.0, 1.0], pca_seconds=3.0, input_features=100,
    moving=[0.1, 0.2, 0.3, 0.4, 0.55], validation=[0.5, 0.6, 0.99, 0.7, 0.8],
)  # fmt: skip


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('final accuracy', 0.96),
        ('final accuracy by moving averages', 0.55),
        ('validation accuracy', 0.8),
        ('best accuracy by validation', 0.97),
        ('accuracy after 2 epochs', 0.9),
        ('accuracy after 6 epochs', None),
        ('change after 2 epochs', pytest.approx(0.06)),
        ('change after 6 epochs', None),
        ('distance from 98 %', pytest.approx(0.02)),
        ('epochs to 97 %', 3),
        ('epochs to 99.5 %', None),
        ('seconds to 97 %', 6.0),
        ('seconds to 99.5 %', None),
        ('seconds per epoch', 2.0),  # the median
        ('seconds per compiled epoch', 2.0),
        ('training seconds', 10.0),
        ('training seconds with PCA', 13.0),
        ('seconds of the PCA', 3.0),
        ('parameters', RUN.config.parameters),
    ],
)
def test_what_a_name_measures(name, value):
    assert named_measure(name).of(RUN) == value


def test_a_run_is_settled_once_it_stays_within_a_fifth_of_a_point_of_its_last_five_epochs():
    run = recorded('a', [0.90, 0.95, 0.981, 0.980, 0.979, 0.980, 0.980, 0.980], seconds=2.0)
    assert named_measure('seconds until settled').of(run) == 6.0


def test_without_pca_the_fit_takes_no_time_and_a_fit_without_time_is_not_measured():
    measure = named_measure('training seconds with PCA')
    assert measure.of(recorded('a', [0.9, 0.9])) == 2.0
    assert measure.of(recorded('a', [0.9, 0.9], input_features=10)) is None


def test_the_notebooks_loop_has_no_compiled_epoch():
    assert named_measure('seconds per compiled epoch').of(recorded('a', [0.9], steps_per_run=1)) is None


@pytest.mark.parametrize(
    'name', ['speed', 'final acuracy', 'epochs to 0 %', 'epochs to 101 %', 'accuracy after 1.5 epochs', 'epochs to N %']
)
def test_what_is_no_measure_is_refused(name):
    with pytest.raises(UsageError, match=name.replace(' %', '')):
        named_measure(name)


def test_every_measure_is_found_by_its_name():
    for measure in MEASURES:
        assert named_measure(measure.name.replace('N', '5')).meaning == measure.meaning


def test_runs_that_differ_in_their_seed_alone_are_one_group():
    runs = [recorded(f'a_seed-{seed}', [0.9], seed=seed) for seed in (2, 1)]
    [group] = groups([*runs])
    assert (group.name, [run.config.seed for run in group.runs]) == ('a', [1, 2])


@pytest.mark.parametrize(
    'fields',
    [{'learning_rate': 0.1}, {'batch_size': 7}, {'steps_per_run': 1}, {'epochs': 60}, {'keep_last_batch': True}],
)
def test_runs_of_other_settings_are_other_groups_under_their_own_names(fields):
    runs = [recorded(f'a_seed-{n}', [0.9], seed=n, **(fields if n == 2 else {})) for n in (1, 2, 3)]
    assert [group.name for group in groups(runs)] == ['a_seed-1+3', 'a_seed-2']


def test_an_unfinished_run_and_a_finished_one_are_not_averaged():
    runs = [recorded('a_seed-1', [0.1], seed=1, epochs=2), recorded('a_seed-2', [0.1, 0.9], seed=2)]
    assert [row['accuracy'] for row in rows(groups(runs))] == [0.1, 0.9]


@pytest.mark.parametrize('file', ['init_ckpt', 'pca'])
def test_what_a_run_began_from_is_told_by_its_content_not_by_its_path(file):
    found = [('x', 'one'), ('y', 'one'), ('x', 'two')]  # the file's path and its checksum
    runs = [recorded(f'a_seed-{n}', [0.9], seed=n, **{file: path}) for n, (path, _) in enumerate(found)]
    identities = [msgspec.structs.replace(IDENTITY, **{file: checksum}) for _, checksum in found]
    runs = [run._replace(identity=identity) for run, identity in zip(runs, identities, strict=True)]
    assert [group.name for group in groups(runs)] == ['a_seed-0+1', 'a_seed-2']


def test_seeds_that_were_not_timed_alike_are_named():
    runs = [recorded(f'a_seed-{n}', [0.9], seed=n) for n in (1, 2)]
    assert uneven('a', runs) == []
    runs[1] = runs[1]._replace(identity=msgspec.structs.replace(IDENTITY, threads=2))
    [line] = uneven('a', runs)
    assert re.search('threads 1, .*threads 2, ', line)


def test_an_interval_of_accuracies_ends_at_one_and_none_is_below_zero():
    ends = [0.97, 0.98, 0.02, 0.03]
    high, low = rows(
        groups([recorded(f'{"ab"[n // 2]}_seed-{n}', [e], 2.0 ** (5 * n), seed=n) for n, e in enumerate(ends)])
    )
    assert (high['accuracy_high'], low['accuracy_low']) == (1.0, 0.0)
    assert 0.9 < high['accuracy_low'] < 0.975
    assert high['epoch_seconds_low'] == 0.0
    assert high['epoch_seconds_high'] > 1.0


def test_a_second_run_of_the_same_seed_is_a_group_of_its_own():
    runs = [recorded('a_seed-1', [0.9], seed=1), recorded('a_seed-1', [0.8], seed=1)]
    assert len(groups(runs)) == 2


def test_a_row_has_means_deviations_and_intervals():
    values = [0.97, 0.98, 0.96]
    [row] = rows(groups([recorded(f'a_seed-{n}', [0.9, end], seed=n) for n, end in enumerate(values)]))
    assert (row['seeds'], row['epochs']) == (3, 2)
    assert row['accuracy'] == pytest.approx(0.97)
    assert row['accuracy_deviation'] == pytest.approx(0.01)
    expected = student_interval(0.97, statistics.stdev(values), 3)
    assert (row['accuracy_low'], row['accuracy_high']) == pytest.approx(expected)


def test_what_one_seed_lacks_is_no_mean_of_the_others():
    [row] = rows(groups([recorded('a_seed-1', [0.98], seed=1), recorded('a_seed-2', [0.9], seed=2)]))
    assert row['epochs_to_97'] is None
    assert row['epochs_to_97_low'] is None


def test_a_setting_that_no_name_spells_is_a_column():
    runs = [recorded('mine', [0.9], learning_rate=0.5), recorded('other', [0.9], batch_norm=False)]
    mine, other = rows(groups(runs))
    assert (mine['learning_rate'], other['learning_rate']) == ('0.5', '0.01')
    assert (mine['batch_norm'], other['batch_norm']) == ('yes', 'no')
    lines = table([mine, other], 'markdown').splitlines()
    assert lines[0].startswith('| run | batch-norm | learning-rate | seeds |')
    assert lines[2].startswith('| mine | yes | 0.5 | 1 |')


def test_a_setting_that_the_name_spells_is_none():
    names = {'relu-6': {'activation': 'relu', 'hidden_sizes': (6,), 'batch_norm': False}}
    runs = [recorded(name, [0.9], **fields) for name, fields in names.items()]
    runs.append(recorded('BN_elu-300-100_rate-0.5', [0.9], learning_rate=0.5))
    for row in rows(groups(runs)):
        assert not {'activation', 'hidden_sizes', 'batch_norm', 'learning_rate'} & set(row)


def test_markdown_shows_intervals_and_dashes():
    lines = table(
        rows(groups([recorded(f'a_seed-{n}', rising(0.96 + n / 100)) for n in (0,)])), 'markdown'
    ).splitlines()
    assert lines[0].startswith('| run | seeds | epochs | test accuracy |')
    assert '| - |' in lines[2]  # it never reaches 97 %


def test_csv_and_json_hold_the_same_numbers_unrounded():
    found = rows(groups([recorded(f'a_seed-{n}', [0.9, 0.95 + n / 1000], seed=n) for n in range(3)]))
    [from_csv] = csv.DictReader(io.StringIO(table(found, 'csv')))
    [from_json] = json.loads(table(found, 'json'))
    assert list(from_csv) == list(from_json)
    assert float(from_csv['accuracy_low']) == from_json['accuracy_low'] == found[0]['accuracy_low']
    assert from_json['seconds_to_97'] is None


def test_a_bar_within_a_cell_is_escaped():
    assert markdown(['a'], [['x|y']]).splitlines()[-1] == '| x\\|y |'
