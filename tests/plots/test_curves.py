import numpy as np
import pytest

from graph_mlp.plots.curves import Curve, accuracy_figure

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
    axes = accuracy_figure(CURVES, 'training time (s)').axes[0]
    assert axes.get_ylabel() == 'test accuracy (%)'
    assert axes.get_xlabel() == 'training time (s)'
    low, high = axes.get_ylim()
    assert low < 0.95
    assert high > 0.98
    assert axes.get_xlim()[0] == 0
