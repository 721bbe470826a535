import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.optimizers import OPTIMIZERS


def slots_before_and_after(name, gradient):
    """The slots of one variable as they begin and after one step with this gradient."""
    with tf.Graph().as_default(), tf.Session() as session:
        optimizer = OPTIMIZERS[name].create(0.25)
        weights = tf.Variable([1.0, 2.0])
        step = optimizer.apply_gradients([(tf.constant(gradient), weights)])
        slots = [optimizer.get_slot(weights, slot) for slot in optimizer.get_slot_names()]
        session.run(tf.global_variables_initializer())
        before = session.run(slots)
        session.run(step)
        return before, session.run(slots)


def weight_after_two_steps(name):
    """What becomes of the weight 1 under the gradient 2 at the rate 0.25."""
    with tf.Graph().as_default(), tf.Session() as session:
        weight = tf.Variable(1.0)
        step = OPTIMIZERS[name].create(0.25).apply_gradients([(tf.constant(2.0), weight)])
        session.run(tf.global_variables_initializer())
        session.run(step)
        session.run(step)
        return session.run(weight)


CLASSES = {
    'sgd': tf.train.GradientDescentOptimizer,
    'momentum': tf.train.MomentumOptimizer,
    'nesterov': tf.train.MomentumOptimizer,
    'adagrad': tf.train.AdagradOptimizer,
    'rmsprop': tf.train.RMSPropOptimizer,
    'adam': tf.train.AdamOptimizer,
}


def test_every_optimizer_has_its_class_here():
    assert list(OPTIMIZERS) == list(CLASSES)


@pytest.mark.parametrize(('name', 'expected'), CLASSES.items())
def test_a_record_creates_its_class(name, expected):
    with tf.Graph().as_default():
        assert type(OPTIMIZERS[name].create(0.25)) is expected


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


def test_tags_are_distinct():
    tags = [optimizer.tag for optimizer in OPTIMIZERS.values()]
    assert len(set(tags)) == len(tags)


def test_only_the_notebooks_own_has_no_letters_in_a_tag():
    assert [name for name, optimizer in OPTIMIZERS.items() if not optimizer.tag] == ['sgd']


@pytest.mark.parametrize('name', [name for name in OPTIMIZERS if name != 'sgd'])
def test_where_there_is_a_gradient_slots_change(name):
    before, after = slots_before_and_after(name, [1.0, 0.0])
    assert any(old[0] != new[0] for old, new in zip(before, after, strict=True))
