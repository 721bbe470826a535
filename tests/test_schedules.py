import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.schedules import FORMS, read, schedule


def rates(text, steps):
    """The rates of these steps from 0.8 on; an epoch has 10 steps."""
    with tf.Graph().as_default(), tf.Session() as session:
        step = tf.placeholder(tf.int64, ())
        rate = schedule(text, 0.8, steps_per_epoch=10)(step)
        return [float(session.run(rate, {step: number})) for number in steps]


@pytest.mark.parametrize(
    ('text', 'steps', 'expected'),
    [
        ('exponential:2:0.5', (0, 10, 20, 40), (0.8, 0.8 * 0.5**0.5, 0.4, 0.2)),
        ('exponential:2:0.5:staircase', (0, 19, 20, 39, 40), (0.8, 0.8, 0.4, 0.4, 0.2)),
        ('inverse-time:2:1', (0, 10, 20, 40), (0.8, 0.8 / 1.5, 0.4, 0.8 / 3)),
        ('cosine:4', (0, 20, 40, 50), (0.8, 0.4, 0.0, 0.0)),
        ('cosine:4:0.5', (0, 20, 40), (0.8, 0.6, 0.4)),
        # Epochs 0 to 2 take the first rate, 3 and 4 the second.
        ('piecewise:3:0.1:5:0.01', (0, 29, 30, 49, 50), (0.8, 0.8, 0.1, 0.1, 0.01)),
    ],
)
def test_the_numbers_of_a_schedule_are_epochs(text, steps, expected):
    np.testing.assert_allclose(rates(text, steps), expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    'text',
    ['', 'linear:3', 'cosine', 'cosine:0', 'cosine:-1', 'cosine:nan', 'cosine:3:0.1:2', 'cosine:3:staircase',
     'exponential:3', 'exponential:3:0', 'exponential:inf:0.5', 'exponential:3:x', 'piecewise:3', 'piecewise:3:0',
     'piecewise:5:0.1:3:0.1', 'piecewise:0:0.1', 'piecewise:3:0.1:3:0.2', 'piecewise:1e30:0.1', 'cosine: 6',
     'cosine:6_0'],
)  # fmt: skip
def test_a_text_that_is_no_schedule_is_refused(text):
    with pytest.raises(ValueError, match='no schedule'):
        read(text)


def test_every_form_names_its_schedule():
    assert all(form.partition(':')[0] == name for name, form in FORMS.items())
