import pytest

from graph_mlp.benchmark.report import disagreements, table


def row(accuracy=0.95, **changes):
    """What was measured of one peer."""
    return {
        'median_seconds': 2.0, 'least_seconds': 1.5, 'first_epoch_seconds': 3.0, 'ratio_to_ours': 1.25,
        'accuracy': accuracy, 'seconds_to_97': 12.34, 'peak_mib': 100.0, **changes,
    }  # fmt: skip


def test_a_peer_is_a_line_of_the_table_and_what_it_lacks_a_dash():
    peers = {'keras': row(), 'jax': row(ratio_to_ours=None, seconds_to_97=None)}
    header, rule, *lines = table({'epochs': {'peers': peers}}).splitlines()
    assert header.count('|') == rule.count('|')
    assert lines == [
        '| Keras 3 fit | 2.000 | 1.500 | 1.25 | 3.00 | 12.3 | 0.9500 | 100 |',
        '| JAX jit per step | 2.000 | 1.500 | - | 3.00 | - | 0.9500 | 100 |',
    ]


@pytest.mark.parametrize(
    ('seconds', 'ratio', 'times'),
    [
        ({'ours': 20.0}, None, 'graph_mlp 20.0 s'),
        ({'ours': 20.0, 'tensorflow1': 80.0}, 0.25,
         'graph_mlp 20.0 s, TensorFlow 1.15, the notebook 80.0 s; ratio 0.250'),
    ],
)  # fmt: skip
def test_the_whole_command_has_a_ratio_where_there_are_two(seconds, ratio, times):
    command = {'epochs': 60, 'seconds': seconds, 'ratio': ratio, 'peak_mib': 700.0}
    *_, blank, line = table({'epochs': {'peers': {'ours': row()}}, 'command': command}).splitlines()
    assert (blank, line) == ('', f'whole command, 60 epochs: {times}; peak 700 MiB')


def test_scaling_is_a_line_per_network_and_machine():
    grown = {'network': 'relu-3', 'threads': 2, 'batch_size': 70, 'images': 100, 'runs_at_once': 1}
    rows = [{**grown, 'seconds': {'ours': 1.0, 'jax': 1.5}}, {**grown, 'threads': 1, 'seconds': {'jax': 2.0}}]
    assert table({'scaling': rows}).splitlines() == [
        '| network | threads | batch size | images | runs at once | graph_mlp | JAX jit per step |',
        '| --- | --- | --- | --- | --- | --- | --- |',
        '| relu-3 | 2 | 70 | 100 | 1 | 1.000 | 1.500 (1.50) |',
        '| relu-3 | 1 | 70 | 100 | 1 | - | 2.000 |',
    ]


def test_a_peer_that_learns_something_else_is_named():
    # 0.4 points are near enough, and scikit-learn's network is another one.
    peers = {'ours': row(0.95), 'keras': row(0.954), 'jax': row(0.94), 'sklearn': row(0.5)}
    assert disagreements(peers) == ['jax learned to 0.9400, ours to 0.9500']
    assert disagreements({'keras': row(0.95), 'jax': row(0.5)}) == []  # without ours nothing can disagree
