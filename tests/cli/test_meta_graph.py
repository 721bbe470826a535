"""What bin/train leaves in saves/, used as someone who knows TensorFlow 1.x types it."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.data.dataset import epoch_order
from tests.cli.commands import run


@pytest.mark.parametrize(
    ('tag', 'steps_per_run', 'operation', 'slots'),
    # Without batch norm, beside which the biases have no gradient but rounding, and Adam scales that up.
    [('BN_MO_elu-6-5', 6, 'Momentum', 10), ('ADAM_elu-6-5', 1, 'Adam', 14)],
)
def test_the_published_graph_trains_on_as_bin_train_does(tmp_path, digits, tag, steps_per_run, operation, slots):
    flags = ('--dataset', 'digits', '--tag', tag, '--epochs', 1, '--steps-per-run', steps_per_run)
    run(tmp_path, 'train', *flags)
    _, stderr = run(tmp_path, 'train', *flags, '--saves-dir', 'again', '--init-ckpt', 'saves/model.ckpt')
    assert any(f'and {slots} of {operation.lower()} from saves/model.ckpt' in line for line in stderr)
    images, labels = digits.train.images / np.float32(255), digits.train.labels
    [batches] = epoch_order(len(labels), 70, 42, 0)
    with tf.Graph().as_default(), tf.Session() as sess:
        saver = tf.train.import_meta_graph(str(tmp_path / 'saves/model.ckpt.meta'))
        saver.restore(sess, tf.train.latest_checkpoint(str(tmp_path / 'saves')))
        for rows in batches:
            sess.run(operation, feed_dict={'X:0': images[rows], 'y:0': labels[rows]})
        trained = {variable.op.name: sess.run(variable) for variable in tf.global_variables()}
    reader = tf.train.load_checkpoint(str(tmp_path / 'again/model.ckpt'))
    assert set(trained) == set(reader.get_variable_to_shape_map())
    for name, value in trained.items():
        if 'moving_' not in name:  # these are updated by `train/step`
            np.testing.assert_allclose(value, reader.get_tensor(name), atol=1e-5, err_msg=name)
