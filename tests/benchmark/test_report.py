import pytest

from graph_mlp.benchmark.report import disagreements, figure, table
from graph_mlp.benchmark.results import (
    BatchSizeTime,
    CommandTimes,
    ConcurrentTime,
    EpochResults,
    ImagesTime,
    PeerTimes,
    Results,
    Roofline,
    ScalingTimes,
    WidthTime,
)


def results(accuracies, roofline=None, **sections):
    """Peers that end at these accuracies; every one takes 2 s an epoch."""
    peers = {name: PeerTimes(2.0, 1.0, 3.0, 1.0, accuracy, None, 100.0) for name, accuracy in accuracies.items()}
    return Results('digits', 'relu-3', 2, EpochResults(peers, roofline), **sections)


def test_a_peer_that_learns_something_else_is_named():
    [line] = disagreements(results({'ours': 0.95, 'keras': 0.954, 'jax': 0.94, 'sklearn': 0.5}))
    assert line == 'jax learned to 0.9400, ours to 0.9500'


def test_without_this_program_there_is_nothing_to_disagree_with():
    assert disagreements(results({'keras': 0.95, 'jax': 0.5})) == []


def test_every_peer_has_a_row():
    lines = list(table(results({'ours': 0.95, 'keras': 0.9})))
    assert lines[2] == '| graph_mlp | 2.000 | 1.000 | 1.00 | 3.00 | - | 0.9500 | 100 |'
    assert lines[3].startswith('| Keras 3 fit | ')
    assert len(lines) == 4


@pytest.mark.parametrize(
    ('changed', 'cell', 'text'),
    [({'seconds_to_97': 12.34}, 6, '12.3'), ({'ratio_to_ours': None}, 4, '-')],
)
def test_what_was_not_measured_is_a_dash(changed, cell, text):
    peer = results({'keras': 0.9}).epochs.peers['keras']._replace(**changed)
    row = list(table(Results('digits', 'relu-3', 2, EpochResults({'keras': peer}, None))))[2]
    assert row.split('|')[cell].strip() == text


def test_the_roofline_is_a_sentence():
    line = list(table(results({'ours': 0.95}, Roofline(200.0, 60.0, 0.3, 2.0))))[-1]
    assert line == (
        'roofline: 60.0 GFLOP an epoch take 0.300 s at the 200 GFLOP/s of a large matrix product; '
        'ours takes 2.00 x that'
    )


def test_the_command_is_a_line_with_its_ratio_where_both_were_timed():
    both = CommandTimes(60, {'ours': 30.0, 'tensorflow1': 60.0}, 0.5, 700.0)
    assert list(table(results({}, command=both)))[-1] == (
        'whole command, 60 epochs: graph_mlp 30.0 s, TensorFlow 1.15, the notebook 60.0 s; ratio 0.500; peak 700 MiB'
    )
    alone = CommandTimes(2, {'ours': 30.0}, None, 700.0)
    assert list(table(results({}, command=alone)))[-1] == 'whole command, 2 epochs: graph_mlp 30.0 s; peak 700 MiB'


def test_scaling_is_a_table():
    scaling = ScalingTimes(
        [WidthTime([3, 2], 5.0, 1.0)], [BatchSizeTime(35, 2.0)], [ImagesTime(100, 3.0)], [ConcurrentTime(2, 4.0)]
    )
    assert list(table(results({}, scaling=scaling)))[-4:] == [
        '| hidden width | 3-2 (5 GFLOP) | 1.000 |',
        '| batch size | 35 | 2.000 |',
        '| images | 100 | 3.000 |',
        '| runs at once, one thread each | 2 | 4.000 |',
    ]


def test_the_figure_has_a_bar_per_peer_the_fastest_on_top():
    timed = results({'ours': 0.95, 'keras': 0.95}, Roofline(200.0, 60.0, 0.3, 2.0))
    slower = timed.epochs.peers['keras']._replace(median_seconds=5.0)
    peers = {**timed.epochs.peers, 'keras': slower}
    [axes] = figure(timed._replace(epochs=timed.epochs._replace(peers=peers))).axes
    assert [bar.get_width() for bar in axes.patches] == [5.0, 2.0]  # from the bottom
    assert [label.get_text() for label in axes.get_yticklabels()] == ['Keras 3 fit', 'graph_mlp']
    [line] = axes.lines
    assert list(line.get_xdata()) == [0.3, 0.3]
