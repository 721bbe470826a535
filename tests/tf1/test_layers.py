import numpy as np
import pytest

from tests.tf1.programs import PROGRAMS


@pytest.mark.parametrize('name', PROGRAMS)
def test_a_program_computes_and_names_what_it_did_under_tensorflow_1(tf, as_recorded, name):
    as_recorded(PROGRAMS[name](tf), name)


@pytest.mark.parametrize(
    ('call', 'message'),
    [
        (lambda tf, X: tf.layers.dense(X, 2, bias=1), "dense: .*'bias'; .* kernel_regularizer"),
        (lambda tf, X: tf.layers.dense(X, 2, *[None] * 13), 'dense: too many positional arguments; .* inputs'),
        (lambda tf, X: tf.layers.dense(X), "dense: missing a required argument: 'units'; .* inputs, units"),
        (lambda tf, X: tf.layers.dense(X, 2, 'relu'), "dense: activation is 'relu', expected a function such as tf.nn"),
        (lambda tf, X: tf.layers.dense(X, 2, kernel_initializer='ones'), "kernel_initializer is 'ones'"),
        (lambda tf, X: tf.layers.dense(tf.zeros((2, 3), tf.int32), 2), 'dense: wanted inputs of a float type'),
        (lambda tf, X: tf.layers.batch_normalization(X, renorm=True), 'batch_normalization: .* axis, momentum'),
        (lambda tf, X: tf.layers.batch_normalization(X, training='no'), "training is 'no', expected True, False or a"),
        (lambda tf, X: tf.layers.batch_normalization(X, training=[True, False]), 'training is .*, expected True'),
        (lambda tf, X: tf.layers.dropout(X, keep_prob=0.5), 'dropout: .* arguments inputs, rate, noise_shape, seed'),
        (lambda tf, X: tf.layers.flatten(X, axis=1), 'flatten: .* arguments inputs, name'),
    ],
)  # fmt: skip
def test_another_argument_is_an_error_that_names_what_there_is(tf, call, message):
    with pytest.raises(TypeError, match=message):
        call(tf, tf.zeros((2, 3)))


@pytest.mark.parametrize(
    ('call', 'message'),
    [
        (lambda tf: tf.layers.conv2d(tf.zeros((2, 3, 4)), 2, 3), r'conv2d: wanted .* got \(2, 3, 4\)'),
        (lambda tf: tf.layers.dense(tf.placeholder(tf.float32, (None, None)), 2), r'dense: wanted .* got \(None, Non'),
        (lambda tf: tf.layers.batch_normalization(tf.zeros(3)), r'batch_normalization: wanted .* got \(3,\)'),
        (lambda tf: tf.layers.batch_normalization(tf.zeros((2, 3)), 0), 'axis is 0, expected 1 or -1'),
        (lambda tf: tf.layers.flatten(tf.placeholder(tf.float32, (2, None))), r'flatten: .* got \(2, None\)'),
        (lambda tf: tf.layers.dense(tf.zeros((2, 3)), 2, name='new', reuse=True), 'new/kernel does not exist'),
    ],
)  # fmt: skip
def test_inputs_of_another_form_are_refused(tf, call, message):
    with pytest.raises(ValueError, match=message):
        call(tf)


def test_another_function_is_an_error_that_names_what_there_is(tf):
    with pytest.raises(AttributeError, match=r'no tf\.layers\.conv3d: .* dense, batch_normalization, dropout, flatten'):
        tf.layers.conv3d  # noqa: B018


@pytest.mark.parametrize('inputs', [np.ones((2, 3)), np.ones((2, 3), np.float32)], ids=['float64', 'float32'])
def test_variables_are_of_the_inputs_type_and_inputs_may_be_an_array(tf, inputs):
    outputs = tf.layers.batch_normalization(tf.layers.dense(inputs, 2))
    assert {each.dtype.base_dtype for each in (outputs, *tf.global_variables())} == {tf.as_dtype(inputs.dtype)}


@pytest.mark.parametrize(('training', 'updates'), [(np.True_, 2), (1, 2), (np.False_, 0), (0, 0)])
def test_what_is_known_while_building_is_decided_then(tf, training, updates):
    tf.layers.batch_normalization(tf.zeros((2, 3)), training=training)
    assert len(tf.get_collection(tf.GraphKeys.UPDATE_OPS)) == updates


@pytest.mark.parametrize('use_resource', [True, False])
def test_variables_are_of_the_kind_that_the_scope_asks_for(tf, use_resource):
    training = tf.placeholder(tf.bool)
    with tf.variable_scope('scope', use_resource=use_resource):
        outputs = tf.layers.batch_normalization(tf.constant([[1.0], [3.0]]), training=training, momentum=0.5)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS), {training: True})
        # The moving mean is now 0 + (2 - 0) / 2 and the variance 1 + (1 - 1) / 2.
        np.testing.assert_allclose(session.run(outputs, {training: False}).ravel(), [0, 2 / np.sqrt(1.001)], atol=1e-6)
    assert {each.op.type for each in tf.global_variables()} == {'VarHandleOp' if use_resource else 'VariableV2'}


@pytest.mark.parametrize('known', [True, False])
@pytest.mark.parametrize('training', [True, False])
def test_dropout_scales_what_it_keeps_and_does_so_in_training_alone(tf, training, known):
    fed = tf.placeholder(tf.bool, ())
    outputs = tf.layers.dropout(tf.ones((100, 10)), rate=0.75, seed=1, training=training if known else fed)
    with tf.Session() as session:
        values = session.run(outputs, {fed: training})
    assert set(values.ravel().tolist()) == ({0.0, 4.0} if training else {1.0})
    assert 200 < np.count_nonzero(values == 4) < 300 or not training  # 250 are expected, with a deviation of 14


def test_flatten_keeps_the_order_of_the_values(tf):
    images = np.arange(24.0).reshape(2, 3, 4)
    with tf.Session() as session:
        assert session.run(tf.layers.flatten(images)).tolist() == images.reshape(2, 12).tolist()


@pytest.mark.parametrize('seed', [42, None])
def test_layers_of_dropout_draw_masks_of_their_own_also_under_a_graph_seed(tf, seed):
    with tf.Graph().as_default(), tf.Session() as session:
        if seed is not None:
            tf.set_random_seed(seed)
        training = tf.placeholder(tf.bool, ())
        once = tf.layers.dropout(tf.ones((200, 100)), 0.5, training=training)
        twice = tf.layers.dropout(once, 0.5, training=training)
        outputs = [session.run(twice, {training: True}) for _ in range(2)]
    assert (outputs[0] > 0).mean() == pytest.approx(0.25, abs=0.02)
    assert outputs[0].mean() == pytest.approx(1.0, abs=0.05)
    assert (outputs[0] != outputs[1]).any()


def test_arguments_are_taken_that_tensorflow_1_takes(tf):
    kernel = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    outputs = tf.layers.dense(tf.layers.batch_normalization([[1.0, 1.0]], axis=[1]), 2.0, kernel_initializer=kernel)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        np.testing.assert_allclose(session.run(outputs), [[4 / np.sqrt(1.001), 6 / np.sqrt(1.001)]], rtol=1e-6)


def test_batch_norm_of_half_precision_has_variables_of_single_precision(tf):
    outputs = tf.layers.batch_normalization(np.ones((2, 3), np.float16), training=True)
    assert outputs.dtype == tf.float16
    assert {variable.dtype.base_dtype for variable in tf.global_variables()} == {tf.float32}


def test_recurrent_cells_share_their_variables_over_the_steps(tf):
    """An LSTM whose weights are zero forgets by sigmoid(0 + 1) and adds nothing."""
    with tf.variable_scope('all', initializer=tf.zeros_initializer()):
        cell = tf.nn.rnn_cell.MultiRNNCell([tf.contrib.rnn.BasicLSTMCell(1), tf.nn.rnn_cell.GRUCell(1)])
        first = (tf.nn.rnn_cell.LSTMStateTuple(tf.ones((1, 1)), tf.ones((1, 1))), tf.zeros((1, 1)))
        _, (lstm, _) = tf.nn.dynamic_rnn(cell, tf.ones((1, 3, 2)), initial_state=first)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(lstm.c).item() == pytest.approx((1 / (1 + np.exp(-1))) ** 3, rel=1e-6)
    assert len(tf.trainable_variables()) == 6


def test_the_tutorials_network_has_its_loss_and_counts_its_hits(tf):
    tutorial = tf.examples.tutorials.mnist.mnist
    labels = tf.constant([3, 4])
    logits = tutorial.inference(tf.zeros((2, 784)), 5, 4)  # of images without ink: all classes are as probable
    loss = tutorial.loss(logits, labels)
    step = tutorial.training(loss, 0.5)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(loss) == pytest.approx(np.log(10), rel=1e-6)
        session.run([step] * 3)
        assert session.run(tutorial.evaluation(logits[:, :4], tf.constant([3, 3]))) == 2
    assert [variable.op.name for variable in tf.trainable_variables()][-1] == 'softmax_linear/biases'


def test_a_scope_of_arguments_ends_where_it_ends(tf):
    layers, scope = tf.contrib.layers, tf.contrib.framework.arg_scope
    with scope([layers.fully_connected], activation_fn=None) as defaults:
        inner = layers.fully_connected(tf.zeros((1, 2)), 3)
    with scope(defaults):
        again = layers.fully_connected(tf.zeros((1, 2)), 3)
    outer = layers.fully_connected(tf.zeros((1, 2)), 3)
    assert [each.op.type for each in (inner, again, outer)] == ['BiasAdd', 'BiasAdd', 'Relu']
