import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.optimizers import OPTIMIZERS


def weight_after_two_steps(name):
    """What becomes of the weight 1 under the gradient 2 at the rate 0.25."""
    with tf.Graph().as_default(), tf.Session() as session:
        weight = tf.Variable(1.0)
        step = OPTIMIZERS[name].create(0.25).apply_gradients([(tf.constant(2.0), weight)])
        session.run(tf.global_variables_initializer())
        session.run(step)
        session.run(step)
        return session.run(weight)


@pytest.mark.parametrize(
    ('name', 'weight'),
    [
        ('sgd', 1 - 0.25 * 2 - 0.25 * 2),
        ('momentum', 1 - 0.25 * 2 - 0.25 * (0.9 * 2 + 2)),
        ('nesterov', 1 - 0.25 * (2 + 0.9 * 2) - 0.25 * (2 + 0.9 * (0.9 * 2 + 2))),
        ('adagrad', 1 - 0.25 * 2 / np.sqrt(0.1 + 4) - 0.25 * 2 / np.sqrt(0.1 + 4 + 4)),
        # The mean square begins at 1: 0.9 * 1 + 0.1 * 4 = 1.3, then 0.9 * 1.3 + 0.1 * 4 = 1.57.
        ('rmsprop', 1 - 0.25 * 2 / np.sqrt(1.3) - 0.25 * 2 / np.sqrt(1.57)),
        ('adam', 1 - 0.25 - 0.25),  # its corrected means of a constant gradient are the gradient and its square
    ],
)
def test_two_steps_by_its_formula(name, weight):
    assert weight_after_two_steps(name) == pytest.approx(weight, rel=1e-5)


def test_tags_are_distinct_and_only_the_notebooks_own_has_no_letters():
    assert len({optimizer.tag for optimizer in OPTIMIZERS.values()}) == len(OPTIMIZERS)
    assert [name for name, optimizer in OPTIMIZERS.items() if not optimizer.tag] == ['sgd']
