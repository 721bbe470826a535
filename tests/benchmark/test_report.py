import pytest

from graph_mlp.benchmark.report import disagreements, figure, table
from graph_mlp.benchmark.results import (
    BatchSizeTime,
    CommandTimes,
    ConcurrentTime,
    EpochResults,
    ImagesTime,
    NetworkTimes,
    PeerTimes,
    Results,
    Roofline,
    ScalingTimes,
)


def row(accuracy=0.95, **changes):
    """What was measured of one peer."""
    return PeerTimes(
        median_seconds=2.0, least_seconds=1.5, first_epoch_seconds=3.0, ratio_to_ours=1.0, accuracy=accuracy,
        seconds_to_97=None, peak_mib=100.0,
    )._replace(**changes)  # fmt: skip


def results(roofline=None, command=None, scaling=None, **peers):
    """Results of a benchmark; a section that is None was not measured."""
    return Results('digits', 'relu-3', 2, EpochResults(peers, roofline) if peers else None, command, scaling)


ROOFLINE = Roofline(gflops=50.0, epoch_gflop=100.0, seconds=0.5, ratio=4.0)


def test_a_peer_is_a_line_of_the_table():
    header, rule, line = table(results(keras=row(seconds_to_97=12.34, ratio_to_ours=1.25)))
    assert header.count('|') == rule.count('|') == line.count('|')
    assert line == '| Keras 3 fit | 2.000 | 1.500 | 1.25 | 3.00 | 12.3 | 0.9500 | 100 |'


def test_what_a_peer_lacks_is_a_dash():
    *_, line = table(results(keras=row(ratio_to_ours=None)))
    assert line == '| Keras 3 fit | 2.000 | 1.500 | - | 3.00 | - | 0.9500 | 100 |'


def test_the_roofline_is_told_after_the_table():
    *_, blank, line = table(results(ROOFLINE, ours=row()))
    assert blank == ''
    assert line == (
        'roofline: 100.0 GFLOP an epoch take 0.500 s at the 50 GFLOP/s of a large matrix product; '
        'ours takes 4.00 x that'
    )


@pytest.mark.parametrize(
    ('seconds', 'ratio', 'times'),
    [
        ({'ours': 20.0}, None, 'graph_mlp 20.0 s'),
        ({'ours': 20.0, 'tensorflow1': 80.0}, 0.25,
         'graph_mlp 20.0 s, TensorFlow 1.15, the notebook 80.0 s; ratio 0.250'),
    ],
)  # fmt: skip
def test_the_whole_command_is_told_with_its_ratio_where_there_is_one(seconds, ratio, times):
    command = CommandTimes(60, seconds, ratio, peak_mib=700.0)
    *_, line = table(results(command=command, ours=row()))
    assert line == f'whole command, 60 epochs: {times}; peak 700 MiB'


def test_scaling_has_a_table_of_its_own():
    scaling = ScalingTimes(
        networks=[NetworkTimes('relu-3', 2, gflop=19.0, products_seconds=0.1, seconds={'ours': 1.0, 'jax': 1.5})],
        batch_size=[BatchSizeTime(35, seconds=2.0)],
        images=[ImagesTime(299, seconds=3.0)],
        concurrent=[ConcurrentTime(2, seconds=4.0)],
    )
    assert list(table(results(scaling=scaling))) == [
        '| network | threads | GFLOP | matrix products alone | graph_mlp | JAX jit per step |',
        '| --- | --- | --- | --- | --- | --- |',
        '| relu-3 | 2 | 19 | 0.100 | 1.000 | 1.500 (1.50) |',
        '',
        '| what grows | value | s / epoch |',
        '| --- | --- | --- |',
        '| batch size | 35 | 2.000 |',
        '| images | 299 | 3.000 |',
        '| runs at once, one thread each | 2 | 4.000 |',
    ]


def test_a_peer_that_did_not_start_for_a_network_is_a_dash():
    networks = [
        NetworkTimes('relu-3', 1, 19.0, products_seconds=None, seconds={'jax': 1.0}),
        NetworkTimes('relu-4', 1, 19.0, products_seconds=None, seconds={'keras': 2.0}),
    ]
    lines = list(table(results(scaling=ScalingTimes(networks, [], [], []))))
    assert lines[2:4] == ['| relu-3 | 1 | 19 | - | 1.000 | - |', '| relu-4 | 1 | 19 | - | - | 2.000 |']


def test_a_peer_that_learns_something_else_is_named():
    # 0.4 points are near enough, and scikit-learn's network is another one.
    peers = {'ours': row(0.95), 'keras': row(0.954), 'jax': row(0.94), 'sklearn': row(0.5)}
    assert disagreements(results(**peers)) == ['jax learned to 0.9400, ours to 0.9500']


def test_without_ours_no_peer_disagrees():
    assert disagreements(results(keras=row(0.95), jax=row(0.5))) == []


def test_the_figure_has_a_bar_per_peer_the_quickest_on_top():
    peers = {'ours': row(median_seconds=1.0), 'keras': row(median_seconds=3.0), 'jax': row(median_seconds=2.0)}
    axes = figure(EpochResults(peers, None)).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ['Keras 3 fit', 'JAX jit per step', 'graph_mlp']
    assert [bar.get_width() for bar in axes.patches] == [3.0, 2.0, 1.0]


def test_the_figure_marks_what_matrix_products_alone_would_take():
    axes = figure(EpochResults({'ours': row()}, ROOFLINE)).axes[0]
    [line] = axes.lines
    assert list(line.get_xdata()) == [0.5, 0.5]
    assert axes.get_legend().get_texts()[0].get_text() == 'matrix products alone'
