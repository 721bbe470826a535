import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.graph.placeholders import placeholders


def test_they_have_the_notebooks_names_and_types():
    with tf.Graph().as_default():
        X, y = placeholders(154)
    assert (X.op.name, X.dtype, X.shape.as_list()) == ('X', tf.float32, [None, 154])
    assert (y.op.name, y.dtype, y.shape.as_list()) == ('y', tf.int32, [None])


@pytest.mark.parametrize('count', [0, 1, 3])
def test_a_batch_has_any_number_of_images(count):
    with tf.Graph().as_default(), tf.Session() as session:
        X, y = placeholders(2)
        rows = session.run((tf.shape(X), tf.shape(y)), {X: np.zeros((count, 2)), y: np.zeros(count)})
    assert [shape.tolist() for shape in rows] == [[count, 2], [count]]


@pytest.mark.parametrize(
    ('name', 'shape'),
    [('X', (2,)), ('X', (1, 1, 2)), ('X', (1, 3)), ('y', ()), ('y', (2, 1))],
    ids=['X without batch', 'X of rank 3', 'X of 3 features', 'y a scalar', 'y of rank 2'],
)
def test_another_shape_is_refused_while_feeding(name, shape):
    with tf.Graph().as_default(), tf.Session() as session:
        tensor = placeholders(2)._asdict()[name]
        with pytest.raises(ValueError, match=rf"Cannot feed value of shape .* for Tensor '?{name}:0"):
            session.run(tf.identity(tensor), {tensor: np.zeros(shape)})
