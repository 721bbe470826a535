"""The notebook's cells, against the formulas in NumPy, scikit-learn, and what TensorFlow 1.15's kernels answered."""

import platform

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from scipy.special import softmax
from sklearn.metrics import log_loss

from graph_mlp.config import RunConfig
from graph_mlp.graph.build import build
from graph_mlp.graph.model import accuracy, evaluate, mean_cross_entropy, network, placeholders
from tests.graph import reference

X, Y = np.random.RandomState(1).normal(size=(40, 6)).astype(np.float32), np.arange(40) % 10
BOTH = [True, False]


def of_size_6(activation='elu', batch_norm=True, **fields):
    return RunConfig(hidden_sizes=(5, 4), activation=activation, batch_norm=batch_norm, input_features=6, **fields)


def begun(graph):
    """A session on `graph`, and the values of its variables, away from where they begin; variances are positive."""
    session, random, values = tf.Session(graph=graph), np.random.RandomState(0), {}
    for variable in graph.get_collection('variables'):
        is_variance = 'variance' in variable.op.name
        value = random.uniform(0.5, 1.5, variable.shape) if is_variance else random.normal(0, 0.3, variable.shape)
        session.run(variable.initializer, {variable.initializer.inputs[1]: value})
        values[variable.op.name] = value
    return session, values


def test_the_placeholders_have_the_notebooks_names_and_types():
    with tf.Graph().as_default():
        X, y = placeholders(154)
    assert (X.op.name, X.dtype, X.shape.as_list()) == ('X', tf.float32, [None, 154])
    assert (y.op.name, y.dtype, y.shape.as_list()) == ('y', tf.int32, [None])


@pytest.mark.parametrize(
    ('name', 'shape'),
    [('X', (2,)), ('X', (1, 1, 2)), ('X', (1, 3)), ('y', ()), ('y', (2, 1))],
    ids=['X without batch', 'X of rank 3', 'X of 3 features', 'y a scalar', 'y of rank 2'],
)
def test_another_shape_is_refused_while_feeding(name, shape):
    with tf.Graph().as_default(), tf.Session() as session:
        tensor = dict(zip('Xy', placeholders(2), strict=True))[name]
        with pytest.raises(ValueError, match=rf"Cannot feed value of shape .* for Tensor '?{name}:0"):
            session.run(tf.identity(tensor), {tensor: np.zeros(shape)})


def test_an_image_of_another_size_is_refused_while_building():
    with tf.Graph().as_default(), pytest.raises(ValueError, match=r'wanted \[batch, 784\], got \(2, 5\)'):
        network(tf.zeros((2, 5)), RunConfig(), batch_statistics=True)


@pytest.mark.parametrize('batch_norm', BOTH)
@pytest.mark.parametrize('activation', reference.ACTIVATIONS)
def test_loss_probabilities_and_one_step_are_those_of_the_formulas(activation, batch_norm):
    config = of_size_6(activation, batch_norm, learning_rate=0.5)
    graph = build(config)
    session, values = begun(graph.graph)
    feed_dict = {graph.X: X[:8], graph.y: Y[:8]}
    logits, _ = reference.forward(values, X[:8], config, moving=True)
    np.testing.assert_allclose(session.run(graph.probabilities, feed_dict), softmax(logits, axis=1), rtol=1e-4)
    expected, gradients = reference.gradients(values, X[:8], Y[:8], config)
    _, loss, _ = session.run(graph.train_step, feed_dict)
    assert loss == pytest.approx(expected, rel=1e-5)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(session.run(graph.model[name]), values[name] - 0.5 * gradient, atol=2e-6)


def test_the_updates_of_the_moving_averages_leave_the_trained_weights_alone():
    graph = build(of_size_6())
    trained = []
    for operation in ('train/step', 'train/apply'):  # with the updates, and without
        session, values = begun(graph.graph)
        for _ in range(3):
            session.run(operation, {graph.X: X, graph.y: Y})
        trained.append(session.run(graph.model))
        has_moved = not np.allclose(
            trained[-1]['batch_normalization/moving_mean'], values['batch_normalization/moving_mean']
        )
        assert has_moved == (operation == 'train/step')
    for name in ('hidden1/kernel', 'batch_normalization/gamma', 'output/bias'):
        np.testing.assert_array_equal(trained[0][name], trained[1][name])


def of_build(config):
    graph = build(config)
    return graph.graph, graph.X, graph.y, graph.evaluation


def of_evaluate(config):
    with tf.Graph().as_default() as graph:
        X, y = placeholders(config.input_features)
        return graph, X, y, evaluate(X, y, config)


@pytest.mark.parametrize('measured', [of_build, of_evaluate])
@pytest.mark.parametrize('batch_norm', BOTH)
def test_an_evaluation_is_that_of_the_formulas_and_changes_nothing(batch_norm, measured):
    config = of_size_6('tanh', batch_norm)
    graph, X_fed, y_fed, evaluation = measured(config)
    session, values = begun(graph)
    by_batch, _ = reference.forward(values, X, config)
    by_moving, _ = reference.forward(values, X, config, moving=True)
    # By the statistics of the batch the first 30 images are hits, the last 10 are not.
    labels = np.append(by_batch[:30].argmax(axis=1), by_batch[30:].argmin(axis=1))
    found = session.run(evaluation, {X_fed: X, y_fed: labels})
    assert found.accuracy == 0.75
    assert found.loss == pytest.approx(log_loss(labels, softmax(by_batch, axis=1), labels=range(10)), rel=1e-5)
    assert found.accuracy_moving == pytest.approx(np.mean(by_moving.argmax(axis=1) == labels), rel=1e-6)
    assert found.loss_moving == pytest.approx(log_loss(labels, softmax(by_moving, axis=1), labels=range(10)), rel=1e-5)
    assert (found.loss_moving == found.loss) == (not batch_norm)
    for variable in graph.get_collection('variables'):
        np.testing.assert_array_equal(session.run(variable), values[variable.op.name].astype(np.float32))


def run(function, logits, y):
    with tf.Graph().as_default(), tf.Session() as session:
        # Fed, because TensorFlow would fold constants before XLA sees them.
        fed, labels = tf.placeholder(tf.float32, np.shape(logits)), tf.placeholder(tf.int32, np.shape(y))
        return session.run(function(fed, labels), {fed: logits, labels: y})


def compiled(function):
    return tf.function(function, jit_compile=True, autograph=False)


def gradient(logits, y):
    return tf.gradients(mean_cross_entropy(logits, y), logits)[0]


@pytest.mark.skipif(platform.machine() != 'x86_64', reason='adds as TensorFlow 1.15 does, built for x86_64')
def test_the_compiled_gradient_is_the_plain_one_to_the_last_bit_where_a_class_is_nearly_certain():
    logits, y = np.random.RandomState(0).normal(size=(200, 10)).astype(np.float32), np.arange(200) % 10
    found = run(compiled(gradient), logits, y)
    np.testing.assert_allclose(found, (softmax(logits, axis=1) - np.eye(10)[y]) / 200, atol=1e-8)
    of_true_class = (np.arange(200), y)
    logits[of_true_class] = np.linspace(14, 18, 200)
    found = run(compiled(gradient), logits, y)
    np.testing.assert_array_equal(found[of_true_class], run(gradient, logits, y)[of_true_class])


INF, NAN = np.inf, np.nan
# Logits whose true class is the second, and whether TensorFlow 1.15's kernel called it a hit.
ROWS = {
    'largest': ([1, 2, 0], 1), 'second': ([2, 1, 0], 0), 'tie': ([2, 2, 0], 1),
    'NaN': ([0, NAN, 1], 0), 'inf': ([0, INF, 1], 0), '-inf': ([0, -INF, 1], 0),
    'NaN elsewhere': ([NAN, 2, 1], 0), 'inf elsewhere': ([INF, 2, 1], 0), '-inf elsewhere': ([-INF, 2, 1], 0),
}  # fmt: skip


@pytest.mark.parametrize('call', [lambda function: function, compiled], ids=['graph', 'XLA'])
def test_a_tie_is_a_hit_and_a_row_that_is_not_finite_a_miss(call):
    def each(logits, y):
        return tf.stack([accuracy(logits[at : at + 1], y[at : at + 1]) for at in range(len(ROWS))])

    found = run(call(each), [row for row, _ in ROWS.values()], [1] * len(ROWS))
    assert dict(zip(ROWS, found.tolist(), strict=True)) == {name: hit for name, (_, hit) in ROWS.items()}
