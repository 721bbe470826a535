import numpy as np
import pytest

from graph_mlp.plots.curves import COLUMNS, MOST_TOGETHER, Curve, accuracy_figure

CURVES = [
    Curve('good', np.array([1, 2]), np.array([[0.90, 0.98], [0.92, 0.96]])),
    Curve('poor', np.array([1, 2]), np.array([[0.20, 0.95]])),
]


def test_a_line_is_the_mean_of_the_seeds_and_its_band_their_range():
    axes = accuracy_figure(CURVES, 'epochs').axes[0]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [0.91, 0.97])
    [band] = axes.collections
    low, high = band.get_datalim(axes.transData).intervaly
    assert (low, high) == pytest.approx((0.90, 0.98))


def test_axes_are_labelled_with_units_and_the_ends_are_in_view():
    figure = accuracy_figure(CURVES, 'training time (s)')
    [axes] = figure.axes
    assert axes.get_ylabel() == 'test accuracy (%),\nby the logarithm of the error'
    figure.draw_without_rendering()
    label = axes.yaxis.label.get_window_extent()
    assert 0 <= label.y0 < label.y1 <= figure.bbox.height
    assert axes.get_xlabel() == 'training time (s)'
    low, high = axes.get_ylim()
    assert low < 0.95
    assert high > 0.98
    assert axes.get_xlim()[0] == 0


def many(count):
    """Curves from far below to almost 1, of names as long as a study's."""
    ends = np.linspace(0.95, 1.0, count)
    return [
        Curve(f'digits_BN_ADAM_elu-300-100_rate-{number}', np.array([1, 2]), np.array([[0.1, end]]))
        for number, end in enumerate(ends)
    ]


@pytest.mark.parametrize('count', [2, MOST_TOGETHER, MOST_TOGETHER + 1, 8])
def test_all_of_every_curve_is_within_its_axes(count):
    figure = accuracy_figure(many(count), 'epochs')
    for axes in figure.axes[:count]:
        low, high = axes.get_ylim()
        for line in axes.lines:
            assert low <= line.get_ydata().min()
            assert min(line.get_ydata().max(), 0.9999) <= high
            assert axes.get_xlim()[0] <= line.get_xdata().min()
            assert line.get_xdata().max() <= axes.get_xlim()[1]


def test_the_legend_covers_no_axes():
    figure = accuracy_figure(many(MOST_TOGETHER), 'epochs')
    figure.draw_without_rendering()
    [legend] = figure.legends
    assert legend.get_window_extent().y1 <= figure.axes[0].get_window_extent().y0
    assert not figure.axes[0].get_legend()


def test_many_curves_have_a_panel_each_named_with_its_end_within_the_figure():
    curves = many(MOST_TOGETHER + 2)
    figure = accuracy_figure(curves, 'epochs')
    figure.draw_without_rendering()
    panels = figure.axes[: len(curves)]
    assert len(figure.axes) % COLUMNS == 0
    for axes, curve in zip(panels, curves, strict=True):
        assert axes.get_title() == f'{curve.name}\n{100 * curve.mean[-1]:.2f} %'
        assert len(axes.lines) == len(curves) + 1  # the others, and itself, in grey behind it
        assert axes.lines[-1].get_label() == curve.name
        extent = axes.title.get_window_extent()
        assert extent.x0 >= 0
        assert extent.x1 <= figure.bbox.x1


def test_ticks_of_accuracies_that_lie_close_together_tell_them_apart():
    curves = [Curve('a', np.array([1, 2]), np.array([[0.981, 0.984]]))]
    axes = accuracy_figure(curves, 'epochs').axes[0]
    low, high = axes.get_ylim()
    ticks = axes.get_yticks()
    assert len(ticks) >= 3
    assert low <= min(ticks)
    assert max(ticks) <= high
